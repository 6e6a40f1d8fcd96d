// SPDX-License-Identifier: Apache-2.0
#version 330 core
// Colour pictures: sRGB samples as they are; the twin is rendered() of tessera/colour_map.h. Variants: SHARP, AREA, ENDLESS, EXPOSED, ALPHA, CLOSE, PLAIN.
#include "number.glsl"
#include "sampling.glsl"
#include "srgb.glsl"
#include "veil.glsl"
#ifdef CLOSE
#include "marks.glsl"
#endif

uniform float u_gain;     // EXPOSED: factor in linear light
uniform float u_checker;  // ALPHA: side of a square in device pixels
out vec4 o_colour;

void main() {
#ifdef PLAIN
    // Opaque integers, shown as they are: software GL has time for little more.
    o_colour = sampledPicture();
#else
    vec4 texel = sampledPicture();
    vec3 colour = texel.rgb;
    bool known = isNumber(colour.r) && isNumber(colour.g) && isNumber(colour.b);
#ifdef CLOSE
    vec3 own = colour;
#endif
#ifdef EXPOSED
    // Far above white, so that infinity, which the powers make no number of, is white at any exposure.
    colour = srgbFromLinear(linearFromSrgb(clamp(colour, 0.0, 1e4)) * u_gain);
#endif
#ifdef CLOSE
    const float margin = 1e-3;  // what rounding makes of 0 and 1
    bool below = known && min(min(own.r, own.g), own.b) < -margin;
    bool above = known && max(max(colour.r, colour.g), colour.b) > 1.0 + margin;
#endif
    colour = clamp(colour, 0.0, 1.0);
#ifdef ALPHA
    vec2 squares = floor(vec2(gl_FragCoord.x, u_canvasHeight - gl_FragCoord.y) / u_checker);
    float odd = mod(squares.x + squares.y, 2.0);
    colour = mix(vec3(mix(0.4, 0.6, odd)), colour, texel.a);
#endif
    colour = known ? colour : kNotANumber;
#ifdef CLOSE
    float luminance = u_brushed ? srgbFromLinear(vec3(dot(linearFromSrgb(clamp(own, 0.0, 1e4)), vec3(0.2126, 0.7152, 0.0722)))).r : 0.0;
    colour = lit(striped(colour, below, above), known, luminance);
#endif
    o_colour = vec4(veiled(colour), 1.0);
#endif
}
