// SPDX-License-Identifier: Apache-2.0
#version 330 core
// What two pictures differ by, each read from its own texture at its own zoom; the twin is differenceOf() of widgets/canvas/look_maths.h.
// Variants: ENDLESS, CLOSE.
#include "number.glsl"
#include "sampling.glsl"
#include "mapped.glsl"
#include "veil.glsl"

uniform sampler2D u_other;
uniform vec2 u_origin;  // device pixels, of the first texture's top left corner; y counted downwards
// As those without "other", of the second picture.
uniform vec2 u_otherOrigin, u_otherTexelsPerPixel, u_otherPerTexel, u_otherZoom;
uniform float u_otherShare;
uniform int u_filter, u_otherFilter;        // 0 as the sampler reads, 1 sharp, 2 area
uniform int u_component, u_otherComponent;  // of the texel; -1: a colour
uniform int u_kind;                         // 0 absolute, 1 signed, 2 squared
out vec4 o_colour;

vec4 sampled(sampler2D picture, vec2 texel, int how, vec2 texelsPerPixel, vec2 perTexel, vec2 zoom, float share) {
    if (how == 2) return areaSampled(picture, texel, texelsPerPixel, perTexel, share);
    if (how == 1) texel = sharpened(texel, zoom);
#ifdef ENDLESS
    return pointSampled(picture, texel);
#else
    return texture(picture, texel * perTexel);
#endif
}

// Out-of-range colours are no difference that one can see.
vec3 compared(vec4 texel, int component) {
    if (component >= 0) return vec3(texel[component]);
    return vec3(isNumber(texel.r) ? clamp(texel.r, 0.0, 1.0) : texel.r, isNumber(texel.g) ? clamp(texel.g, 0.0, 1.0) : texel.g,
                isNumber(texel.b) ? clamp(texel.b, 0.0, 1.0) : texel.b);
}

void main() {
    // Both places by the same arithmetic, so that a picture does not differ from itself.
    vec2 device = vec2(gl_FragCoord.x, u_canvasHeight - gl_FragCoord.y);
    vec2 texel = (device - u_origin) * u_texelsPerPixel, other = (device - u_otherOrigin) * u_otherTexelsPerPixel;
    vec3 error = compared(sampled(u_picture, texel, u_filter, u_texelsPerPixel, u_perTexel, u_zoom, u_share), u_component) -
                 compared(sampled(u_other, other, u_otherFilter, u_otherTexelsPerPixel, u_otherPerTexel, u_otherZoom, u_otherShare), u_otherComponent);
    if (u_kind == 0) error = abs(error);
    if (u_kind == 2) error = error * error;
    o_colour = vec4(veiled(mappedColour((error.r + error.g + error.b) / 3.0)), 1.0);
}
