// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "canvas/colour_maps.h"
#include "canvas/pane_layers.h"
#include "canvas/shader_program.h"
#include "canvas/texture_cache.h"

namespace tessera::canvas {

/// The surface that a frame is drawn on.
struct Surface {
    int width = 0, height = 0;  ///< device pixels
    float pixelRatio = 1;
    Colour background;
};

/// How texels are read for a zoom; decided once per pane.
enum class Filter {
    Exact,  ///< the texel under the pixel's centre
    Sharp,  ///< nearest, with edges that fall between device pixels blended over one of them
    Linear,
    Area,  ///< the mean of what the device pixel covers
};
Filter filterFor(Sampling sampling, const PanePlacement& placement);

/// The level whose texels are as large as a device pixel, or up to half as large.
int levelFor(const PanePlacement& placement);

/// How the texels that a pane shows of a picture are read.
struct Reading;

/// Draws pictures: one program per variant, made when first needed.
class PicturePainter {
public:
    PicturePainter(const ShaderLibrary& library, TextureCache& cache) : m_library(library), m_cache(cache) {}
    /// Leaves blending off. Throws DrawingFailure.
    void draw(const Layer& layer, const Surface& surface);
    /// What a pane's two pictures differ by, where both are.
    void drawDifference(const Pane& pane, const PanePlacement& placement, const PanePlacement& otherPlacement, const Surface& surface);

private:
    enum class Kind { Colour, Field, Difference };
    struct Variant {
        Kind kind = Kind::Colour;
        bool sharp = false, area = false, otherSharp = false, otherArea = false, endless = false, exposed = false, alpha = false, close = false, plain = false;
        auto operator<=>(const Variant&) const = default;
    };
    const ShaderProgram& program(const Variant& variant);
    Reading reading(const Picture& picture, const PaneLook& look, const PanePlacement& placement, const Rect& clip);
    void bind(GLuint unit, const Reading& reading, const TexturePart& part);

    const ShaderLibrary& m_library;
    TextureCache& m_cache;
    ColourMapTexture m_maps;
    GlVertexArray m_corners;  ///< holds nothing: the vertex shader makes the corners
    struct Samplers {
        Samplers();
        GlSampler exact, linear;
    } m_samplers;
    std::map<Variant, ShaderProgram> m_programs;
};

}  // namespace tessera::canvas
