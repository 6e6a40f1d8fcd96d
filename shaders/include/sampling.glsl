// SPDX-License-Identifier: Apache-2.0
uniform sampler2D u_picture;
uniform vec2 u_texelsPerPixel;  // of the device
uniform vec2 u_perTexel;        // 1 / size of the texture
uniform vec2 u_zoom;            // device pixels per texel
uniform float u_share;          // of a device pixel that a texel covers
uniform float u_canvasHeight;   // device pixels
in vec2 v_texel;                // where the fragment lies in the texture, in texels
in vec2 v_place;                // the same as a share of the texture

#ifdef ENDLESS
// Where some texel is infinite or no number: filters by hand, since 0 * infinity would make its neighbours no numbers too.
vec4 weighed(sampler2D picture, ivec2 texel, float weight) {
    // Less than this is what rounding makes of nothing.
    if (weight < 0.001) return vec4(0.0);
    return weight * texelFetch(picture, clamp(texel, ivec2(0), textureSize(picture, 0) - 1), 0);
}

vec4 weighedRow(sampler2D picture, ivec2 texel, vec3 across, float down) {
    return weighed(picture, texel, across.x * down) + weighed(picture, texel + ivec2(1, 0), across.y * down) +
           weighed(picture, texel + ivec2(2, 0), across.z * down);
}
#endif

// The mean over the device pixel, which covers at most two by two texels: three of them a side, in four reads.
vec4 areaSampled(sampler2D picture, vec2 texel, vec2 texelsPerPixel, vec2 perTexel, float share) {
    vec2 low = texel - 0.5 * texelsPerPixel;
    vec2 first = floor(low);
    vec2 ofFirst = min(first + 1.0 - low, texelsPerPixel);
    vec2 rest = texelsPerPixel - ofFirst;
    vec2 ofSecond = min(rest, 1.0);
    vec2 ofThird = clamp(rest - 1.0, 0.0, 1.0);
#ifdef ENDLESS
    ofFirst /= texelsPerPixel;
    ofSecond /= texelsPerPixel;
    ofThird /= texelsPerPixel;
    vec3 across = vec3(ofFirst.x, ofSecond.x, ofThird.x);
    ivec2 corner = ivec2(first);
    return weighedRow(picture, corner, across, ofFirst.y) + weighedRow(picture, corner + ivec2(0, 1), across, ofSecond.y) +
           weighedRow(picture, corner + ivec2(0, 2), across, ofThird.y);
#else
    vec2 both = ofFirst + ofSecond;
    vec2 near = (first + 0.5 + ofSecond / both) * perTexel;
    vec2 far = (first + 2.5) * perTexel;
    float ofUpper = both.y * share, ofLower = ofThird.y * share;
    vec4 sum = ofUpper * (both.x * texture(picture, near) + ofThird.x * texture(picture, vec2(far.x, near.y)));
    return sum + ofLower * (both.x * texture(picture, vec2(near.x, far.y)) + ofThird.x * texture(picture, far));
#endif
}

// Nearest at any zoom over 100 %: flat inside a texel, blended over the one device pixel that its edge crosses.
vec2 sharpened(vec2 texel, vec2 zoom) {
    vec2 edge = floor(texel + 0.5);
    return edge + clamp((texel - edge) * zoom, -0.5, 0.5);
}

#ifdef ENDLESS
vec4 pointSampled(sampler2D picture, vec2 texel) {
    vec2 first = floor(texel - 0.5);
    vec2 right = texel - 0.5 - first;
    vec3 across = vec3(1.0 - right.x, right.x, 0.0);
    return weighedRow(picture, ivec2(first), across, 1.0 - right.y) + weighedRow(picture, ivec2(first) + ivec2(0, 1), across, right.y);
}
#endif

vec4 sampledPicture() {
#if defined(AREA)
    return areaSampled(u_picture, v_texel, u_texelsPerPixel, u_perTexel, u_share);
#elif defined(SHARP) && defined(ENDLESS)
    return pointSampled(u_picture, sharpened(v_texel, u_zoom));
#elif defined(SHARP)
    return texture(u_picture, sharpened(v_texel, u_zoom) * u_perTexel);
#elif defined(ENDLESS)
    return pointSampled(u_picture, v_texel);
#else
    return texture(u_picture, v_place);
#endif
}
