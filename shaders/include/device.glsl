// SPDX-License-Identifier: Apache-2.0
// Device pixels with the origin at the top left, as the widgets count them.
uniform vec2 u_canvas;  // width, height

vec4 clipFromDevice(vec2 device) {
    return vec4(device.x / u_canvas.x * 2.0 - 1.0, 1.0 - device.y / u_canvas.y * 2.0, 0.0, 1.0);
}
