// SPDX-License-Identifier: Apache-2.0
#include "train/data/tar_dataset.h"

#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "train/data/captions.h"
#include "train/data/example_picture.h"

namespace tessera::train {
namespace {

constexpr std::uint64_t kLargestPicture = std::uint64_t(2) << 30;  ///< bytes, as readFile() has it

void readAt(const RegularFile& file, const std::filesystem::path& path, std::uint64_t offset, std::span<std::byte> to) {
    while (!to.empty()) {
        const ::ssize_t got = ::pread(file.descriptor(), to.data(), to.size(), static_cast<::off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) failToRead(errno, path);
        if (got == 0) throw Failure(ErrorCode::Unreadable, "the archive became shorter while it was read", path.string(), "try again");
        offset += static_cast<std::uint64_t>(got);
        to = to.subspan(static_cast<std::size_t>(got));
    }
}

/// "a/b.seg" and "png" of "a/b.seg.png" are "a/b" and "seg.png": a name ends at the first dot behind the last slash.
std::pair<std::string_view, std::string_view> keyAndEnd(std::string_view name) {
    const std::size_t slash = name.rfind('/');
    const std::size_t dot = name.find('.', slash == std::string_view::npos ? 0 : slash + 1);
    if (dot == std::string_view::npos) return {name, {}};
    return {name.substr(0, dot), name.substr(dot + 1)};
}

std::string placeOf(const std::filesystem::path& shard, const TarEntry& entry) { return shard.string() + ", " + shown(entry.name); }

bool isHidden(std::string_view key) { return key.empty() || key.ends_with('/'); }

}  // namespace

TarDataset::TarDataset(const std::vector<std::filesystem::path>& shards) {
    for (const std::filesystem::path& path : shards) {
        const RegularFile file(path);
        const ByteSource source{file.size(), path.string(), [&](std::uint64_t offset, std::span<std::byte> to) { readAt(file, path, offset, to); }};
        m_shards.push_back({path, file.opened()});
        addSamples(m_shards.size() - 1, tarEntries(source));
    }
    if (m_samples.empty())
        throw Failure(ErrorCode::Invalid, "no picture is in " + counted(shards.size(), "tar archive"), shards.empty() ? std::string() : shards.front().string(), "pack JPEG, PNG or WebP files");
}

void TarDataset::addSamples(std::size_t shard, std::vector<TarEntry> entries) {
    std::vector<Sample> samples;
    std::unordered_map<std::string, std::size_t> byKey;
    for (TarEntry& entry : entries) {
        const auto [key, end] = keyAndEnd(entry.name);
        if (isHidden(key)) continue;
        // What a picture's file may be called, behind the first dot: "seg.png" is none.
        const bool picture = end.find('.') == std::string_view::npos && isPictureName(entry.name);
        if (!picture && end != "txt" && end != "json") continue;
        const auto [found, isNew] = byKey.try_emplace(std::string(key), samples.size());
        if (isNew) samples.push_back({.shard = shard});
        Sample& sample = samples[found->second];
        // Of several pictures the first stays; of one name the last, as tar itself unpacks it.
        if (!picture) (end == "txt" ? sample.lines : sample.json) = std::move(entry);
        else if (sample.picture.name.empty() || sample.picture.name == entry.name) sample.picture = std::move(entry);
    }
    std::copy_if(std::make_move_iterator(samples.begin()), std::make_move_iterator(samples.end()), std::back_inserter(m_samples),
                 [](const Sample& sample) { return !sample.picture.name.empty(); });
}

std::string TarDataset::path(std::size_t index) const {
    return shardOf(index).path.string() + "/" + m_samples[index].picture.name;
}

std::string TarDataset::name(std::size_t index) const {
    return shardOf(index).path.filename().string() + "/" + m_samples[index].picture.name;
}

std::string TarDataset::place(std::size_t index) const {
    return placeOf(shardOf(index).path, m_samples[index].picture);
}

SharedBytes TarDataset::content(const Shard& shard, const TarEntry& entry, std::uint64_t most) const {
    if (entry.size > most) {
        throw Failure(ErrorCode::Unsupported, "the file is too large: " + counted(entry.size, "byte") + " of at most " + std::to_string(most), placeOf(shard.path, entry));
    }
    const RegularFile file(shard.path);
    if (file.opened() != shard.stamp) throw Failure(ErrorCode::Unreadable, "the archive changed since it was opened", shard.path.string(), "start again");
    const auto bytes = std::make_shared_for_overwrite<std::byte[]>(entry.size);
    readAt(file, shard.path, entry.offset, {bytes.get(), entry.size});
    return SharedBytes(bytes, bytes.get(), entry.size);
}

ExampleTexts TarDataset::texts(std::size_t index) const {
    TESSERA_ASSERT(index < m_samples.size());
    const Sample& sample = m_samples[index];
    const Shard& shard = shardOf(index);
    ExampleTexts texts;
    for (const TarEntry* entry : {&sample.lines, &sample.json}) {
        if (entry->name.empty()) continue;
        const SharedBytes bytes = content(shard, *entry, kLongestTextFile);
        const std::string_view words(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        if (entry == &sample.lines) texts.texts = textsOfLines(words, placeOf(shard.path, *entry));
        else addTexts(texts, textsOfJson(words, placeOf(shard.path, *entry)));
    }
    return texts;
}

SharedBytes TarDataset::file(std::size_t index) const {
    TESSERA_ASSERT(index < m_samples.size());
    return content(shardOf(index), m_samples[index].picture, kLargestPicture);
}

}  // namespace tessera::train
