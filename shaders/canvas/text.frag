// SPDX-License-Identifier: Apache-2.0
#version 330 core
uniform sampler2D u_glyphs;  // r: coverage of the glyph, g: coverage of the line round it
in vec2 v_texel;
flat in float v_light;
out vec4 o_colour;

void main() {
    vec2 coverage = texelFetch(u_glyphs, ivec2(v_texel), 0).rg;
    float alpha = max(coverage.r, coverage.g * 0.8);
    o_colour = vec4(vec3(mix(1.0 - v_light, v_light, coverage.r)), alpha);
}
