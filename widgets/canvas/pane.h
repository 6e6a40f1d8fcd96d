// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
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
struct PaneLook {
    FieldMapping mapping = FieldMapping::Colour;
    ColourMap map = ColourMap::Magma;
    float low = 0, high = 1;
    float exposureStops = 0;  ///< colour pictures are multiplied by 2^stops in linear light
    Sampling sampling = Sampling::Automatic;
    bool values = true;   ///< print pixel values once a pixel is large enough
    bool grid = true;     ///< thin lines between pixels once they are large
    bool dimmed = false;  ///< the previous picture while the next one is made
    bool operator==(const PaneLook&) const = default;
};

/// One picture on the canvas. `picture` is uploaded once per distinct storage, whatever panes show it.
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
};

/// What lies under a point of a pane.
struct Probe {
    int pane = -1;
    int x = 0, y = 0;                 ///< pixel of that pane's picture
    double normalX = 0, normalY = 0;  ///< shared position
    std::vector<float> samples;       ///< the picture's own values there, as Image::at gives them
};

}  // namespace tessera::canvas
