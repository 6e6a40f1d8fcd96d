// SPDX-License-Identifier: Apache-2.0
#include "overlay/hud_font.h"

#include <array>
#include <cmath>
#include <stb/stb_truetype.h>

#include <imgui.h>

namespace tessera::overlay {
namespace {

constexpr float kText = 14, kHeading = 13;  // logical pixels from ascender to descender: 12 and 11 px type

// Pairs of first and last: Latin, Greek, punctuation, arrows and mathematics; what names of models, lenses and units are written with.
constexpr std::array<ImWchar, 11> kRanges = {0x20, 0xff, 0x370, 0x3ff, 0x2010, 0x2027, 0x2080, 0x2089, 0x2190, 0x22ff, 0};

}  // namespace

bool isTrueTypeFace(const std::vector<unsigned char>& data) {
    constexpr std::size_t kHeader = 12;
    if (data.size() < kHeader) return false;
    const int offset = stbtt_GetFontOffsetForIndex(data.data(), 0);
    stbtt_fontinfo information{};
    return offset >= 0 && stbtt_InitFont(&information, data.data(), offset) != 0;
}

void fillAtlas(ImFontAtlas& atlas, std::vector<unsigned char>& data, float pixelRatio) {
    atlas.Clear();
    for (const float size : {kText, kHeading}) {
        ImFontConfig config;
        config.FontDataOwnedByAtlas = false;
        config.PixelSnapH = true;
        config.OversampleH = 1;
        atlas.AddFontFromMemoryTTF(data.data(), static_cast<int>(data.size()), std::round(size * pixelRatio), &config, kRanges.data());
    }
    atlas.Build();
}

}  // namespace tessera::overlay
