// SPDX-License-Identifier: Apache-2.0
#version 330 core
// What two pictures differ by, each read from its own texture at its own zoom; the twin is differenceOf() of widgets/canvas/look_maths.h.
// Variants: ENDLESS, CLOSE.
#include "number.glsl"
#include "sampling.glsl"
#include "mapped.glsl"
#include "veil.glsl"

uniform sampler2D u_other;
uniform vec2 u_otherOrigin, u_otherTexelsPerPixel;  // as u_origin and u_texelsPerPixel
uniform int u_filter, u_otherFilter;                // 0 as the sampler reads, 1 sharp, 2 area
uniform int u_component, u_otherComponent;          // of the texel; -1: a colour
uniform int u_kind;                                 // 0 absolute, 1 signed, 2 squared
out vec4 o_colour;

vec4 sampled(sampler2D picture, vec2 origin, vec2 texelsPerPixel, int how) {
    vec2 texel = texelHere(origin, texelsPerPixel);
    if (how == 2) return areaSampled(picture, texel, texelsPerPixel);
    return pointSampled(picture, how == 1 ? sharpened(texel, texelsPerPixel) : texel);
}

// Out-of-range colours are no difference that one can see.
vec3 compared(vec4 texel, int component) {
    if (component >= 0) return vec3(texel[component]);
    return vec3(isNumber(texel.r) ? clamp(texel.r, 0.0, 1.0) : texel.r, isNumber(texel.g) ? clamp(texel.g, 0.0, 1.0) : texel.g,
                isNumber(texel.b) ? clamp(texel.b, 0.0, 1.0) : texel.b);
}

void main() {
    vec3 error = compared(sampled(u_picture, u_origin, u_texelsPerPixel, u_filter), u_component) -
                 compared(sampled(u_other, u_otherOrigin, u_otherTexelsPerPixel, u_otherFilter), u_otherComponent);
    if (u_kind == 0) error = abs(error);
    if (u_kind == 2) error = error * error;
    o_colour = vec4(veiled(mappedColour((error.r + error.g + error.b) / 3.0)), 1.0);
}
