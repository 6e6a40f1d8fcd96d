// SPDX-License-Identifier: Apache-2.0
uniform sampler2D u_picture;
uniform vec2 u_origin;          // device pixels, of the texture's top left corner; y counted downwards
uniform vec2 u_texelsPerPixel;  // of the device
uniform float u_canvasHeight;   // device pixels

vec4 sampledPicture() {
    vec2 texel = (vec2(gl_FragCoord.x, u_canvasHeight - gl_FragCoord.y) - u_origin) * u_texelsPerPixel;
    vec2 size = vec2(textureSize(u_picture, 0));
#ifdef SHARP
    // Nearest at any zoom over 100 %: flat inside a texel, blended over the one device pixel that its edge crosses.
    vec2 shifted = texel - 0.5;
    vec2 whole = floor(shifted);
    texel = whole + 0.5 + clamp((shifted - whole - 0.5) / u_texelsPerPixel + 0.5, 0.0, 1.0);
#endif
    return texture(u_picture, texel / size);
}
