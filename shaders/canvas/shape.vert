// SPDX-License-Identifier: Apache-2.0
#version 330 core
#include "device.glsl"

layout(location = 0) in vec2 a_position;  // device pixels
layout(location = 1) in vec4 a_colour;
out vec4 v_colour;

void main() {
    v_colour = a_colour;
    gl_Position = clipFromDevice(a_position);
}
