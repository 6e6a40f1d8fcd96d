// SPDX-License-Identifier: Apache-2.0
#version 330 core
#include "device.glsl"

layout(location = 0) in vec2 a_position;  // device pixels
layout(location = 1) in vec2 a_texel;     // of the glyph sheet
layout(location = 2) in float a_light;    // 1 white with black round it, 0 the other way
out vec2 v_texel;
flat out float v_light;

void main() {
    v_texel = a_texel;
    v_light = a_light;
    gl_Position = clipFromDevice(a_position);
}
