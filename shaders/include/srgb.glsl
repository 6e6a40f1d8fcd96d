// SPDX-License-Identifier: Apache-2.0
vec3 linearFromSrgb(vec3 encoded) {
    return mix(encoded / 12.92, pow((max(encoded, 0.04045) + 0.055) / 1.055, vec3(2.4)), step(0.04045, encoded));
}

vec3 srgbFromLinear(vec3 light) {
    return mix(light * 12.92, 1.055 * pow(max(light, 0.0031308), vec3(1.0 / 2.4)) - 0.055, step(0.0031308, light));
}
