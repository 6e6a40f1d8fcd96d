// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/picture.h>

namespace tessera::canvas {

/// Rectangle in device pixels of the canvas, top left origin.
struct Rect {
    float x = 0, y = 0, width = 0, height = 0;
    bool contains(float px, float py) const { return px >= x && py >= y && px < x + width && py < y + height; }
    bool operator==(const Rect&) const = default;
};

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

enum class Sampling { Automatic, Nearest, Bilinear };  ///< Automatic: nearest from 200 %

/// How a pane is drawn; changing it costs one uniform and no upload.
struct PaneLook {
    FieldMapping mapping = FieldMapping::Colour;
    ColourMap map = ColourMap::Magma;
    float low = 0, high = 1;
    float exposureStops = 0;  ///< colour pictures are multiplied by 2^stops in linear light
    Sampling sampling = Sampling::Automatic;
    bool values = true;       ///< print pixel values once a pixel is large enough
    bool dimmed = false;      ///< the previous picture while the next one is made
    bool operator==(const PaneLook&) const = default;
};

/// One picture on the canvas. `picture` is uploaded once per distinct storage, whatever panes show it.
struct Pane {
    Rect body;
    std::shared_ptr<const Picture> picture;  ///< null: background only
    PaneLook look;
    bool current = false;  ///< 2 px accent outline in the gutter
};

/// What lies under a point of a pane.
struct Probe {
    int pane = -1;
    int x = 0, y = 0;              ///< pixel of that pane's picture
    double normalX = 0, normalY = 0;  ///< shared position
    std::vector<float> samples;    ///< the picture's own values there
};

/// Draws panes with OpenGL 3.3 core in the current context. Needs no windowing library; loads GL through epoxy.
class Canvas {
public:
    struct Options {
        std::string shaderDirectory;  ///< empty: the shaders compiled into the program
        std::string fontFile;         ///< TrueType face for pixel values
    };
    Canvas();
    ~Canvas();

    /// With the context current. Returns what went wrong, empty if nothing.
    std::string initialise(const Options& options);
    /// Frees GL objects; with the context current.
    void release();

    void setPanes(std::vector<Pane> panes);
    const std::vector<Pane>& panes() const;
    void setCamera(const Camera& camera);
    const Camera& camera() const;
    void setBackground(Colour colour);
    void setAccent(Colour colour);
    void setPixelRatio(float ratio);  ///< device pixels per logical pixel: text and line sizes follow it

    /// Draws into the bound framebuffer of that size in device pixels.
    void draw(int width, int height);

    std::optional<Probe> probe(float x, float y) const;
    /// Zoom in use for a pane, with "fit" resolved: device pixels per pixel of its picture.
    double zoomOf(int pane) const;
    /// Camera after zooming by a factor with the point (device pixels) held in place; after moving by device pixels.
    Camera zoomedAt(float x, float y, double factor) const;
    Camera movedBy(float dx, float dy) const;

    struct Statistics { std::size_t textures = 0, textureBytes = 0; std::uint64_t uploads = 0; };
    Statistics statistics() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::canvas
