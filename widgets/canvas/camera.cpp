// SPDX-License-Identifier: Apache-2.0
#include "canvas/camera.h"

#include <algorithm>
#include <cmath>

namespace tessera::canvas {
namespace {

constexpr double kHighestZoom = 256;  // device pixels per pixel of the reference picture
constexpr double kSmallestSide = 16;  // device pixels of the reference picture's longer side

bool shows(const Pane& pane) {
    return pane.picture && !pane.picture->image.empty();
}

bool comparesWithOther(const Pane& pane) {
    return pane.compare != Compare::None && pane.other && !pane.other->image.empty();
}

Picture::Region united(const Picture::Region& a, const Picture::Region& b) {
    const double x = std::min(a.x, b.x);
    const double y = std::min(a.y, b.y);
    return {x, y, std::max(a.x + a.width, b.x + b.width) - x, std::max(a.y + a.height, b.y + b.height) - y};
}

}  // namespace

Rect PanePlacement::rect() const {
    return {static_cast<float>(originX), static_cast<float>(originY), static_cast<float>(scaleX * width), static_cast<float>(scaleY * height)};
}

Picture::Region regionOf(const Picture& picture) {
    if (picture.region.width > 0 && picture.region.height > 0) return picture.region;
    if (picture.sourceWidth > 0 && picture.sourceHeight > 0) {
        return {0, 0, static_cast<double>(picture.sourceWidth), static_cast<double>(picture.sourceHeight)};
    }
    return {0, 0, static_cast<double>(picture.image.width()), static_cast<double>(picture.image.height())};
}

CameraMaths::CameraMaths(std::span<const Pane> panes, const Camera& camera) : m_panes(panes), m_camera(camera) {
    int stoodIn = -1;  // by a partial picture
    for (std::size_t i = 0; i < panes.size(); ++i) {
        const Pane& pane = panes[i];
        if (!shows(pane)) continue;
        if (m_reference < 0 && !pane.picture->partial) m_reference = static_cast<int>(i);
        if (stoodIn < 0) stoodIn = static_cast<int>(i);
        cover(pane.group, *pane.picture);
        if (comparesWithOther(pane)) cover(pane.otherGroup.value_or(pane.group), *pane.other);
    }
    if (m_reference < 0) m_reference = stoodIn;
}

void CameraMaths::cover(int group, const Picture& picture) {
    const auto frame = std::ranges::find(m_frames, group, &Frame::group);
    if (frame == m_frames.end()) {
        m_frames.push_back({group, regionOf(picture)});
    } else {
        frame->region = united(frame->region, regionOf(picture));
    }
}

const CameraMaths::Frame* CameraMaths::frameOfGroup(int group) const {
    const auto frame = std::ranges::find(m_frames, group, &Frame::group);
    return frame == m_frames.end() ? nullptr : &*frame;
}

const CameraMaths::Frame* CameraMaths::frameOf(int pane) const {
    if (pane < 0 || static_cast<std::size_t>(pane) >= m_panes.size()) return nullptr;
    return frameOfGroup(m_panes[static_cast<std::size_t>(pane)].group);
}

double CameraMaths::zoomIn(const Frame& frame, double sourceScale) const {
    const Frame* reference = frameOf(m_reference);
    if (!reference) return 0;
    const Picture& picture = *m_panes[static_cast<std::size_t>(m_reference)].picture;
    const double sourcePerPixel = regionOf(picture).width / picture.image.width();
    return sourceScale * frame.length() / reference->length() * sourcePerPixel;
}

double CameraMaths::zoomFrom(int pane, double sourceScale) const {
    const Frame* frame = frameOf(pane);
    return frame ? zoomIn(*frame, sourceScale) / shareOf(*frame, m_panes[static_cast<std::size_t>(pane)].body) : 0;
}

double CameraMaths::scaleIn(const Frame& frame, const Rect& body) const {
    if (m_camera.zoom > 0) return m_camera.zoom / zoomIn(frame, 1) * shareOf(frame, body);
    return std::min(body.width / frame.region.width, body.height / frame.region.height);
}

double CameraMaths::shareOf(const Frame& frame, const Rect& body) const {
    if (m_reference < 0) return 1;
    const Rect& reference = m_panes[static_cast<std::size_t>(m_reference)].body;
    if (reference.width == body.width && reference.height == body.height) return 1;
    const auto fit = [&](const Rect& each) { return std::min(each.width / frame.region.width, each.height / frame.region.height); };
    const double whole = fit(reference), share = fit(body);
    return whole > 0 && share > 0 ? share / whole : 1;
}

double CameraMaths::sourceScale(int pane) const {
    const Frame* frame = frameOf(pane);
    return frame ? scaleIn(*frame, m_panes[static_cast<std::size_t>(pane)].body) : 0;
}

PanePlacement CameraMaths::placement(int pane) const {
    const Frame* frame = frameOf(pane);
    if (!frame || !shows(m_panes[static_cast<std::size_t>(pane)])) return {};
    const Pane& shown = m_panes[static_cast<std::size_t>(pane)];
    return placed(frame, shown.body, *shown.picture);
}

PanePlacement CameraMaths::otherPlacement(int pane) const {
    if (!frameOf(pane)) return {};
    const Pane& shown = m_panes[static_cast<std::size_t>(pane)];
    if (!shows(shown) || !comparesWithOther(shown)) return {};
    return placed(frameOfGroup(shown.otherGroup.value_or(shown.group)), shown.body, *shown.other);
}

PanePlacement CameraMaths::placed(const Frame* frame, const Rect& body, const Picture& picture) const {
    const Picture::Region region = regionOf(picture);
    const double scale = scaleIn(*frame, body);
    const double centreX = frame->region.x + m_camera.centreX * frame->region.width;
    const double centreY = frame->region.y + m_camera.centreY * frame->region.height;
    PanePlacement placement{.originX = body.x + body.width / 2.0 + (region.x - centreX) * scale,
                            .originY = body.y + body.height / 2.0 + (region.y - centreY) * scale,
                            .scaleX = scale * region.width / picture.image.width(),
                            .scaleY = scale * region.height / picture.image.height(),
                            .width = picture.image.width(),
                            .height = picture.image.height()};
    if (!placement.visible()) return placement;
    const auto nearlyWhole = [](double zoom) { return zoom > 0.5 && std::abs(zoom - std::round(zoom)) < 1e-6; };
    if (nearlyWhole(placement.scaleX)) placement.scaleX = std::round(placement.scaleX);
    if (nearlyWhole(placement.scaleY)) placement.scaleY = std::round(placement.scaleY);
    // Below 100 % a step of a whole pixel would show as a tremble while zooming.
    if (placement.scaleX >= 1) placement.originX = std::round(placement.originX);
    if (placement.scaleY >= 1) placement.originY = std::round(placement.originY);
    return placement;
}

double CameraMaths::normalX(int pane, double deviceX) const {
    const Frame* frame = frameOf(pane);
    if (!frame) return 0;
    const Rect& body = m_panes[static_cast<std::size_t>(pane)].body;
    return m_camera.centreX + (deviceX - body.x - body.width / 2.0) / (sourceScale(pane) * frame->region.width);
}

double CameraMaths::normalY(int pane, double deviceY) const {
    const Frame* frame = frameOf(pane);
    if (!frame) return 0;
    const Rect& body = m_panes[static_cast<std::size_t>(pane)].body;
    return m_camera.centreY + (deviceY - body.y - body.height / 2.0) / (sourceScale(pane) * frame->region.height);
}

Rect CameraMaths::visibleRegion(int pane) const {
    if (!frameOf(pane)) return {};
    const Rect& body = m_panes[static_cast<std::size_t>(pane)].body;
    const double left = std::max(0.0, normalX(pane, body.x));
    const double top = std::max(0.0, normalY(pane, body.y));
    const double right = std::min(1.0, normalX(pane, body.x + body.width));
    const double bottom = std::min(1.0, normalY(pane, body.y + body.height));
    return {static_cast<float>(left), static_cast<float>(top), static_cast<float>(std::max(0.0, right - left)),
            static_cast<float>(std::max(0.0, bottom - top))};
}

double CameraMaths::fitZoom() const {
    if (m_reference < 0) return 0;
    const Camera fit;
    return zoomFrom(m_reference, CameraMaths(m_panes, fit).sourceScale(m_reference));
}

Camera CameraMaths::clamped(Camera camera) const {
    camera.centreX = std::clamp(camera.centreX, 0.0, 1.0);
    camera.centreY = std::clamp(camera.centreY, 0.0, 1.0);
    if (camera.zoom > 0 && m_reference >= 0) {
        const Image& image = m_panes[static_cast<std::size_t>(m_reference)].picture->image;
        const double lowest = std::min(kSmallestSide / std::max(image.width(), image.height()), kHighestZoom);
        camera.zoom = std::clamp(camera.zoom, lowest, kHighestZoom);
    }
    return camera;
}

Camera CameraMaths::zoomedAt(double x, double y, double factor) const {
    int pane = paneAt(static_cast<float>(x), static_cast<float>(y));
    const bool inside = frameOf(pane) != nullptr;
    if (!inside) pane = m_reference;
    if (pane < 0) return m_camera;
    const Rect& body = m_panes[static_cast<std::size_t>(pane)].body;
    const double heldX = inside ? x : body.x + body.width / 2.0;
    const double heldY = inside ? y : body.y + body.height / 2.0;
    const double before = zoomFrom(pane, sourceScale(pane));
    Camera next = m_camera;
    next.zoom = before * factor;
    next = clamped(next);
    // The held point keeps its normalised position: the centre moves towards it by the share that the zoom grew.
    const double nearer = 1 - before / next.zoom;
    next.centreX += (normalX(pane, heldX) - m_camera.centreX) * nearer;
    next.centreY += (normalY(pane, heldY) - m_camera.centreY) * nearer;
    return clamped(next);
}

Camera CameraMaths::movedBy(double dx, double dy, int pane) const {
    if (m_reference < 0) return m_camera;
    Camera next = m_camera;
    if (!frameOf(pane)) pane = m_reference;
    const double scale = sourceScale(pane);
    const Frame* frame = frameOf(pane);
    next.zoom = zoomFrom(m_reference, sourceScale(m_reference));
    next.centreX -= dx / (scale * frame->region.width);
    next.centreY -= dy / (scale * frame->region.height);
    return clamped(next);
}

Camera CameraMaths::zoomedTo(double zoom) const {
    Camera next = m_camera;
    next.zoom = zoom;
    return clamped(next);
}

int CameraMaths::paneAt(float x, float y) const {
    for (std::size_t i = 0; i < m_panes.size(); ++i) {
        if (m_panes[i].body.contains(x, y)) return static_cast<int>(i);
    }
    return -1;
}

}  // namespace tessera::canvas
