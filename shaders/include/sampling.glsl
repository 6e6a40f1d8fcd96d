// SPDX-License-Identifier: Apache-2.0
uniform sampler2D u_picture;
uniform vec2 u_origin;          // device pixels, of the texture's top left corner; y counted downwards
uniform vec2 u_texelsPerPixel;  // of the device
uniform float u_canvasHeight;   // device pixels

vec2 texelHere(vec2 origin, vec2 texelsPerPixel) {
    return (vec2(gl_FragCoord.x, u_canvasHeight - gl_FragCoord.y) - origin) * texelsPerPixel;
}

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
vec4 areaSampled(sampler2D picture, vec2 texel, vec2 texelsPerPixel) {
    vec2 low = texel - 0.5 * texelsPerPixel;
    vec2 high = texel + 0.5 * texelsPerPixel;
    vec2 first = floor(low);
    vec2 ofFirst = min(high, first + 1.0) - low;
    vec2 ofSecond = clamp(high - first - 1.0, 0.0, 1.0);
    vec2 ofThird = clamp(high - first - 2.0, 0.0, 1.0);
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
    vec2 size = vec2(textureSize(picture, 0));
    vec2 near = (first + 0.5 + ofSecond / both) / size;
    vec2 far = (first + 2.5) / size;
    vec4 sum = both.y * (both.x * texture(picture, near) + ofThird.x * texture(picture, vec2(far.x, near.y)));
    sum += ofThird.y * (both.x * texture(picture, vec2(near.x, far.y)) + ofThird.x * texture(picture, far));
    return sum / (texelsPerPixel.x * texelsPerPixel.y);
#endif
}

// Nearest at any zoom over 100 %: flat inside a texel, blended over the one device pixel that its edge crosses.
vec2 sharpened(vec2 texel, vec2 texelsPerPixel) {
    vec2 shifted = texel - 0.5;
    vec2 whole = floor(shifted);
    return whole + 0.5 + clamp((shifted - whole - 0.5) / texelsPerPixel + 0.5, 0.0, 1.0);
}

vec4 pointSampled(sampler2D picture, vec2 texel) {
#ifdef ENDLESS
    vec2 first = floor(texel - 0.5);
    vec2 right = texel - 0.5 - first;
    vec3 across = vec3(1.0 - right.x, right.x, 0.0);
    return weighedRow(picture, ivec2(first), across, 1.0 - right.y) + weighedRow(picture, ivec2(first) + ivec2(0, 1), across, right.y);
#else
    return texture(picture, texel / vec2(textureSize(picture, 0)));
#endif
}

vec4 sampledPicture() {
    vec2 texel = texelHere(u_origin, u_texelsPerPixel);
#ifdef AREA
    return areaSampled(u_picture, texel, u_texelsPerPixel);
#else
#ifdef SHARP
    texel = sharpened(texel, u_texelsPerPixel);
#endif
    return pointSampled(u_picture, texel);
#endif
}
