// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "core/regular_file.h"
#include "train/data/dataset.h"
#include "train/data/tar_index.h"

namespace tessera::train {

/// WebDataset shards, read where they lie. A shard that changes afterwards is refused.
class TarDataset : public Dataset {
public:
    /// Reads all headers once. Throws Failure for a broken shard, and where none holds a picture.
    explicit TarDataset(const std::vector<std::filesystem::path>& shards);

    std::size_t size() const override { return m_samples.size(); }
    Example read(std::size_t index) const override;

private:
    struct Shard {
        std::filesystem::path path;
        FileStamp stamp;
    };
    struct Sample {
        std::size_t shard = 0;
        TarEntry picture, lines, json;  ///< without a name where there is none
    };
    void addSamples(std::size_t shard, std::vector<TarEntry> entries);

    std::vector<Shard> m_shards;
    std::vector<Sample> m_samples;
};

}  // namespace tessera::train
