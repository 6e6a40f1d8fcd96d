// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <set>
#include <span>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "core/error.h"
#include "core/mapped_file.h"
#include "core/sparse_reading.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

/// What tokenizers read that no JSON is.
constexpr const char* kVocabularies[] = {"vocab.txt", "merges.txt", "tokenizer.model", "spiece.model", "bpe_simple_vocab_16e6.txt.gz"};

/// All bytes of a small piece; the ends and two places between of a large one, so that a checkpoint costs milliseconds.
void addSamples(Hasher& hasher, std::span<const std::byte> bytes) {
    constexpr std::size_t kSmall = 4096, kSample = 256, kSamples = 4;
    hasher.add(bytes.size());
    if (bytes.size() <= kSmall) {
        hasher.add(bytes);
        return;
    }
    const SparseReading sparse(bytes);
    for (std::size_t i = 0; i < kSamples; ++i) hasher.add(bytes.subspan((bytes.size() - kSample) / (kSamples - 1) * i, kSample));
    hasher.add(bytes.last(kSample));
}

/// Bytes from a tensor's first element to its last, whatever the strides between are.
std::span<const std::byte> extentOf(const StoredTensor& tensor) {
    if (tensor.elements() == 0) return {};
    std::int64_t last = tensor.elements() - 1;
    if (!tensor.strides.empty()) {
        last = 0;
        for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) last += (tensor.shape[axis] - 1) * tensor.strides[axis];
    }
    return {tensor.data, static_cast<std::size_t>(last + 1) * byteSize(tensor.type)};
}

Hash128 fingerprintOf(const Checkpoint::File& file) {
    Hasher hasher;
    hasher.add(file.bytes);
    for (const auto& [section, tensors] : file.sections) {
        hasher.add(section).add(tensors.size());
        for (const auto& [name, tensor] : tensors) {
            hasher.add(name).add(nameOf(tensor.type)).add(tensor.byteSwapped).add(tensor.shape.size());
            for (const std::int64_t side : tensor.shape) hasher.add(side);
            if (!tensor.contiguous())
                for (const std::int64_t stride : tensor.strides) hasher.add(stride);
            addSamples(hasher, extentOf(tensor));
        }
    }
    for (const auto& [section, json] : file.settings) hasher.add(section).add(json);
    return hasher.finish();
}

/// A config changes what the weights compute, and a tokenizer what texts mean to them: any byte of either.
void addText(Hasher& hasher, const std::string& name, const std::filesystem::path& path) {
    hasher.add(name);
    try {
        hasher.add(readMapped(path, [](const MappedFile& file) {
            constexpr std::size_t kLargestText = std::size_t(64) << 20;  // Gemma 3's tokenizer.json has 33 MiB
            Hasher content;
            if (file.bytes.size() <= kLargestText) content.add(file.bytes);
            else addSamples(content, file.bytes);
            return content.finish();
        }));
    } catch (const Failure& failure) {
        hasher.add(failure.error().message);  // empty or unreadable: whoever needs it says so
    }
}

}  // namespace

Hash128 Checkpoint::fingerprint() const {
    std::vector<Hash128> files;
    for (const File& file : m_files) files.push_back(fingerprintOf(file));
    std::ranges::sort(files);
    Hasher hasher;
    for (const Hash128& file : files) hasher.add(file);
    checkUnchanged();
    std::set<fs::path> folders{fs::path()};
    for (const std::string& text : m_texts) {
        addText(hasher, text, m_folder / text);
        folders.insert(fs::path(text).parent_path());
    }
    std::error_code ignored;
    for (const fs::path& folder : folders) {
        for (const char* name : kVocabularies) {
            const fs::path path = folder / name;
            if (fs::is_regular_file(m_folder / path, ignored)) addText(hasher, path.string(), m_folder / path);
        }
    }
    return hasher.finish();
}

}  // namespace tessera
