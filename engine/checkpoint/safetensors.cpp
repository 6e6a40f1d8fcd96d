// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "checkpoint/file_words.h"
#include "checkpoint/safetensors_header.h"
#include "core/error.h"
#include "core/mapped_file.h"

namespace tessera {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie in the file");

constexpr std::uint64_t kLongestHeader = 100'000'000;  // upstream's own limit
constexpr const char* kDamaged = "the file is damaged: download or save it again";

[[noreturn]] void refuse(const std::string& message, const std::string& file) { throw Failure(ErrorCode::Invalid, message, file, kDamaged); }

/// The JSON text of the header; what follows it is data.
std::string_view headerOf(std::span<const std::byte> bytes, const std::string& file) {
    refuseForeign(bytes, file);
    std::uint64_t length = 0;
    if (bytes.size() < sizeof length) refuse("the file is too short for a safetensors header", file);
    std::memcpy(&length, bytes.data(), sizeof length);
    const std::uint64_t rest = bytes.size() - sizeof length;
    const auto* text = reinterpret_cast<const char*>(bytes.data()) + sizeof length;
    if (rest == 0 || *text != '{') {
        throw Failure(ErrorCode::Unsupported, "this is not a safetensors file or a PyTorch archive", file,
                      "choose a file with weights or tensors; if this was one, download or save it again");
    }
    if (length > kLongestHeader) refuse("its header claims " + std::to_string(length) + " bytes, more than safetensors allows", file);
    if (length > rest)
        refuse("the file is truncated: its header claims " + std::to_string(length) + " bytes and " + std::to_string(rest) + " follow", file);
    return {text, static_cast<std::size_t>(length)};
}

std::uint64_t bytesOf(const SafetensorsHeader::Entry& entry, const std::string& where) {
    std::uint64_t size = byteSize(entry.type);
    for (const std::int64_t side : entry.shape) size = checkedProduct(size, static_cast<std::uint64_t>(side), where);
    return size;
}

/// Every byte of the data belongs to one tensor, as upstream demands.
void checkLayout(const SafetensorsHeader& header, std::uint64_t dataSize, const std::string& file) {
    struct Part {
        std::uint64_t begin, end;
        const std::string* name;
    };
    std::vector<Part> parts;
    parts.reserve(header.tensors.size());
    for (const auto& [name, entry] : header.tensors) {
        const std::string where = file + ", tensor " + shown(name);
        if (entry.begin > entry.end) refuse("tensor " + shown(name) + " ends before it begins", file);
        const std::uint64_t needed = bytesOf(entry, where);
        if (entry.end - entry.begin != needed) {
            refuse("tensor " + shown(name) + " of shape " + shown(entry.shape) + " needs " + std::to_string(needed) + " bytes, its header gives it " +
                       std::to_string(entry.end - entry.begin),
                   file);
        }
        if (entry.end > dataSize) refuse("the file is truncated: tensor " + shown(name) + " ends beyond it", file);
        parts.push_back({entry.begin, entry.end, &name});
    }
    std::ranges::sort(parts, [](const Part& a, const Part& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    std::uint64_t end = 0;
    for (const Part& part : parts) {
        if (part.begin < end) refuse("tensor " + shown(*part.name) + " overlaps another", file);
        if (part.begin > end) refuse("there is a hole before tensor " + shown(*part.name), file);
        end = part.end;
    }
    if (end != dataSize) refuse(counted(dataSize - end, "byte") + " at the end of the file belong to no tensor", file);
}

}  // namespace

SafetensorsFile parseSafetensors(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const std::string& name) {
    const std::string_view json = headerOf(bytes, name);
    SafetensorsHeader header = parseSafetensorsHeader(json, name);
    const std::span<const std::byte> data = bytes.subspan(sizeof(std::uint64_t) + json.size());
    checkLayout(header, data.size(), name);
    SafetensorsFile file{.tensors = {}, .metadata = std::move(header.metadata)};
    for (auto& [tensor, entry] : header.tensors) {
        file.tensors.emplace_hint(file.tensors.end(), tensor,
                                  StoredTensor{.type = entry.type, .shape = std::move(entry.shape), .strides = {}, .owner = owner, .data = data.data() + entry.begin});
    }
    return file;
}

SafetensorsFile readSafetensors(const std::filesystem::path& path) {
    return readMapped(path, [&](const MappedFile& file) { return parseSafetensors(file.bytes, file.owner, path.string()); });
}

}  // namespace tessera
