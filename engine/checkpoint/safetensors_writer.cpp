// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "checkpoint/safetensors.h"
#include "checkpoint/safetensors_header.h"
#include "core/error.h"
#include "core/regular_file.h"

namespace tessera {

void writeSafetensors(const std::filesystem::path& path, const TensorMap& tensors, const std::map<std::string, std::string>& metadata) {
    // Widest elements first, as upstream does: every tensor then lies on a multiple of its element size.
    std::vector<TensorMap::const_pointer> order;
    for (const auto& item : tensors) order.push_back(&item);
    std::ranges::stable_sort(order, std::greater{}, [](const auto* item) { return byteSize(item->second.type); });

    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    std::uint64_t end = 0;
    for (const auto* item : order) {
        const auto& [name, tensor] = *item;
        if (name == "__metadata__") throw Failure(ErrorCode::Invalid, "a tensor cannot be called \"__metadata__\"", path.string(), "rename it");
        TESSERA_ASSERT(tensor.bytes.size() == static_cast<std::uint64_t>(tensor.elements()) * byteSize(tensor.type));
        const std::uint64_t begin = std::exchange(end, checkedSum(end, tensor.bytes.size(), name));
        header[name] = {{"dtype", safetensorsName(tensor.type)}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
    }
    std::string json;
    try {
        json = header.dump();
    } catch (const nlohmann::json::type_error&) {
        throw Failure(ErrorCode::Invalid, "a name or a word is not UTF-8 text", path.string(), "rename it");
    }
    json.resize((json.size() + 7) / 8 * 8, ' ');

    TemporaryFile file(path);
    const std::uint64_t length = json.size();
    file.write(std::as_bytes(std::span(&length, 1)));
    file.write(std::as_bytes(std::span(json)));
    for (const auto* item : order) file.write(item->second.bytes.span());
    file.sync();
    file.rename();
}

}  // namespace tessera
