// SPDX-License-Identifier: Apache-2.0
// What a closer look lays over a picture: stripes where values clip, less light outside the brush.
uniform float u_stripe;  // device pixels; 0: no stripes
uniform bool u_brushed;
uniform vec2 u_brush;    // lowest and highest value that stay lit

// Unlike the ends of every colour map, and told apart by their slope as well.
const vec3 kBelow = vec3(0.0, 0.8, 1.0);
const vec3 kAbove = vec3(1.0, 0.5, 0.0);

vec3 striped(vec3 colour, bool below, bool above) {
    if (u_stripe <= 0.0 || !(below || above)) return colour;
    float falling = gl_FragCoord.x - (u_canvasHeight - gl_FragCoord.y);
    float rising = gl_FragCoord.x + (u_canvasHeight - gl_FragCoord.y);
    if (below && mod(falling, 2.0 * u_stripe) < u_stripe) return kBelow;
    if (above && mod(rising, 2.0 * u_stripe) < u_stripe) return kAbove;
    return colour;
}

vec3 lit(vec3 colour, bool known, float value) {
    return u_brushed && !(known && value >= u_brush.x && value <= u_brush.y) ? 0.25 * colour : colour;
}
