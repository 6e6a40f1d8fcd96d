// SPDX-License-Identifier: Apache-2.0
#include "canvas/picture_painter.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <tessera/colour_map.h>

namespace tessera::canvas {
namespace {

constexpr double kNearestFrom = 2 - 1e-6;  // zoom
constexpr float kVeil = 0.35F;             // of a dimmed picture
constexpr float kCheckerSide = 8;          // logical pixels

Rect overlap(const Rect& a, const Rect& b) {
    const float left = std::max(a.x, b.x), top = std::max(a.y, b.y);
    return {left, top, std::min(a.x + a.width, b.x + b.width) - left, std::min(a.y + a.height, b.y + b.height) - top};
}

bool isWhole(double value) {
    return value == std::floor(value);
}

void setField(const ShaderProgram& program, const PaneLook& look) {
    const bool centred = look.mapping == FieldMapping::Signed;
    const double length = centred ? 2.0 * std::max(std::abs(look.low), std::abs(look.high)) : double{look.high} - look.low;
    const bool step = !(length > 0);  // as positionOf() has it
    program.set("u_maps", 1);
    program.set("u_map", ColourMapTexture::rowOf(look.map));
    program.set("u_low", centred ? 0.0F : look.low);
    program.set("u_start", centred ? 0.5F : step ? 1.0F : 0.0F);
    program.set("u_slope", step ? 1e30F : static_cast<float>(1 / length));
    int component = 3;
    if (look.mapping == FieldMapping::Absolute) component = 0;
    if (look.mapping == FieldMapping::Signed) component = 1;
    if (look.mapping == FieldMapping::Squared) component = 2;
    program.set("u_component", component);
}

void setLook(const ShaderProgram& program, const PaneLook& look, const Surface& surface) {
    program.set("u_canvas", static_cast<float>(surface.width), static_cast<float>(surface.height));
    program.set("u_canvasHeight", static_cast<float>(surface.height));
    program.set("u_picture", 0);
    const Colour& background = surface.background;
    program.set("u_veil", background.r, background.g, background.b, look.dimmed ? kVeil : 0.0F);
    if (look.mapping != FieldMapping::Colour) {
        setField(program, look);
    } else {
        program.set("u_gain", std::exp2(look.exposureStops));
        program.set("u_checker", std::round(kCheckerSide * surface.pixelRatio));
    }
}

}  // namespace

Filter filterFor(Sampling sampling, const PanePlacement& placement) {
    const double zoom = std::min(placement.scaleX, placement.scaleY);
    if (sampling == Sampling::Automatic) sampling = zoom >= kNearestFrom ? Sampling::Nearest : Sampling::Bilinear;
    const bool exact = isWhole(placement.scaleX) && isWhole(placement.scaleY) && isWhole(placement.originX) && isWhole(placement.originY);
    if (sampling == Sampling::Nearest) return zoom < 1 || exact ? Filter::Exact : Filter::Sharp;
    if (zoom < 1) return Filter::Area;
    return exact && placement.scaleX == 1 && placement.scaleY == 1 ? Filter::Exact : Filter::Linear;
}

int levelFor(const PanePlacement& placement) {
    const double shrunk = 1 / std::min(placement.scaleX, placement.scaleY);
    return std::clamp(static_cast<int>(std::floor(std::log2(shrunk) + 1e-9)), 0, kHighestLevel);
}

PicturePainter::Samplers::Samplers() {
    const auto configure = [](GLuint sampler, GLint filter) {
        glSamplerParameteri(sampler, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
        glSamplerParameteri(sampler, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
        glSamplerParameteri(sampler, GL_TEXTURE_MIN_FILTER, filter);
        glSamplerParameteri(sampler, GL_TEXTURE_MAG_FILTER, filter);
    };
    configure(exact.name(), GL_NEAREST);
    configure(linear.name(), GL_LINEAR);
}

const ShaderProgram& PicturePainter::program(const Variant& variant) {
    const auto found = m_programs.find(variant);
    if (found != m_programs.end()) return found->second;
    std::vector<std::string_view> defines;
    if (variant.sharp) defines.emplace_back("SHARP");
    if (variant.area) defines.emplace_back("AREA");
    if (variant.endless) defines.emplace_back("ENDLESS");
    if (variant.exposed) defines.emplace_back("EXPOSED");
    if (variant.alpha) defines.emplace_back("ALPHA");
    const char* fragment = variant.field ? "canvas/field.frag" : "canvas/colour.frag";
    return m_programs.emplace(variant, ShaderProgram(m_library, "canvas/picture.vert", fragment, defines)).first->second;
}

void PicturePainter::draw(const Pane& pane, const PanePlacement& placement, const Surface& surface) {
    const bool field = pane.look.mapping != FieldMapping::Colour;
    const TexelKind kind = !field ? TexelKind::Colour : pane.look.mapping == FieldMapping::Ssim ? TexelKind::Ssim : TexelKind::Field;
    PictureTexture& texture = m_cache.texture(pane.picture->image, kind);
    const Filter filter = filterFor(pane.look.sampling, placement);
    const int level = filter == Filter::Area ? levelFor(placement) : 0;
    const double scaleX = placement.scaleX * (1 << level), scaleY = placement.scaleY * (1 << level);  // device pixels per texel
    const Rect visible = overlap(pane.body, placement.rect());
    if (visible.width <= 0 || visible.height <= 0) return;
    const auto texelX = [&](double x) { return (x - placement.originX) / scaleX; };
    const auto texelY = [&](double y) { return (y - placement.originY) / scaleY; };
    const int left = static_cast<int>(texelX(visible.x)), right = static_cast<int>(std::ceil(texelX(visible.x + visible.width)));
    const int top = static_cast<int>(texelY(visible.y)), bottom = static_cast<int>(std::ceil(texelY(visible.y + visible.height)));
    glActiveTexture(GL_TEXTURE0);
    const auto parts = texture.parts(level, {left, top, right - left, bottom - top});
    if (field) {
        m_maps.bind(1);
        glBindSampler(1, 0);
    }
    glBindSampler(0, filter == Filter::Exact ? m_samplers.exact.name() : m_samplers.linear.name());
    glBindVertexArray(m_corners.name());
    const ShaderProgram* used = nullptr;
    for (const TexturePart* part : parts) {
        const ShaderProgram& shader = program({.field = field,
                                               .sharp = filter == Filter::Sharp,
                                               .area = filter == Filter::Area,
                                               .endless = !part->finite && filter != Filter::Exact,
                                               .exposed = !field && pane.look.exposureStops != 0,
                                               .alpha = texture.hasAlpha()});
        if (used != &shader) {
            used = &shader;
            shader.use();
            setLook(shader, pane.look, surface);
            shader.set("u_texelsPerPixel", static_cast<float>(1 / scaleX), static_cast<float>(1 / scaleY));
        }
        const TexelRect& shown = part->shown;
        // Neighbours share an edge to the last bit, so that no device pixel is missed or drawn twice.
        const auto edgeX = [&](int x) { return std::clamp(static_cast<float>(placement.originX + scaleX * x), visible.x, visible.x + visible.width); };
        const auto edgeY = [&](int y) { return std::clamp(static_cast<float>(placement.originY + scaleY * y), visible.y, visible.y + visible.height); };
        shader.set("u_target", edgeX(shown.x), edgeY(shown.y), edgeX(shown.x + shown.width), edgeY(shown.y + shown.height));
        shader.set("u_origin", static_cast<float>(placement.originX + scaleX * part->held.x),
                   static_cast<float>(placement.originY + scaleY * part->held.y));
        glBindTexture(GL_TEXTURE_2D, part->texture.name());
        glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    }
    glBindVertexArray(0);
    glBindSampler(0, 0);
    glBindTexture(GL_TEXTURE_2D, 0);
}

}  // namespace tessera::canvas
