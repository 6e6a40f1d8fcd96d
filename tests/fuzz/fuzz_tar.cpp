// SPDX-License-Identifier: Apache-2.0
// Headers of training shards: whatever they claim, entries lie within the archive.
#include <cstring>

#include "fuzz/fuzz_target.h"
#include "train/data/tar_index.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        const auto read = [bytes](std::uint64_t offset, std::span<std::byte> to) {
            if (offset > bytes.size() || to.size() > bytes.size() - offset) std::abort();
            if (!to.empty()) std::memcpy(to.data(), bytes.data() + offset, to.size());
        };
        for (const tessera::train::TarEntry& entry : tessera::train::tarEntries({bytes.size(), "fuzz", read}))
            if (entry.offset > bytes.size() || entry.size > bytes.size() - entry.offset) std::abort();
    });
}
