// SPDX-License-Identifier: Apache-2.0
#include "canvas/picture_painter.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "canvas/look_maths.h"

namespace tessera::canvas {
namespace {

constexpr double kNearestFrom = 2 - 1e-6;  // zoom
constexpr float kVeil = 0.35F;             // of a dimmed picture
constexpr float kCheckerSide = 8;          // logical pixels
constexpr float kStripe = 3;               // logical pixels

Rect overlap(const Rect& a, const Rect& b) {
    const float left = std::max(a.x, b.x), top = std::max(a.y, b.y);
    return {left, top, std::min(a.x + a.width, b.x + b.width) - left, std::min(a.y + a.height, b.y + b.height) - top};
}

bool isWhole(double value) {
    return value == std::floor(value);
}

/// Of a texel of a field; -1 for a colour.
int componentOf(FieldMapping mapping) {
    switch (mapping) {
        case FieldMapping::Colour: return -1;
        case FieldMapping::Absolute: return 0;
        case FieldMapping::Signed: return 1;
        case FieldMapping::Squared: return 2;
        default: return 3;
    }
}

TexelKind texelKindOf(FieldMapping mapping) {
    if (mapping == FieldMapping::Colour) return TexelKind::Colour;
    return mapping == FieldMapping::Ssim ? TexelKind::Ssim : TexelKind::Field;
}

/// Does a look need more than a picture's plain colours?
bool isClose(const PaneLook& look) {
    return look.clipping || look.brush || (look.logarithmic && look.mapping != FieldMapping::Colour);
}

bool isExposed(const PaneLook& look) {
    return look.mapping == FieldMapping::Colour && (look.exposureStops != 0 || look.gain != 1);
}

void setMap(const ShaderProgram& program, const PaneLook& look) {
    const MapScale scale = scaleOf(look);
    program.set("u_maps", 1);
    program.set("u_map", ColourMapTexture::rowOf(look.map));
    program.set("u_factor", static_cast<float>(scale.gain));
    program.set("u_low", static_cast<float>(scale.low));
    program.set("u_start", static_cast<float>(scale.start));
    program.set("u_slope", static_cast<float>(scale.slope));
    program.set("u_curve", static_cast<float>(scale.curve));
    program.set("u_logScale", static_cast<float>(scale.logScale));
}

void setMarks(const ShaderProgram& program, const PaneLook& look, const Surface& surface) {
    program.set("u_stripe", look.clipping ? std::max(2.0F, std::round(kStripe * surface.pixelRatio)) : 0.0F);
    program.set("u_brushed", look.brush ? 1 : 0);
    if (!look.brush) return;
    const float margin = look.mapping == FieldMapping::Colour ? kBrushMargin : 0.0F;
    program.set("u_brush", look.brush->first - margin, look.brush->second + margin);
}

void setLook(const ShaderProgram& program, const PaneLook& look, const Surface& surface) {
    program.set("u_canvas", static_cast<float>(surface.width), static_cast<float>(surface.height));
    program.set("u_canvasHeight", static_cast<float>(surface.height));
    program.set("u_picture", 0);
    const Colour& background = surface.background;
    program.set("u_veil", background.r, background.g, background.b, look.dimmed ? kVeil : 0.0F);
    if (isClose(look)) setMarks(program, look, surface);
    if (look.mapping != FieldMapping::Colour) {
        setMap(program, look);
    } else {
        program.set("u_gain", std::exp2(look.exposureStops) * look.gain);
        program.set("u_checker", std::round(kCheckerSide * surface.pixelRatio));
    }
}

/// For as long as it lives, what is drawn is mixed with what is there.
class Mixing {
public:
    explicit Mixing(float opacity) : m_mixes(opacity < 1) {
        if (!m_mixes) return;
        glEnable(GL_BLEND);
        glBlendEquation(GL_FUNC_ADD);
        glBlendColor(0, 0, 0, opacity);
        glBlendFuncSeparate(GL_CONSTANT_ALPHA, GL_ONE_MINUS_CONSTANT_ALPHA, GL_ONE, GL_ZERO);
    }
    ~Mixing() {
        if (m_mixes) glDisable(GL_BLEND);
    }
    Mixing(const Mixing&) = delete;
    Mixing& operator=(const Mixing&) = delete;

private:
    bool m_mixes;
};

}  // namespace

struct Reading {
    PictureTexture* texture = nullptr;
    Filter filter = Filter::Exact;
    PanePlacement placement;
    double scaleX = 0, scaleY = 0;          ///< device pixels per texel of the level
    Rect visible;                           ///< device pixels
    std::vector<const TexturePart*> parts;  ///< that reach into it

    bool finite() const {
        return std::ranges::all_of(parts, [](const TexturePart* part) { return part->finite; });
    }
    /// What a part draws, in device pixels. Neighbours share an edge to the last bit, so that no device pixel is missed or drawn twice.
    Rect target(const TexturePart& part) const {
        const auto edgeX = [&](int x) { return std::clamp(static_cast<float>(placement.originX + scaleX * x), visible.x, visible.x + visible.width); };
        const auto edgeY = [&](int y) { return std::clamp(static_cast<float>(placement.originY + scaleY * y), visible.y, visible.y + visible.height); };
        const float left = edgeX(part.shown.x), top = edgeY(part.shown.y);
        return {left, top, edgeX(part.shown.x + part.shown.width) - left, edgeY(part.shown.y + part.shown.height) - top};
    }
    float originX(const TexturePart& part) const { return static_cast<float>(placement.originX + scaleX * part.held.x); }
    float originY(const TexturePart& part) const { return static_cast<float>(placement.originY + scaleY * part.held.y); }
};

namespace {

void setTarget(const ShaderProgram& program, const Rect& target) {
    program.set("u_target", target.x, target.y, target.x + target.width, target.y + target.height);
}

/// What the shaders call the numbers of a reading.
struct ReadingNames {
    const char *origin, *texelsPerPixel, *perTexel, *zoom, *share;
};
constexpr ReadingNames kOfPicture{"u_origin", "u_texelsPerPixel", "u_perTexel", "u_zoom", "u_share"};
constexpr ReadingNames kOfOther{"u_otherOrigin", "u_otherTexelsPerPixel", "u_otherPerTexel", "u_otherZoom", "u_otherShare"};

void setScale(const ShaderProgram& program, const ReadingNames& names, const Reading& reading) {
    program.set(names.texelsPerPixel, static_cast<float>(1 / reading.scaleX), static_cast<float>(1 / reading.scaleY));
    program.set(names.zoom, static_cast<float>(reading.scaleX), static_cast<float>(reading.scaleY));
    program.set(names.share, static_cast<float>(reading.scaleX * reading.scaleY));
}

void setPart(const ShaderProgram& program, const ReadingNames& names, const Reading& reading, const TexturePart& part) {
    program.set(names.origin, reading.originX(part), reading.originY(part));
    program.set(names.perTexel, 1.0F / static_cast<float>(part.held.width), 1.0F / static_cast<float>(part.held.height));
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
    if (variant.otherSharp) defines.emplace_back("OTHERSHARP");
    if (variant.otherArea) defines.emplace_back("OTHERAREA");
    if (variant.endless) defines.emplace_back("ENDLESS");
    if (variant.exposed) defines.emplace_back("EXPOSED");
    if (variant.alpha) defines.emplace_back("ALPHA");
    if (variant.close) defines.emplace_back("CLOSE");
    if (variant.plain) defines.emplace_back("PLAIN");
    const char* fragment = variant.kind == Kind::Colour ? "canvas/colour.frag" : variant.kind == Kind::Field ? "canvas/field.frag" : "canvas/difference.frag";
    return m_programs.emplace(variant, ShaderProgram(m_library, "canvas/picture.vert", fragment, defines)).first->second;
}

Reading PicturePainter::reading(const Picture& picture, const PaneLook& look, const PanePlacement& placement, const Rect& clip) {
    Reading made{.texture = &m_cache.texture(picture.image, texelKindOf(look.mapping)),
                 .filter = filterFor(look.sampling, placement),
                 .placement = placement,
                 .visible = overlap(clip, placement.rect())};
    const int level = made.filter == Filter::Area ? levelFor(placement) : 0;
    made.scaleX = placement.scaleX * (1 << level);
    made.scaleY = placement.scaleY * (1 << level);
    const Rect& visible = made.visible;
    if (visible.width <= 0 || visible.height <= 0) return made;
    const auto texelX = [&](double x) { return (x - placement.originX) / made.scaleX; };
    const auto texelY = [&](double y) { return (y - placement.originY) / made.scaleY; };
    const int left = static_cast<int>(texelX(visible.x)), right = static_cast<int>(std::ceil(texelX(visible.x + visible.width)));
    const int top = static_cast<int>(texelY(visible.y)), bottom = static_cast<int>(std::ceil(texelY(visible.y + visible.height)));
    glActiveTexture(GL_TEXTURE0);
    made.parts = made.texture->parts(level, {left, top, right - left, bottom - top});
    return made;
}

void PicturePainter::bind(GLuint unit, const Reading& reading, const TexturePart& part) {
    glActiveTexture(GL_TEXTURE0 + unit);
    glBindSampler(unit, reading.filter == Filter::Exact ? m_samplers.exact.name() : m_samplers.linear.name());
    glBindTexture(GL_TEXTURE_2D, part.texture.name());
}

void PicturePainter::draw(const Layer& layer, const Surface& surface) {
    if (layer.opacity <= 0) return;
    const PaneLook& look = *layer.look;
    const Reading reading = this->reading(*layer.picture, look, layer.placement, layer.clip);
    if (reading.parts.empty()) return;
    const bool field = look.mapping != FieldMapping::Colour;
    if (field) {
        m_maps.bind(1);
        glBindSampler(1, 0);
    }
    const bool integers = !std::holds_alternative<SharedArray<float>>(layer.picture->image.samples());
    const bool plain = !field && integers && !reading.texture->hasAlpha() && !isExposed(look) && !isClose(look) && !look.dimmed;
    const Mixing mixing(layer.opacity);
    glBindVertexArray(m_corners.name());
    const ShaderProgram* used = nullptr;
    for (const TexturePart* part : reading.parts) {
        const ShaderProgram& shader = program({.kind = field ? Kind::Field : Kind::Colour,
                                               .sharp = reading.filter == Filter::Sharp,
                                               .area = reading.filter == Filter::Area,
                                               .endless = !part->finite && reading.filter != Filter::Exact,
                                               .exposed = isExposed(look),
                                               .alpha = reading.texture->hasAlpha(),
                                               .close = isClose(look),
                                               .plain = plain});
        if (used != &shader) {
            used = &shader;
            shader.use();
            setLook(shader, look, surface);
            shader.set("u_component", componentOf(look.mapping));
            setScale(shader, kOfPicture, reading);
        }
        setTarget(shader, reading.target(*part));
        setPart(shader, kOfPicture, reading, *part);
        bind(0, reading, *part);
        glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    }
    glBindVertexArray(0);
    glBindSampler(0, 0);
    glBindTexture(GL_TEXTURE_2D, 0);
}

void PicturePainter::drawDifference(const Pane& pane, const PanePlacement& placement, const PanePlacement& otherPlacement, const Surface& surface) {
    const Rect both = overlap(pane.body, overlap(placement.rect(), otherPlacement.rect()));
    if (both.width <= 0 || both.height <= 0) return;
    const Reading first = reading(*pane.picture, pane.look, placement, both);
    const Reading second = reading(*pane.other, pane.otherLook, otherPlacement, both);
    PaneLook look = pane.differenceLook;
    look.dimmed = pane.look.dimmed || pane.otherLook.dimmed;
    m_maps.bind(1);
    glBindSampler(1, 0);
    glBindVertexArray(m_corners.name());
    const ShaderProgram& shader = program({.kind = Kind::Difference,
                                           .sharp = first.filter == Filter::Sharp,
                                           .area = first.filter == Filter::Area,
                                           .otherSharp = second.filter == Filter::Sharp,
                                           .otherArea = second.filter == Filter::Area,
                                           .endless = !first.finite() || !second.finite(),
                                           .close = isClose(look)});
    shader.use();
    setLook(shader, look, surface);
    setScale(shader, kOfPicture, first);
    setScale(shader, kOfOther, second);
    shader.set("u_component", componentOf(pane.look.mapping));
    shader.set("u_otherComponent", componentOf(pane.otherLook.mapping));
    shader.set("u_kind", look.mapping == FieldMapping::Signed ? 1 : look.mapping == FieldMapping::Squared ? 2 : 0);
    shader.set("u_other", 2);
    for (const TexturePart* part : first.parts) {
        bind(0, first, *part);
        setPart(shader, kOfPicture, first, *part);
        for (const TexturePart* otherPart : second.parts) {
            const Rect target = overlap(first.target(*part), second.target(*otherPart));
            if (target.width <= 0 || target.height <= 0) continue;
            bind(2, second, *otherPart);
            setPart(shader, kOfOther, second, *otherPart);
            setTarget(shader, target);
            glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
        }
    }
    glBindVertexArray(0);
    for (const GLuint unit : {2U, 0U}) {
        glActiveTexture(GL_TEXTURE0 + unit);
        glBindSampler(unit, 0);
        glBindTexture(GL_TEXTURE_2D, 0);
    }
}

}  // namespace tessera::canvas
