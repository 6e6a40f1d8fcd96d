// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "train/data/dataset.h"

namespace tessera::train {

constexpr std::uint64_t kLongestTextFile = 1 << 20;  ///< bytes of one picture's texts

/// Lines that hold more than white space, without it at their ends. Throws Failure(Invalid) that names `where` for what is not UTF-8.
std::vector<std::string> textsOfLines(std::string_view lines, const std::string& where);
/// "texts", "text" and "caption" of an object, each a text or a list of texts, none of them where there is none; "named". Throws Failure.
ExampleTexts textsOfJson(std::string_view json, const std::string& where);
/// captions.jsonl: texts by the picture's path relative to the file's folder. Throws Failure that names the line.
std::map<std::string, ExampleTexts> readCaptions(const std::filesystem::path& path);
/// Appends those of the same picture from elsewhere.
void addTexts(ExampleTexts& texts, ExampleTexts more);

}  // namespace tessera::train
