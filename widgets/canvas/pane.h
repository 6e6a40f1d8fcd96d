// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <tessera/picture.h>

namespace tessera::canvas {

/// Rectangle in device pixels of the canvas, top left origin.
struct Rect {
    float x = 0, y = 0, width = 0, height = 0;
    bool contains(float px, float py) const { return px >= x && py >= y && px < x + width && py < y + height; }
    bool operator==(const Rect&) const = default;
};

/// sRGB-encoded, straight alpha, 0..1.
struct Colour {
    float r = 0, g = 0, b = 0, a = 1;
    bool operator==(const Colour&) const = default;
};

/// One viewport for all panes, in normalised coordinates of the pictures' common region, so that pictures of different size stay aligned.
struct Camera {
    double centreX = 0.5, centreY = 0.5;
    double zoom = 0;  ///< device pixels per pixel of the reference picture; 0 is "fit the pane"
    bool operator==(const Camera&) const = default;
};

/// Automatic: nearest from 200 %, else bilinear. Bilinear below 100 % is the mean of what a device pixel covers.
enum class Sampling { Automatic, Nearest, Bilinear };

/// How a pane is drawn; changing it costs one uniform and no upload.
///
/// The value of a pixel is the number that `mapping` takes from a field, before gain; for colour pictures its luminance, sRGB-encoded:
/// 0.5 is as light as a grey of 0.5. What histogramOf() counts and `brush` selects are these.
struct PaneLook {
    FieldMapping mapping = FieldMapping::Colour;
    ColourMap map = ColourMap::Magma;
    float low = 0, high = 1;  ///< the ends of the map, after gain
    float exposureStops = 0;  ///< colour pictures are multiplied by 2^stops in linear light; fields are left alone
    /// Fields and differences: factor of the value before the map. Colour pictures: one more factor in linear light.
    float gain = 1;
    /// The map runs with the logarithm of the value between low and high, of a Signed one with that of its size on either side of 0.
    /// Where the bar reaches 0 or below it, and for Signed, it is linear near 0: below 1/1000 of the bar. No effect on Colour.
    bool logarithmic = false;
    /// Stripes over values below low (cyan, falling) and above high (orange, rising), after gain; in colour pictures over any channel
    /// below 0 or above 1 after exposure.
    bool clipping = false;
    /// Pixels whose value lies between both, ends included, stay as they are; all others are drawn at a quarter of their colour.
    std::optional<std::pair<float, float>> brush;
    Sampling sampling = Sampling::Automatic;
    bool values = true;   ///< print pixel values once a pixel is large enough
    bool grid = true;     ///< thin lines between pixels once they are large
    bool dimmed = false;  ///< the previous picture while the next one is made
    bool operator==(const PaneLook&) const = default;
};

/// How two pictures share a pane.
enum class Compare {
    None,  ///< `picture` alone
    Wipe,  ///< `picture` on one side of a line, `other` on the other
    /// `other` over `picture` at an opacity. Mixed as encoded, not in linear light, as image editors do: half of each looks like half,
    /// and dark pictures show as well through light ones as the other way round.
    Onion,
    Difference,  ///< `picture` - `other`, where both are
};

/// Which way the line of a wipe runs.
enum class WipeLine {
    Upright,  ///< `picture` left of it, `other` right
    Level,    ///< `picture` above it, `other` below
};

struct TokenLayer;

/// One picture on the canvas, or two to compare. A picture is uploaded once per distinct storage, whatever panes show it.
struct Pane {
    Rect body;
    std::shared_ptr<const Picture> picture;  ///< null: background only
    PaneLook look;
    bool current = false;  ///< 2 px accent outline in the gutter
    /// What the outline goes round, where the cell is more than its body (a caption); empty: the body.
    Rect frame;
    /// Panes of one source (a row of a board) share a group. Pictures of a group are aligned by the part of the source that
    /// they cover; groups share the camera.
    int group = 0;

    std::shared_ptr<const Picture> other;  ///< what `picture` is compared with; null: it is drawn alone
    PaneLook otherLook;                    ///< of `other` in a wipe and in an onion; its mapping says which value a difference takes of a field
    std::optional<int> otherGroup;         ///< group of `other` where it is not the pane's: another source, the same share of which is shown
    Compare compare = Compare::None;
    float share = 0.5F;                    ///< 0..1. Wipe: where the line lies in the body; onion: opacity of `other`
    WipeLine wipeLine = WipeLine::Upright;
    /// Of the difference: Absolute, Signed or Squared, in sRGB values (0..1, clamped to that as the difference lens does; mean over the
    /// channels) or in the fields' own. Pictures of different resolution are sampled each by itself, as the zoom has it: below 100 %
    /// the means of what a device pixel covers are compared.
    PaneLook differenceLook{.mapping = FieldMapping::Absolute, .high = 0.25F};
    std::shared_ptr<const TokenLayer> tokens;  ///< drawn over `picture`; null: none
};
/// Looks the same: layers of tokens are compared by what is in them, pictures by whether they are one.
bool operator==(const Pane& a, const Pane& b);

/// What lies under a point of a pane.
struct Probe {
    int pane = -1;
    int x = 0, y = 0;                 ///< pixel of that pane's picture
    double normalX = 0, normalY = 0;  ///< shared position
    std::vector<float> samples;       ///< the picture's own values there, as Image::at gives them
    std::vector<float> readings;      ///< what stands behind them, a number per plane of Picture::readings; empty where the samples are no labels
    /// Of the pane's second picture, where the pane compares with one that covers the point: its pixel and its own values there.
    int otherX = 0, otherY = 0;
    std::vector<float> otherSamples;
    std::optional<float> difference;  ///< as the pane's differenceLook takes it, before gain, whatever the pane compares by
};

}  // namespace tessera::canvas
