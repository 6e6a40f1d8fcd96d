// SPDX-License-Identifier: Apache-2.0
#version 330 core
// Fields through a colour map; the twin is rendered() of tessera/colour_map.h. Variants: SHARP, AREA, ENDLESS, CLOSE.
#include "number.glsl"
#include "sampling.glsl"
#include "mapped.glsl"
#include "veil.glsl"

uniform int u_component;  // of the texel: absolute, signed mean, squared, scalar
out vec4 o_colour;

void main() {
    o_colour = vec4(veiled(mappedColour(sampledPicture()[u_component])), 1.0);
}
