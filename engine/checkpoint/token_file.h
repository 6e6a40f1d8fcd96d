// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include <tessera/tensor.h>

namespace tessera {

/// Codes or latents as `tessera encode` or anybody's NumPy writes them.
struct TokenFile {
    std::string format;  ///< "safetensors", "NumPy archive", "NumPy array", "CSV"
    TensorMap tensors;   ///< "codes" [B,rows,columns,D] of whole numbers, "latents" [B,C,h,w] of fractions, or both; without B of one picture
    std::map<std::string, std::string> words;
};

/// The bytes are to be read as tokens and not as a picture. By content; a table and a broken safetensors file by the name's ending.
bool holdsTokens(std::span<const std::byte> bytes, const std::string& name);

/// Throws Failure in one sentence for what is damaged, holds neither codes nor latents, or has them in another shape or of other numbers.
/// `name` goes into messages. Every tensor shares `bytes` where its format allows.
TokenFile parseTokenFile(const SharedBytes& bytes, const std::string& name);

/// Puts a batch in front of "codes" or "latents" of one picture. Throws Failure(Invalid) in one sentence where `held` is no such tensor; `name` is the file's.
void checkTokenTensor(HostTensor& held, std::string_view tensor, const std::string& name);

/// How many pictures the file is of.
std::int64_t picturesIn(const TokenFile& file);

}  // namespace tessera
