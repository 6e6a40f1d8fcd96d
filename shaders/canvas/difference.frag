// SPDX-License-Identifier: Apache-2.0
#version 330 core
// What two pictures differ by, each read from its own texture at its own zoom; the twin is differenceOf() of widgets/canvas/look_maths.h.
// Variants: SHARP, AREA, OTHERSHARP, OTHERAREA, ENDLESS, CLOSE.
#include "number.glsl"
#include "sampling.glsl"
#include "mapped.glsl"
#include "veil.glsl"

uniform sampler2D u_other;
uniform vec2 u_origin;  // device pixels, of the first texture's top left corner; y counted downwards
// As those without "other", of the second picture.
uniform vec2 u_otherOrigin, u_otherTexelsPerPixel, u_otherPerTexel, u_otherZoom;
uniform float u_otherShare;
uniform int u_component, u_otherComponent;  // of the texel; -1: a colour
uniform int u_kind;                         // 0 absolute, 1 signed, 2 squared
out vec4 o_colour;

vec4 pointOf(sampler2D picture, vec2 texel, vec2 perTexel) {
#ifdef ENDLESS
    return pointSampled(picture, texel);
#else
    return texture(picture, texel * perTexel);
#endif
}

vec4 firstSampled(vec2 texel) {
#if defined(AREA)
    return areaSampled(u_picture, texel, u_texelsPerPixel, u_perTexel, u_share);
#elif defined(SHARP)
    return pointOf(u_picture, sharpened(texel, u_zoom), u_perTexel);
#else
    return pointOf(u_picture, texel, u_perTexel);
#endif
}

vec4 otherSampled(vec2 texel) {
#if defined(OTHERAREA)
    return areaSampled(u_other, texel, u_otherTexelsPerPixel, u_otherPerTexel, u_otherShare);
#elif defined(OTHERSHARP)
    return pointOf(u_other, sharpened(texel, u_otherZoom), u_otherPerTexel);
#else
    return pointOf(u_other, texel, u_otherPerTexel);
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
    vec3 error = compared(firstSampled(texel), u_component) - compared(otherSampled(other), u_otherComponent);
    if (u_kind == 0) error = abs(error);
    if (u_kind == 2) error = error * error;
    o_colour = vec4(veiled(mappedColour((error.r + error.g + error.b) / 3.0)), 1.0);
}
