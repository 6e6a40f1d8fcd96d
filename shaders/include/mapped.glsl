// SPDX-License-Identifier: Apache-2.0
// A value as a colour of its map; the twin is colourOfValue() of widgets/canvas/look_maths.h. CLOSE: logarithm, stripes and brush.
uniform sampler2D u_maps;  // 256 entries wide, one row per map
uniform int u_map;         // row
uniform float u_factor;    // of the value, before all else
uniform float u_low;       // value at u_start
uniform float u_start;     // place on the map of u_low
uniform float u_slope;     // place per value
#ifdef CLOSE
uniform float u_curve;     // 0: linear
uniform float u_logScale;
#include "marks.glsl"
#endif

vec3 mappedColour(float value) {
    bool known = isNumber(value);
    vec3 colour = kNotANumber;
    bool below = false, above = false;
    if (known) {
        float place = (value * u_factor - u_low) * u_slope;
#ifdef CLOSE
        if (u_curve > 0.0) place = sign(place) * log(1.0 + u_curve * abs(place)) * u_logScale;
        below = u_start + place < -1e-6;
        above = u_start + place > 1.000001;
#endif
        place = clamp(u_start + place, 0.0, 1.0) * 255.0;
        int first = int(place);
        vec3 a = texelFetch(u_maps, ivec2(first, u_map), 0).rgb;
        vec3 b = texelFetch(u_maps, ivec2(min(first + 1, 255), u_map), 0).rgb;
        colour = mix(a, b, place - float(first));
    }
#ifdef CLOSE
    colour = lit(striped(colour, below, above), known, value);
#endif
    return colour;
}
