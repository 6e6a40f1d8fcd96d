// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

struct ImFontAtlas;

namespace tessera::overlay {

/// True if the bytes are a TrueType face; Dear ImGui itself would stop the program.
bool isTrueTypeFace(const std::vector<unsigned char>& data);

/// Fills an atlas with the face at two sizes: 0 the text, 1 the headings. The bytes must outlive the atlas.
void fillAtlas(ImFontAtlas& atlas, std::vector<unsigned char>& data, float pixelRatio);

}  // namespace tessera::overlay
