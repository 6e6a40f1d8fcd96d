// SPDX-License-Identifier: Apache-2.0
#version 330 core
// Colour pictures: sRGB samples as they are; the twin is rendered() of tessera/colour_map.h. Variants: SHARP, AREA, ENDLESS, EXPOSED, ALPHA.
#include "number.glsl"
#include "sampling.glsl"
#include "srgb.glsl"
#include "veil.glsl"

uniform float u_gain;     // EXPOSED: factor in linear light
uniform float u_checker;  // ALPHA: side of a square in device pixels
out vec4 o_colour;

void main() {
    vec4 texel = sampledPicture();
    vec3 colour = texel.rgb;
    bool known = isNumber(colour.r) && isNumber(colour.g) && isNumber(colour.b);
#ifdef EXPOSED
    // Far above white, so that infinity, which the powers make no number of, is white at any exposure.
    colour = srgbFromLinear(linearFromSrgb(clamp(colour, 0.0, 1e4)) * u_gain);
#endif
    colour = clamp(colour, 0.0, 1.0);
#ifdef ALPHA
    vec2 squares = floor(vec2(gl_FragCoord.x, u_canvasHeight - gl_FragCoord.y) / u_checker);
    float odd = mod(squares.x + squares.y, 2.0);
    colour = mix(vec3(mix(0.4, 0.6, odd)), colour, texel.a);
#endif
    o_colour = vec4(veiled(known ? colour : kNotANumber), 1.0);
}
