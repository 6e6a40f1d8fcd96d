// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/tensor.h>

namespace tessera {

/// What the JSON of a safetensors header says, its grammar checked and nothing else: offsets may still lie.
struct SafetensorsHeader {
    struct Entry {
        DType type = DType::F32;
        std::vector<std::int64_t> shape;  ///< none negative, at most 64
        std::uint64_t begin = 0, end = 0;
    };
    std::map<std::string, Entry> tensors;
    std::map<std::string, std::string> metadata;
};

/// Refuses what safetensors does not allow: other keys, duplicates, wrong types, deeper nesting, bytes that are not UTF-8. Throws Failure.
SafetensorsHeader parseSafetensorsHeader(std::string_view json, const std::string& file);

/// "F32", "BF16", ...
std::string_view safetensorsName(DType type);

}  // namespace tessera
