// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "checkpoint/shard_index.h"
#include "fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        for (const std::string& shard : tessera::ShardIndex::parse(tessera::parseJson(text, "fuzz"), "fuzz").shards)
            if (shard.empty() || shard == ".." || shard.find('/') != std::string::npos) std::abort();
    });
}
