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

}  // namespace

Filter filterFor(Sampling sampling, const PanePlacement& placement) {
    const double zoom = std::min(placement.scaleX, placement.scaleY);
    if (sampling == Sampling::Automatic) sampling = zoom >= kNearestFrom ? Sampling::Nearest : Sampling::Bilinear;
    const bool exact = isWhole(placement.scaleX) && isWhole(placement.scaleY) && isWhole(placement.originX) && isWhole(placement.originY);
    if (sampling == Sampling::Nearest) return zoom < 1 || exact ? Filter::Exact : Filter::Sharp;
    if (zoom < 1) return Filter::Trilinear;
    return exact && placement.scaleX == 1 && placement.scaleY == 1 ? Filter::Exact : Filter::Linear;
}

PicturePainter::Samplers::Samplers() {
    const auto configure = [](GLuint sampler, GLint minify, GLint magnify) {
        glSamplerParameteri(sampler, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
        glSamplerParameteri(sampler, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
        glSamplerParameteri(sampler, GL_TEXTURE_MIN_FILTER, minify);
        glSamplerParameteri(sampler, GL_TEXTURE_MAG_FILTER, magnify);
    };
    configure(exact.name(), GL_NEAREST, GL_NEAREST);
    configure(linear.name(), GL_LINEAR, GL_LINEAR);
    configure(trilinear.name(), GL_LINEAR_MIPMAP_LINEAR, GL_LINEAR);
}

const ShaderProgram& PicturePainter::program(const Variant& variant) {
    const auto found = m_programs.find(variant);
    if (found != m_programs.end()) return found->second;
    std::vector<std::string_view> defines;
    if (variant.sharp) defines.emplace_back("SHARP");
    if (variant.exposed) defines.emplace_back("EXPOSED");
    if (variant.alpha) defines.emplace_back("ALPHA");
    const char* fragment = variant.field ? "canvas/field.frag" : "canvas/colour.frag";
    return m_programs.emplace(variant, ShaderProgram(m_library, "canvas/picture.vert", fragment, defines)).first->second;
}

void PicturePainter::draw(const Pane& pane, const PanePlacement& placement, const Surface& surface) {
    const bool field = pane.look.mapping != FieldMapping::Colour;
    PictureTexture& texture = m_cache.texture(pane.picture->image, field ? TexelKind::Field : TexelKind::Colour);
    const Filter filter = filterFor(pane.look.sampling, placement);
    glActiveTexture(GL_TEXTURE0);
    if (filter == Filter::Trilinear) texture.makeMipmaps();
    const ShaderProgram& shader = program({.field = field,
                                           .sharp = filter == Filter::Sharp,
                                           .exposed = !field && pane.look.exposureStops != 0,
                                           .alpha = texture.hasAlpha});
    shader.use();
    shader.set("u_canvas", static_cast<float>(surface.width), static_cast<float>(surface.height));
    shader.set("u_canvasHeight", static_cast<float>(surface.height));
    shader.set("u_texelsPerPixel", static_cast<float>(1 / placement.scaleX), static_cast<float>(1 / placement.scaleY));
    shader.set("u_picture", 0);
    const Colour& background = surface.background;
    shader.set("u_veil", background.r, background.g, background.b, pane.look.dimmed ? kVeil : 0.0F);
    if (field) {
        setField(shader, pane.look);
        m_maps.bind(1);
        glBindSampler(1, 0);
    } else {
        shader.set("u_gain", std::exp2(pane.look.exposureStops));
        shader.set("u_checker", std::round(kCheckerSide * surface.pixelRatio));
    }
    const GlSampler& sampler = filter == Filter::Exact       ? m_samplers.exact
                               : filter == Filter::Trilinear ? m_samplers.trilinear
                                                             : m_samplers.linear;
    glBindSampler(0, sampler.name());
    glBindVertexArray(m_corners.name());
    const Rect& body = pane.body;
    for (const TextureTile& tile : texture.tiles) {
        const auto left = std::max(body.x, static_cast<float>(placement.originX + placement.scaleX * tile.x));
        const auto top = std::max(body.y, static_cast<float>(placement.originY + placement.scaleY * tile.y));
        const auto right = std::min(body.x + body.width, static_cast<float>(placement.originX + placement.scaleX * (tile.x + tile.width)));
        const auto bottom = std::min(body.y + body.height, static_cast<float>(placement.originY + placement.scaleY * (tile.y + tile.height)));
        if (left >= right || top >= bottom) continue;
        shader.set("u_origin",
                   static_cast<float>(placement.originX + placement.scaleX * tile.textureX),
                   static_cast<float>(placement.originY + placement.scaleY * tile.textureY));
        shader.set("u_target", left, top, right, bottom);
        glBindTexture(GL_TEXTURE_2D, tile.texture.name());
        glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    }
    glBindVertexArray(0);
    glBindSampler(0, 0);
    glBindTexture(GL_TEXTURE_2D, 0);
}

}  // namespace tessera::canvas
