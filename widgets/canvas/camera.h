// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "canvas/pane.h"

namespace tessera::canvas {

/// How a pane's picture lies on the canvas: device = origin + scale * picture pixel.
struct PanePlacement {
    double originX = 0, originY = 0;  ///< device pixels, where the picture's top left corner lies
    double scaleX = 0, scaleY = 0;    ///< device pixels per pixel of the picture; 0 without a picture
    int width = 0, height = 0;        ///< of the picture
    bool visible() const { return scaleX > 0; }
    double pictureX(double deviceX) const { return (deviceX - originX) / scaleX; }
    double pictureY(double deviceY) const { return (deviceY - originY) / scaleY; }
    Rect rect() const;
    bool operator==(const PanePlacement&) const = default;
};

/// The arithmetic of one set of panes under one camera: pure, without GL.
class CameraMaths {
public:
    CameraMaths(std::span<const Pane> panes, const Camera& camera);

    /// As drawn: from 100 % on the picture starts on a whole device pixel, so that whole zooms are exact.
    PanePlacement placement(int pane) const;
    /// Of the pane's second picture.
    PanePlacement otherPlacement(int pane) const;
    /// Normalised position in the pane's common region of a point in device pixels, and back.
    double normalX(int pane, double deviceX) const;
    double normalY(int pane, double deviceY) const;
    Rect visibleRegion(int pane) const;

    double fitZoom() const;
    Camera zoomedAt(double x, double y, double factor) const;
    Camera movedBy(double dx, double dy, int pane = -1) const;
    Camera zoomedTo(double zoom) const;

    /// The pane whose body holds the point; -1 if none does.
    int paneAt(float x, float y) const;

private:
    struct Frame {  ///< of one group
        int group = 0;
        Picture::Region region;  ///< common region in source pixels
        double length() const { return region.width > region.height ? region.width : region.height; }
    };
    void cover(int group, const Picture& picture);
    const Frame* frameOf(int pane) const;
    const Frame* frameOfGroup(int group) const;
    double scaleIn(const Frame& frame, const Rect& body) const;       ///< device pixels per source pixel
    double shareOf(const Frame& frame, const Rect& body) const;       ///< of the scale that the reference picture's body has
    double zoomIn(const Frame& frame, double sourceScale) const;      ///< camera.zoom that gives a frame that scale
    double sourceScale(int pane) const;                               ///< device pixels per source pixel of the pane's group
    double zoomFrom(int pane, double sourceScale) const;              ///< camera.zoom that gives a pane that scale
    PanePlacement placed(const Frame* frame, const Rect& body, const Picture& picture) const;
    Camera clamped(Camera camera) const;

    std::span<const Pane> m_panes;
    Camera m_camera;
    std::vector<Frame> m_frames;
    int m_reference = -1;  ///< pane of the reference picture
};

/// What a picture covers of its source; the whole of itself where it does not say.
Picture::Region regionOf(const Picture& picture);

}  // namespace tessera::canvas
