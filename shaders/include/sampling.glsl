// SPDX-License-Identifier: Apache-2.0
uniform sampler2D u_picture;
uniform vec2 u_origin;          // device pixels, of the texture's top left corner; y counted downwards
uniform vec2 u_texelsPerPixel;  // of the device
uniform float u_canvasHeight;   // device pixels

vec2 texelHere() {
    return (vec2(gl_FragCoord.x, u_canvasHeight - gl_FragCoord.y) - u_origin) * u_texelsPerPixel;
}

#ifdef AREA
// The mean over the device pixel, which covers at most two by two texels: three of them a side, in two reads.
vec4 sampledPicture() {
    vec2 texel = texelHere();
    vec2 low = texel - 0.5 * u_texelsPerPixel;
    vec2 high = texel + 0.5 * u_texelsPerPixel;
    vec2 first = floor(low);
    vec2 ofFirst = min(high, first + 1.0) - low;
    vec2 ofSecond = clamp(high - first - 1.0, 0.0, 1.0);
    vec2 ofThird = clamp(high - first - 2.0, 0.0, 1.0);
    vec2 both = ofFirst + ofSecond;
    vec2 size = vec2(textureSize(u_picture, 0));
    vec2 near = (first + 0.5 + ofSecond / both) / size;
    vec2 far = (first + 2.5) / size;
    vec4 sum = both.y * (both.x * texture(u_picture, near) + ofThird.x * texture(u_picture, vec2(far.x, near.y)));
    sum += ofThird.y * (both.x * texture(u_picture, vec2(near.x, far.y)) + ofThird.x * texture(u_picture, far));
    return sum / (u_texelsPerPixel.x * u_texelsPerPixel.y);
}
#else
vec4 sampledPicture() {
    vec2 texel = texelHere();
#ifdef SHARP
    // Nearest at any zoom over 100 %: flat inside a texel, blended over the one device pixel that its edge crosses.
    vec2 shifted = texel - 0.5;
    vec2 whole = floor(shifted);
    texel = whole + 0.5 + clamp((shifted - whole - 0.5) / u_texelsPerPixel + 0.5, 0.0, 1.0);
#endif
    return texture(u_picture, texel / vec2(textureSize(u_picture, 0)));
}
#endif
