// SPDX-License-Identifier: Apache-2.0
const vec3 kNotANumber = vec3(1.0, 0.0, 1.0);

// By its bits: compilers that assume there is no NaN fold isnan() away.
bool isNumber(float value) {
    return (floatBitsToUint(value) & 0x7fffffffu) <= 0x7f800000u;
}
