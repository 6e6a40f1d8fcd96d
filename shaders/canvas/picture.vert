// SPDX-License-Identifier: Apache-2.0
#version 330 core
// A rectangle of device pixels as a strip of four corners, without any buffer.
#include "device.glsl"

uniform vec4 u_target;          // left, top, right, bottom in device pixels
uniform vec2 u_origin;          // device pixels, of the texture's top left corner; y counted downwards
uniform vec2 u_texelsPerPixel;  // of the device
uniform vec2 u_perTexel;        // 1 / size of the texture
out vec2 v_texel;               // where the fragment lies in the texture, in texels
out vec2 v_place;               // the same as a share of the texture

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    vec2 device = mix(u_target.xy, u_target.zw, corner);
    v_texel = (device - u_origin) * u_texelsPerPixel;
    v_place = v_texel * u_perTexel;
    gl_Position = clipFromDevice(device);
}
