// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/regular_file.h"
#include "train/data/dataset.h"
#include "train/data/tar_index.h"

namespace tessera::train {

/// WebDataset shards, read where they lie. A shard that changes afterwards is refused.
class TarDataset final : public StoredDataset {
public:
    /// Reads all headers once. Throws Failure for a broken shard, and where none holds a picture.
    explicit TarDataset(const std::vector<std::filesystem::path>& shards);

    std::size_t size() const override { return m_samples.size(); }
    std::string path(std::size_t index) const override;
    std::string name(std::size_t index) const override;
    ExampleTexts texts(std::size_t index) const override;
    SharedBytes file(std::size_t index) const override;

private:
    std::string place(std::size_t index) const override;

    struct Shard {
        std::filesystem::path path;
        FileStamp stamp;
    };
    struct Sample {
        std::size_t shard = 0;
        TarEntry picture, lines, json;  ///< without a name where there is none
    };
    void addSamples(std::size_t shard, std::vector<TarEntry> entries);
    const Shard& shardOf(std::size_t index) const { return m_shards[m_samples[index].shard]; }
    /// All bytes of an entry. Throws Failure where there are more than `most`, or the shard changed.
    SharedBytes content(const Shard& shard, const TarEntry& entry, std::uint64_t most) const;

    std::vector<Shard> m_shards;
    std::vector<Sample> m_samples;
};

}  // namespace tessera::train
