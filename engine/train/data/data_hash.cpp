// SPDX-License-Identifier: Apache-2.0
#include "train/data/data_hash.h"

#include <fstream>
#include <iterator>

#include "core/error.h"

namespace tessera::train {

Hash128 contentHash(const StoredDataset& dataset) {
    constexpr std::uint64_t kMostBytes = std::uint64_t(4) << 30;
    std::uint64_t read = 0;
    Hasher hasher;
    hasher.add(dataset.size());
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        hasher.add(dataset.name(i));
        try {
            for (const std::string& text : dataset.texts(i).texts) hasher.add(text);
            if (read >= kMostBytes) continue;
            const SharedBytes file = dataset.file(i);
            hasher.add(file.span());
            read += file.span().size();
        } catch (const Failure&) {
            hasher.add(false);
        }
    }
    return hasher.finish();
}

Hash128 contentHash(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    if (!in) throw Failure(ErrorCode::Unreadable, "the file is not there, or cannot be read", file.string(), "check its path and its permissions");
    return Hasher().add(bytes).finish();
}

}  // namespace tessera::train
