// SPDX-License-Identifier: Apache-2.0
#version 330 core
// A rectangle of device pixels as a strip of four corners, without any buffer.
#include "device.glsl"

uniform vec4 u_target;  // left, top, right, bottom in device pixels

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    gl_Position = clipFromDevice(mix(u_target.xy, u_target.zw, corner));
}
