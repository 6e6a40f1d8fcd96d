// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "canvas/camera.h"
#include "canvas/colour_maps.h"
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

/// Draws pictures: one program per variant, made when first needed.
class PicturePainter {
public:
    PicturePainter(const ShaderLibrary& library, TextureCache& cache) : m_library(library), m_cache(cache) {}
    /// Needs blending off. Throws DrawingFailure.
    void draw(const Pane& pane, const PanePlacement& placement, const Surface& surface);

private:
    struct Variant {
        bool field = false, sharp = false, area = false, endless = false, exposed = false, alpha = false;
        auto operator<=>(const Variant&) const = default;
    };
    const ShaderProgram& program(const Variant& variant);

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
