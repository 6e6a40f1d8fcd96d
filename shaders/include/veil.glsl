// SPDX-License-Identifier: Apache-2.0
// A picture that is about to be replaced is greyer and sinks towards the background.
uniform vec4 u_veil;  // colour of the background, amount 0..1

vec3 veiled(vec3 colour) {
    vec3 grey = vec3(dot(colour, vec3(0.2126, 0.7152, 0.0722)));
    return mix(mix(colour, grey, 0.6 * step(0.001, u_veil.a)), u_veil.rgb, u_veil.a);
}
