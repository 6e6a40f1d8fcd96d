// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "canvas/pane.h"

namespace tessera::canvas {

/// Draws panes with OpenGL 3.3 core in the current context. Needs no windowing library; loads GL through epoxy.
///
/// The common region of a group of panes is the union of what its pictures cover of their source. The reference picture is
/// that of the first pane that has one, partial pictures last; camera.zoom counts its pixels. Other groups see the same
/// share of their own region, and smaller panes all that the reference's shows. All but initialise, release and draw work without a context.
class Canvas {
public:
    struct Options {
        std::string shaderDirectory;          ///< empty: the shaders compiled into the program
        std::string fontFile;                 ///< TrueType face for pixel values
        std::vector<unsigned char> fontData;  ///< the face itself, where it is no file; goes before fontFile
        int largestTexture = 0;               ///< side in pixels from which pictures are cut into tiles; 0: what GL allows
    };
    Canvas();
    ~Canvas();

    /// With the context current. Returns what went wrong, empty if nothing.
    std::string initialise(const Options& options);
    /// Frees GL objects; with the context current. Panes and camera stay, so that initialise() in a new context shows them again.
    void release();

    void setPanes(std::vector<Pane> panes);
    const std::vector<Pane>& panes() const;
    void setCamera(const Camera& camera);
    const Camera& camera() const;
    void setBackground(Colour colour);
    void setAccent(Colour colour);
    void setPixelRatio(float ratio);  ///< device pixels per logical pixel: text and line sizes follow it

    /// Draws into the bound framebuffer of that size in device pixels. Leaves blending off and nothing bound.
    /// Returns what went wrong while drawing (a shader that does not compile, a picture too large), empty if nothing.
    std::string draw(int width, int height);

    std::optional<Probe> probe(float x, float y) const;
    /// The pane whose wipe's line, or the handle on it, lies within `reach` device pixels of a point; -1 if none does.
    int wipeLineAt(float x, float y, float reach) const;
    /// Pane::share that puts the line of a pane's wipe under a point, 0..1.
    float wipeShareAt(int pane, float x, float y) const;
    /// Zoom in use for a pane, with "fit" resolved: device pixels per pixel of its picture. 0 for a pane without one.
    double zoomOf(int pane) const;
    /// camera.zoom that shows the reference picture as "fit" does; 0 without pictures.
    double fitZoom() const;
    /// Where a pane's picture lies, in device pixels: may reach outside the body. Empty without a picture.
    Rect pictureRect(int pane) const;
    /// Part of its group's common region that a pane shows, in normalised coordinates: the frame in a row's thumbnail.
    Rect visibleRegion(int pane) const;
    /// Camera after zooming by a factor with the point (device pixels) held in place; after moving a pane's picture by device pixels, of the
    /// reference picture's for none.
    /// Zoom stays between a 16-pixel picture and 256 device pixels per pixel, the centre inside the region.
    Camera zoomedAt(float x, float y, double factor) const;
    Camera movedBy(float dx, float dy, int pane = -1) const;
    /// Camera with that zoom and the centre where it is.
    Camera zoomedTo(double zoom) const;

    struct Statistics {
        std::size_t textures = 0, textureBytes = 0;  ///< on the device now: pictures, colour maps and glyphs
        std::uint64_t uploads = 0;                   ///< pictures sent to the device since initialise()
    };
    Statistics statistics() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::canvas
