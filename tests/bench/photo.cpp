// SPDX-License-Identifier: Apache-2.0
#include "bench/photo.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

// jpeglib.h needs <cstdio> before it.
#include <jpeglib.h>

namespace tessera::bench {
namespace {

std::uint32_t scrambled(std::uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7feb352dU;
    x = (x ^ (x >> 15)) * 0x846ca68bU;
    return x ^ (x >> 16);
}

/// -1..1 at a grid point.
float gridNoise(int x, int y, std::uint32_t seed) {
    const std::uint32_t h = scrambled(static_cast<std::uint32_t>(x) * 0x9e3779b9U ^ scrambled(static_cast<std::uint32_t>(y) + seed));
    return static_cast<float>(h) / 2147483648.0f - 1.0f;
}

/// Smooth noise whose details are `cell` pixels wide.
float noise(float x, float y, float cell, std::uint32_t seed) {
    x /= cell;
    y /= cell;
    const float left = std::floor(x), top = std::floor(y);
    const int i = static_cast<int>(left), j = static_cast<int>(top);
    float u = x - left, v = y - top;
    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    const float upper = std::lerp(gridNoise(i, j, seed), gridNoise(i + 1, j, seed), u);
    const float lower = std::lerp(gridNoise(i, j + 1, seed), gridNoise(i + 1, j + 1, seed), u);
    return std::lerp(upper, lower, v);
}

void throwMessage(j_common_ptr info) {
    char message[JMSG_LENGTH_MAX];
    info->err->format_message(info, message);
    throw std::runtime_error(message);
}

}  // namespace

std::vector<std::uint8_t> photoPixels(int width, int height) {
    std::vector<std::uint8_t> rgb(static_cast<std::size_t>(width) * height * 3);
    const float unit = static_cast<float>(std::max(width, height));
    std::uint8_t* out = rgb.data();
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const float px = static_cast<float>(x), py = static_cast<float>(y);
            const bool nearShape = noise(px, py, unit / 5, 1) > 0.15f;
            float light = 0.55f + 0.25f * noise(px, py, unit / 2, 2) - (nearShape ? 0.22f : 0.0f);
            float weight = 0.10f;
            for (float cell = unit / 20; cell >= 3; cell /= 4, weight *= 0.6f) light += weight * noise(px, py, cell, 3) * (nearShape ? 1.0f : 0.3f);
            const float warmth = 0.08f * noise(px, py, unit / 4, 4);
            const float grain = 0.04f * gridNoise(x, y, 5);
            for (const float value : {light + warmth + grain, light + grain, light - warmth + grain}) {
                *out++ = static_cast<std::uint8_t>(std::clamp(value, 0.0f, 1.0f) * 255.0f + 0.5f);
            }
        }
    }
    return rgb;
}

std::vector<std::byte> jpegOf(const std::vector<std::uint8_t>& rgb, int width, int height, int quality) {
    jpeg_compress_struct info;
    jpeg_error_mgr errors;
    info.err = jpeg_std_error(&errors);
    errors.error_exit = throwMessage;
    jpeg_create_compress(&info);
    unsigned char* buffer = nullptr;
    unsigned long length = 0;
    jpeg_mem_dest(&info, &buffer, &length);
    info.image_width = static_cast<JDIMENSION>(width);
    info.image_height = static_cast<JDIMENSION>(height);
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        JSAMPROW row = const_cast<JSAMPROW>(rgb.data() + static_cast<std::size_t>(info.next_scanline) * width * 3);
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    const auto* first = reinterpret_cast<const std::byte*>(buffer);
    std::vector<std::byte> file(first, first + length);
    std::free(buffer);
    return file;
}

}  // namespace tessera::bench
