// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <tessera/tensor.h>

namespace tessera {

/// Codes as a table for spreadsheets: "# word: text" lines, the head "picture,row,column,depth 1,...", then one line per cell, all counted from 0 but the depths.
/// `codes` [B,rows,columns,D] of whole numbers. Throws Failure(Invalid) for another shape. Writes to a temporary name and renames.
void writeCodeCsv(const std::filesystem::path& path, const HostTensor& codes, const std::map<std::string, std::string>& words);

/// Sizes of pictures, int64 [B,2] of height and width, as a word of a table: "193 257, 64 64"; and back. A word that says something else throws Failure(Invalid).
std::string pictureSizeWord(const HostTensor& sizes);
HostTensor pictureSizeFrom(const std::string& word, const std::string& name);
inline constexpr const char* kPictureSizeWord = "picture_size";

struct CodeTable {
    HostTensor codes;  ///< int64 [B,rows,columns,D]
    std::map<std::string, std::string> words;
};

/// It begins with the head of such a table.
bool looksLikeCodeCsv(std::string_view text);
/// Lines in any order; every cell once; also as a spreadsheet saves it again: with a byte order mark, with semicolons or tabs, every line filled up to the widest.
/// `name` goes into messages. Throws Failure that names the line.
CodeTable parseCodeCsv(std::string_view text, const std::string& name);
CodeTable readCodeCsv(const std::filesystem::path& path);

}  // namespace tessera
