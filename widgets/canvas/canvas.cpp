// SPDX-License-Identifier: Apache-2.0
#include "canvas/canvas.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <utility>

#include "canvas/camera.h"
#include "canvas/pixel_values.h"
#include "canvas/shape_painter.h"

namespace tessera::canvas {
namespace {

constexpr double kGridFrom = 16;                       // device pixels per pixel of the picture
constexpr float kOutlineWidth = 2;                     // logical pixels
constexpr Colour kGridColour{0.5F, 0.5F, 0.5F, 0.4F};  // grey is seen on black and on white

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

Rect onWholePixels(const Rect& rect) {
    const float left = std::round(rect.x), top = std::round(rect.y);
    return {left, top, std::round(rect.x + rect.width) - left, std::round(rect.y + rect.height) - top};
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
    void drawValues(const CameraMaths& maths, const Surface& surface);
    void drawOutlines(const Surface& surface);
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

std::string Canvas::Private::drawPictures(const CameraMaths& maths, const Surface& surface) {
    std::string failed;
    for (std::size_t i = 0; i < panes.size(); ++i) {
        const PanePlacement placement = maths.placement(static_cast<int>(i));
        if (!placement.visible()) continue;
        try {
            drawing->pictures.draw(panes[i], placement, surface);
        } catch (const DrawingFailure& failure) {
            if (failed.empty()) failed = failure.what();  // the other panes are still drawn
        }
    }
    return failed;
}

void Canvas::Private::drawGrids(const CameraMaths& maths, const Surface& surface) {
    for (std::size_t i = 0; i < panes.size(); ++i) {
        const PanePlacement placement = maths.placement(static_cast<int>(i));
        if (!panes[i].look.grid || std::min(placement.scaleX, placement.scaleY) < kGridFrom) continue;
        drawing->shapes.addPixelGrid(panes[i].body, placement, std::max(1.0F, std::floor(pixelRatio)), kGridColour);
    }
    drawing->shapes.flush(surface);
}

void Canvas::Private::drawValues(const CameraMaths& maths, const Surface& surface) {
    if (!drawing->text) return;
    for (std::size_t i = 0; i < panes.size(); ++i) {
        const PanePlacement placement = maths.placement(static_cast<int>(i));
        if (!panes[i].look.values || std::min(placement.scaleX, placement.scaleY) < kValuesFrom) continue;
        addPixelValues(*drawing->text, panes[i], placement, pixelRatio);
        const Rect body = onWholePixels(panes[i].body);
        glEnable(GL_SCISSOR_TEST);
        glScissor(static_cast<GLint>(body.x), surface.height - static_cast<GLint>(body.y + body.height),
                  static_cast<GLsizei>(std::max(0.0F, body.width)), static_cast<GLsizei>(std::max(0.0F, body.height)));
        drawing->text->flush(surface);
        glDisable(GL_SCISSOR_TEST);
    }
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
    d->drawValues(maths, surface);
    d->drawOutlines(surface);
    glDisable(GL_BLEND);
    glUseProgram(0);
    for (const GLenum unit : {GL_TEXTURE1, GL_TEXTURE0}) {
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
    return probe;
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

Camera Canvas::movedBy(float dx, float dy) const {
    return d->maths().movedBy(dx, dy);
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
