// SPDX-License-Identifier: Apache-2.0
#version 330 core
// Fields through a colour map; the twin is rendered() of tessera/colour_map.h. Variants: SHARP, AREA, ENDLESS.
#include "number.glsl"
#include "sampling.glsl"
#include "veil.glsl"

uniform sampler2D u_maps;  // 256 entries wide, one row per map
uniform int u_map;         // row
uniform int u_component;   // of the texel: absolute, signed mean, squared, scalar
uniform float u_low;       // value at u_start
uniform float u_start;     // position on the map of u_low
uniform float u_slope;     // position per value
out vec4 o_colour;

void main() {
    float value = sampledPicture()[u_component];
    vec3 colour = kNotANumber;
    if (isNumber(value)) {
        float place = clamp(u_start + (value - u_low) * u_slope, 0.0, 1.0) * 255.0;
        int below = int(place);
        vec3 a = texelFetch(u_maps, ivec2(below, u_map), 0).rgb;
        vec3 b = texelFetch(u_maps, ivec2(min(below + 1, 255), u_map), 0).rgb;
        colour = mix(a, b, place - float(below));
    }
    o_colour = vec4(veiled(colour), 1.0);
}
