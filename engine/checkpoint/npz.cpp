// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/npz.h"

#include <cstring>

#include <nlohmann/json.hpp>

#include "checkpoint/file_words.h"
#include "checkpoint/npy_array.h"
#include "checkpoint/zip_archive.h"
#include "checkpoint/zip_writer.h"
#include "core/error.h"
#include "core/mapped_file.h"
#include "core/regular_file.h"

namespace tessera {
namespace {

constexpr std::string_view kExtension = ".npy", kWords = "metadata.json";
constexpr std::uint64_t kMostWords = 16 << 20;

/// bfloat16, which NumPy does not know, as the float32 of the same value.
HostTensor withoutBf16(const HostTensor& tensor) {
    if (tensor.type != DType::BF16) return tensor;
    const auto count = static_cast<std::size_t>(tensor.elements());
    std::vector<std::byte> wide(count * 4);
    for (std::size_t i = 0; i < count; ++i) std::memcpy(&wide[4 * i + 2], tensor.bytes.data() + 2 * i, 2);
    return {DType::F32, tensor.shape, SharedBytes(std::move(wide))};
}

}  // namespace

TensorMap parseNpz(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const std::string& name) {
    ZipArchive archive(bytes, std::move(owner), name);
    TensorMap tensors;
    for (const auto& [path, entry] : archive.entries()) {
        if (!path.ends_with(kExtension)) continue;
        std::string array = path.substr(0, path.size() - kExtension.size());
        const std::string where = name + ", array " + shown(array);
        tensors.emplace(std::move(array), parseNpy(archive.read(entry, entry.size), where).toHost());
    }
    if (tensors.empty()) throw Failure(ErrorCode::Invalid, "the zip archive holds no NumPy array", name, "open an .npz file that numpy.savez wrote");
    return tensors;
}

TensorMap readNpz(const std::filesystem::path& path) {
    return readMapped(path, [&](const MappedFile& file) { return parseNpz(file.bytes, file.owner, path.string()); });
}

void writeNpz(const std::filesystem::path& path, const TensorMap& tensors, const std::map<std::string, std::string>& words) {
    TemporaryFile file(path);
    ZipWriter zip(file);
    for (const auto& [name, given] : tensors) {
        const HostTensor tensor = withoutBf16(given);
        TESSERA_ASSERT(tensor.bytes.size() == static_cast<std::uint64_t>(tensor.elements()) * byteSize(tensor.type));
        const std::string header = npyHeader(tensor.type, tensor.shape);
        zip.add(name + std::string(kExtension), std::as_bytes(std::span(header)), tensor.bytes.span());
    }
    if (!words.empty()) {
        const std::string text = nlohmann::json(words).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        zip.add(std::string(kWords), {}, std::as_bytes(std::span(text)));
    }
    zip.finish();
    file.sync();
    file.rename();
}

std::map<std::string, std::string> parseNpzWords(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const std::string& name) {
    std::map<std::string, std::string> words;
    ZipArchive archive(bytes, std::move(owner), name);
    const auto entry = archive.entries().find(std::string(kWords));
    if (entry == archive.entries().end() || entry->second.size > kMostWords) return words;
    const SharedBytes text = archive.read(entry->second, entry->second.size);
    const auto json = nlohmann::json::parse(reinterpret_cast<const char*>(text.data()), reinterpret_cast<const char*>(text.data()) + text.size(), nullptr, false);
    if (!json.is_object()) return words;
    for (const auto& [word, value] : json.items()) {
        if (value.is_string()) words.emplace(word, value.get<std::string>());
    }
    return words;
}

std::map<std::string, std::string> readNpzWords(const std::filesystem::path& path) {
    return readMapped(path, [&](const MappedFile& file) { return parseNpzWords(file.bytes, file.owner, path.string()); });
}

void writeNpy(const std::filesystem::path& path, const HostTensor& given) {
    const HostTensor tensor = withoutBf16(given);
    const std::string header = npyHeader(tensor.type, tensor.shape);
    TemporaryFile file(path);
    file.write(std::as_bytes(std::span(header)));
    file.write(tensor.bytes.span());
    file.sync();
    file.rename();
}

HostTensor readNpy(const std::filesystem::path& path) {
    return readMapped(path, [&](const MappedFile& file) { return parseNpy(SharedBytes(file.owner, file.bytes.data(), file.bytes.size()), path.string()).toHost(); });
}

}  // namespace tessera
