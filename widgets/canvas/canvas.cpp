// SPDX-License-Identifier: Apache-2.0
#include "canvas/canvas.h"

#include <algorithm>
#include <tuple>
#include <cmath>
#include <fstream>
#include <iterator>
#include <utility>

#include "canvas/camera.h"
#include "canvas/look_maths.h"
#include "canvas/pixel_values.h"
#include "canvas/shape_painter.h"
#include "canvas/token_layer.h"
#include "canvas/value_lines.h"

namespace tessera::canvas {
namespace {

constexpr double kGridFrom = 16;                       // device pixels per pixel of the picture
constexpr float kOutlineWidth = 2;                     // logical pixels
constexpr Colour kGridColour{0.5F, 0.5F, 0.5F, 0.4F};  // grey is seen on black and on white
constexpr Colour kLineColour{1, 1, 1, 1}, kLineShade{0, 0, 0, 1};  // of a wipe: one of them is seen on any picture
constexpr float kHandleLong = 26, kHandleShort = 9;                // logical pixels, along and across the line
constexpr int kGripLines = 2;

std::vector<unsigned char> faceOf(const Canvas::Options& options) {
    if (!options.fontData.empty() || options.fontFile.empty()) return options.fontData;
    std::ifstream file(options.fontFile, std::ios::binary);
    if (!file) throw DrawingFailure("the font " + options.fontFile + " cannot be read");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int largestTexture(int wanted) {
    GLint allowed = 0;
    glGetIntegerv(GL_MAX_TEXTURE_SIZE, &allowed);
    return wanted > 0 ? std::min(wanted, allowed) : allowed;
}

/// Whatever drew before us (a toolkit, the overlay) may have left any of these behind.
void settle(const Surface& surface) {
    for (const GLenum capability : {GL_SCISSOR_TEST, GL_DEPTH_TEST, GL_STENCIL_TEST, GL_CULL_FACE, GL_BLEND, GL_FRAMEBUFFER_SRGB, GL_COLOR_LOGIC_OP,
                                    GL_PRIMITIVE_RESTART, GL_RASTERIZER_DISCARD}) {
        glDisable(capability);
    }
    glColorMask(GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
    glPolygonMode(GL_FRONT_AND_BACK, GL_FILL);
    glViewport(0, 0, surface.width, surface.height);
}

/// What the pane's second picture holds at the same place of the source.
void addOther(Probe& probe, const Pane& pane, const PanePlacement& placement, float x, float y) {
    if (!placement.visible()) return;
    const int column = static_cast<int>(std::floor(placement.pictureX(x))), row = static_cast<int>(std::floor(placement.pictureY(y)));
    if (column < 0 || row < 0 || column >= placement.width || row >= placement.height) return;
    probe.otherX = column;
    probe.otherY = row;
    const Image& image = pane.other->image;
    for (int c = 0; c < image.channels(); ++c) probe.otherSamples.push_back(image.at(column, row, c));
    probe.difference = differenceOf(pane.picture->image, probe.x, probe.y, pane.look.mapping, image, column, row, pane.otherLook.mapping,
                                    pane.differenceLook.mapping);
}

/// Draws what a painter collected, cut at the edges of a rectangle.
template <typename Painter>
void flushInside(Painter& painter, const Rect& clip, const Surface& surface) {
    const Rect body = onWholePixels(clip);
    glEnable(GL_SCISSOR_TEST);
    glScissor(static_cast<GLint>(body.x), surface.height - static_cast<GLint>(body.y + body.height), static_cast<GLsizei>(std::max(0.0F, body.width)),
              static_cast<GLsizei>(std::max(0.0F, body.height)));
    painter.flush(surface);
    glDisable(GL_SCISSOR_TEST);
}

/// All that lives in the context.
struct Drawing {
    Drawing(const Canvas::Options& options, std::vector<unsigned char> face)
        : library(options.shaderDirectory), cache(largestTexture(options.largestTexture)), pictures(library, cache), shapes(library) {
        if (!face.empty()) text.emplace(library, Typeface(std::move(face)));
    }
    ShaderLibrary library;
    TextureCache cache;
    PicturePainter pictures;
    ShapePainter shapes;
    std::optional<TextPainter> text;  ///< absent: no face was given, values stay unprinted
};

}  // namespace

struct Canvas::Private {
    std::vector<Pane> panes;
    Camera camera;
    Colour background{0.094F, 0.094F, 0.094F, 1};
    Colour accent{0.353F, 0.655F, 1, 1};
    float pixelRatio = 1;
    std::unique_ptr<Drawing> drawing;

    CameraMaths maths() const { return CameraMaths(panes, camera); }
    std::string drawPictures(const CameraMaths& maths, const Surface& surface);
    void drawGrids(const CameraMaths& maths, const Surface& surface);
    void drawTokens(const CameraMaths& maths, const Surface& surface);
    void drawValues(const CameraMaths& maths, const Surface& surface);
    void drawWipeLines(const Surface& surface);
    void drawOutlines(const Surface& surface);
    std::vector<Layer> layers(const CameraMaths& maths, std::size_t pane) const;
    bool showsDifference(const CameraMaths& maths, std::size_t pane) const;
};

Canvas::Canvas() : d(std::make_unique<Private>()) {}

Canvas::~Canvas() {
    // Without release() the context is gone or not current: its objects went with it.
    const AbandonedContext abandoned;
    d.reset();
}

std::string Canvas::initialise(const Options& options) {
    {
        const AbandonedContext abandoned;
        d->drawing.reset();
    }
    if (!epoxy_is_desktop_gl() || epoxy_gl_version() < 33) {
        const auto* offered = reinterpret_cast<const char*>(glGetString(GL_VERSION));
        return std::string("the canvas needs OpenGL 3.3, this computer offers ") + (offered ? offered : "none") + "; update the graphics driver";
    }
    try {
        d->drawing = std::make_unique<Drawing>(options, faceOf(options));
    } catch (const DrawingFailure& failure) {
        return failure.what();
    }
    return {};
}

void Canvas::release() {
    d->drawing.reset();
}

bool operator==(const Pane& a, const Pane& b) {
    const auto parts = [](const Pane& pane) {
        return std::tie(pane.body, pane.picture, pane.look, pane.current, pane.frame, pane.group, pane.other, pane.otherLook, pane.otherGroup, pane.compare, pane.share, pane.wipeLine, pane.differenceLook);
    };
    const bool sameTokens = a.tokens == b.tokens || (a.tokens && b.tokens && *a.tokens == *b.tokens);
    return sameTokens && parts(a) == parts(b);
}

void Canvas::setPanes(std::vector<Pane> panes) {
    d->panes = std::move(panes);
}

const std::vector<Pane>& Canvas::panes() const {
    return d->panes;
}

void Canvas::setCamera(const Camera& camera) {
    d->camera = camera;
}

const Camera& Canvas::camera() const {
    return d->camera;
}

void Canvas::setBackground(Colour colour) {
    d->background = colour;
}

void Canvas::setAccent(Colour colour) {
    d->accent = colour;
}

void Canvas::setPixelRatio(float ratio) {
    d->pixelRatio = ratio;
}

std::vector<Layer> Canvas::Private::layers(const CameraMaths& maths, std::size_t pane) const {
    const int index = static_cast<int>(pane);
    return layersOf(panes[pane], maths.placement(index), maths.otherPlacement(index));
}

bool Canvas::Private::showsDifference(const CameraMaths& maths, std::size_t pane) const {
    return isDifference(panes[pane], maths.otherPlacement(static_cast<int>(pane)));
}

std::string Canvas::Private::drawPictures(const CameraMaths& maths, const Surface& surface) {
    std::string failed;
    for (std::size_t i = 0; i < panes.size(); ++i) {
        const int pane = static_cast<int>(i);
        try {
            if (showsDifference(maths, i)) {
                drawing->pictures.drawDifference(panes[i], maths.placement(pane), maths.otherPlacement(pane), surface);
                continue;
            }
            for (const Layer& layer : layers(maths, i)) drawing->pictures.draw(layer, surface);
        } catch (const DrawingFailure& failure) {
            if (failed.empty()) failed = failure.what();  // the other panes are still drawn
        }
    }
    return failed;
}

void Canvas::Private::drawGrids(const CameraMaths& maths, const Surface& surface) {
    for (std::size_t i = 0; i < panes.size(); ++i) {
        for (const Layer& layer : layers(maths, i)) {
            if (!layer.look->grid || std::min(layer.placement.scaleX, layer.placement.scaleY) < kGridFrom) continue;
            drawing->shapes.addPixelGrid(layer.clip, layer.placement, std::max(1.0F, std::floor(pixelRatio)), kGridColour);
            if (panes[i].compare == Compare::Onion) break;  // one grid, of the picture below
        }
    }
    drawing->shapes.flush(surface);
}

void Canvas::Private::drawTokens(const CameraMaths& maths, const Surface& surface) {
    for (std::size_t i = 0; i < panes.size(); ++i) {
        const Pane& pane = panes[i];
        const PanePlacement placement = maths.placement(static_cast<int>(i));
        if (!pane.tokens || !placement.visible()) continue;
        // In a wipe on the side of the picture that has these tokens.
        const auto shown = layers(maths, i);
        const Rect clip = shown.empty() ? pane.body : shown.front().clip;
        addTokens(drawing->shapes, *pane.tokens, placementOf(*pane.tokens, *pane.picture, placement), clip, pixelRatio, accent);
        flushInside(drawing->shapes, clip, surface);
    }
}

void Canvas::Private::drawValues(const CameraMaths& maths, const Surface& surface) {
    if (!drawing->text) return;
    const auto flushInside = [&](const Rect& clip) { canvas::flushInside(*drawing->text, clip, surface); };
    for (std::size_t i = 0; i < panes.size(); ++i) {
        const int pane = static_cast<int>(i);
        if (showsDifference(maths, i)) {
            if (!panes[i].differenceLook.values || maths.placement(pane).scaleX < kValuesFrom) continue;
            addDifferenceValues(*drawing->text, panes[i], maths.placement(pane), maths.otherPlacement(pane), pixelRatio);
            flushInside(panes[i].body);
            continue;
        }
        const auto shown = layers(maths, i);
        if (panes[i].compare == Compare::Onion && shown.size() > 1) continue;  // of neither picture would they be
        for (const Layer& layer : shown) {
            if (!layer.look->values || std::min(layer.placement.scaleX, layer.placement.scaleY) < kValuesFrom) continue;
            addPixelValues(*drawing->text, layer, pixelRatio);
            flushInside(layer.clip);
        }
    }
}

void Canvas::Private::drawWipeLines(const Surface& surface) {
    const float unit = std::max(1.0F, std::round(pixelRatio));
    for (std::size_t i = 0; i < panes.size(); ++i) {
        const Pane& pane = panes[i];
        if (pane.compare != Compare::Wipe || !pane.other) continue;
        const Rect body = onWholePixels(pane.body);
        const bool upright = pane.wipeLine == WipeLine::Upright;
        const float line = wipePosition(pane);
        const float start = upright ? body.y : body.x, length = upright ? body.height : body.width;
        const auto add = [&](float across, float thickness, float along, float reach, Colour colour) {
            drawing->shapes.addInside(body, upright ? Rect{across, along, thickness, reach} : Rect{along, across, reach, thickness}, colour);
        };
        add(line - unit, 3 * unit, start, length, kLineShade);
        add(line, unit, start, length, kLineColour);
        const float handle = std::min(std::round(kHandleLong * pixelRatio), length), half = std::floor(kHandleShort * pixelRatio / 2);
        const float along = std::round(start + (length - handle) / 2);
        add(line - half - unit, 2 * half + 3 * unit, along - unit, handle + 2 * unit, kLineShade);
        add(line - half, 2 * half + unit, along, handle, kLineColour);
        for (int grip = 0; grip < kGripLines; ++grip) {
            const float shift = (grip == 0 ? -1.0F : 1.0F) * std::max(2.0F, std::round(2 * pixelRatio)) ;
            add(line + shift, unit, along + std::round(handle / 4), std::round(handle / 2), kLineShade);
        }
    }
    drawing->shapes.flush(surface);
}

void Canvas::Private::drawOutlines(const Surface& surface) {
    for (const Pane& pane : panes) {
        if (!pane.current) continue;
        const Rect& frame = pane.frame == Rect{} ? pane.body : pane.frame;
        drawing->shapes.addOutline(onWholePixels(frame), std::max(1.0F, std::round(kOutlineWidth * pixelRatio)), accent);
    }
    drawing->shapes.flush(surface);
}

std::string Canvas::draw(int width, int height) {
    if (!d->drawing) return "the canvas has no OpenGL context; initialise it first";
    const Surface surface{width, height, d->pixelRatio, d->background};
    settle(surface);
    glClearColor(d->background.r, d->background.g, d->background.b, d->background.a);
    glClear(GL_COLOR_BUFFER_BIT);
    const CameraMaths maths = d->maths();
    std::string failed = d->drawPictures(maths, surface);
    glEnable(GL_BLEND);
    glBlendEquation(GL_FUNC_ADD);
    // What is drawn over an opaque canvas leaves it opaque.
    glBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
    d->drawGrids(maths, surface);
    d->drawTokens(maths, surface);
    d->drawValues(maths, surface);
    d->drawWipeLines(surface);
    d->drawOutlines(surface);
    glDisable(GL_BLEND);
    glUseProgram(0);
    for (const GLenum unit : {GL_TEXTURE2, GL_TEXTURE1, GL_TEXTURE0}) {
        glActiveTexture(unit);
        glBindTexture(GL_TEXTURE_2D, 0);
    }
    d->drawing->cache.endFrame();
    return failed;
}

std::optional<Probe> Canvas::probe(float x, float y) const {
    const CameraMaths maths = d->maths();
    const int pane = maths.paneAt(x, y);
    const PanePlacement placement = maths.placement(pane);
    if (!placement.visible()) return std::nullopt;
    Probe probe{.pane = pane,
                .x = static_cast<int>(std::floor(placement.pictureX(x))),
                .y = static_cast<int>(std::floor(placement.pictureY(y))),
                .normalX = maths.normalX(pane, x),
                .normalY = maths.normalY(pane, y),
                .samples = {}};
    if (probe.x < 0 || probe.y < 0 || probe.x >= placement.width || probe.y >= placement.height) return std::nullopt;
    const Image& image = d->panes[static_cast<std::size_t>(pane)].picture->image;
    for (int c = 0; c < image.channels(); ++c) probe.samples.push_back(image.at(probe.x, probe.y, c));
    probe.readings = readingsAt(*d->panes[static_cast<std::size_t>(pane)].picture, probe.x, probe.y);
    addOther(probe, d->panes[static_cast<std::size_t>(pane)], maths.otherPlacement(pane), x, y);
    return probe;
}

int Canvas::wipeLineAt(float x, float y, float reach) const {
    const int pane = d->maths().paneAt(x, y);
    if (pane < 0) return -1;
    const Pane& shown = d->panes[static_cast<std::size_t>(pane)];
    if (shown.compare != Compare::Wipe || !shown.other) return -1;
    const bool upright = shown.wipeLine == WipeLine::Upright;
    const float across = std::abs((upright ? x : y) - wipePosition(shown));
    const float along = std::abs(upright ? y - shown.body.y - shown.body.height / 2 : x - shown.body.x - shown.body.width / 2);
    const bool onHandle = across <= kHandleShort * d->pixelRatio / 2 + 1 && along <= kHandleLong * d->pixelRatio / 2 + 1;
    return across <= reach || onHandle ? pane : -1;
}

float Canvas::wipeShareAt(int pane, float x, float y) const {
    if (pane < 0 || static_cast<std::size_t>(pane) >= d->panes.size()) return 0.5F;
    const Pane& shown = d->panes[static_cast<std::size_t>(pane)];
    const Rect body = onWholePixels(shown.body);
    const bool upright = shown.wipeLine == WipeLine::Upright;
    const float length = upright ? body.width : body.height;
    return length > 0 ? std::clamp((upright ? x - body.x : y - body.y) / length, 0.0F, 1.0F) : 0.5F;
}

double Canvas::zoomOf(int pane) const {
    return d->maths().placement(pane).scaleX;
}

double Canvas::fitZoom() const {
    return d->maths().fitZoom();
}

Rect Canvas::pictureRect(int pane) const {
    return d->maths().placement(pane).rect();
}

Rect Canvas::visibleRegion(int pane) const {
    return d->maths().visibleRegion(pane);
}

Camera Canvas::zoomedAt(float x, float y, double factor) const {
    return d->maths().zoomedAt(x, y, factor);
}

Camera Canvas::movedBy(float dx, float dy, int pane) const {
    return d->maths().movedBy(dx, dy, pane);
}

Camera Canvas::zoomedTo(double zoom) const {
    return d->maths().zoomedTo(zoom);
}

Canvas::Statistics Canvas::statistics() const {
    if (!d->drawing) return {};
    const Drawing& drawing = *d->drawing;
    Statistics statistics{
        .textures = drawing.cache.count() + 1, .textureBytes = drawing.cache.bytes() + ColourMapTexture::kBytes, .uploads = drawing.cache.uploads()};
    if (drawing.text) {
        statistics.textures += drawing.text->textures();
        statistics.textureBytes += drawing.text->bytes();
    }
    return statistics;
}

}  // namespace tessera::canvas
