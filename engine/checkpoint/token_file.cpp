// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/token_file.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "checkpoint/code_csv.h"
#include "checkpoint/file_words.h"
#include "checkpoint/npy_array.h"
#include "checkpoint/npz.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/whole_numbers.h"
#include "checkpoint/zip_archive.h"
#include "core/error.h"

namespace tessera {
namespace {

enum class Format { None, Safetensors, Npz, Npy, Csv };

std::string_view textOf(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Keeps the bytes of whoever has none of his own to keep.
std::shared_ptr<const void> ownerOf(const SharedBytes& bytes) {
    return std::make_shared<const SharedBytes>(bytes);
}

bool holdsArrays(std::span<const std::byte> bytes, const std::string& name) {
    try {
        const ZipArchive archive(bytes, nullptr, name);
        return std::ranges::any_of(archive.entries(), [](const auto& entry) { return entry.first.ends_with(".npy"); });
    } catch (const Failure&) {
        return name.ends_with(".npz");  // broken: whoever reads it says how
    }
}

bool holdsNamedTokens(std::span<const std::byte> bytes, const std::string& name) {
    if (bytes.size() < 10 || textOf(bytes)[8] != '{') return false;
    try {
        const SafetensorsFile file = parseSafetensors(bytes, nullptr, name);
        return file.tensors.contains("codes") || file.tensors.contains("latents");
    } catch (const Failure&) {
        return false;
    }
}

Format formatOf(std::span<const std::byte> bytes, const std::string& name) {
    const std::string_view text = textOf(bytes);
    if (text.starts_with("\x93NUMPY")) return Format::Npy;
    if (looksLikeZip(bytes)) return holdsArrays(bytes, name) ? Format::Npz : Format::None;
    if (name.ends_with(".safetensors") || holdsNamedTokens(bytes, name)) return Format::Safetensors;
    if (name.ends_with(".csv") || looksLikeCodeCsv(text)) return Format::Csv;
    return Format::None;
}

TokenFile read(const SharedBytes& bytes, const std::string& name) {
    TokenFile file;
    switch (formatOf(bytes.span(), name)) {
        case Format::Safetensors: {
            file.format = "safetensors";
            SafetensorsFile stored = parseSafetensors(bytes.span(), ownerOf(bytes), name);
            if (stored.tensors.contains("in.image")) {
                throw Failure(ErrorCode::Unsupported, "this is the recording of a run, which is a model here", name, "open it as a model");
            }
            for (const char* tensor : {"codes", "latents", "picture_size"}) {
                if (const auto found = stored.tensors.find(tensor); found != stored.tensors.end()) file.tensors.emplace(tensor, found->second.toHost());
            }
            file.words = std::move(stored.metadata);
            break;
        }
        case Format::Npz:
            file.format = "NumPy archive";
            file.tensors = parseNpz(bytes.span(), ownerOf(bytes), name);
            file.words = parseNpzWords(bytes.span(), ownerOf(bytes), name);
            break;
        case Format::Npy: {
            file.format = "NumPy array";
            HostTensor array = parseNpy(bytes, name).toHost();
            file.tensors.emplace(isFraction(array.type) ? "latents" : "codes", std::move(array));
            break;
        }
        case Format::Csv: {
            file.format = "CSV";
            CodeTable table = parseCodeCsv(textOf(bytes.span()), name);
            if (const auto size = table.words.find(kPictureSizeWord); size != table.words.end()) file.tensors.emplace(kPictureSizeWord, pictureSizeFrom(size->second, name));
            file.tensors.emplace("codes", std::move(table.codes));
            file.words = std::move(table.words);
            break;
        }
        case Format::None: throw Failure(ErrorCode::Unsupported, "this file holds no tokens", name, "give .safetensors, .npz, .npy or .csv");
    }
    return file;
}

}  // namespace

bool holdsTokens(std::span<const std::byte> bytes, const std::string& name) {
    return formatOf(bytes, name) != Format::None;
}

void checkTokenTensor(HostTensor& held, std::string_view tensor, const std::string& name) {
    const bool codes = tensor == "codes";
    const std::string its = "its " + std::string(tensor);
    if (codes ? !isWhole(held.type) : !isFraction(held.type)) {
        throw Failure(ErrorCode::Invalid, its + " are of " + std::string(nameOf(held.type)) + ", and should be " + (codes ? "whole numbers" : "fractions"), name, codes ? "save them as int64" : "save them as float32");
    }
    if (held.shape.size() == 3) held.shape.insert(held.shape.begin(), 1);
    if (held.shape.size() == 4 && held.elements() > 0) return;
    throw Failure(ErrorCode::Invalid, its + " have shape " + shown(held.shape) + ", and should have " + (codes ? "[B, rows, columns, D]" : "[B, C, h, w]"), name, "save them in that shape, or encode the picture again");
}

TokenFile parseTokenFile(const SharedBytes& bytes, const std::string& name) {
    TokenFile file = read(bytes, name);
    for (const char* tensor : {"codes", "latents"}) {
        if (const auto found = file.tensors.find(tensor); found != file.tensors.end()) checkTokenTensor(found->second, tensor, name);
    }
    const auto codes = file.tensors.find("codes"), latents = file.tensors.find("latents");
    if (codes == file.tensors.end() && latents == file.tensors.end()) {
        throw Failure(ErrorCode::Invalid, "this file holds no tensor named codes or latents", name, "give a file that tessera encode or the studio wrote; a model is opened as one");
    }
    if (codes != file.tensors.end() && latents != file.tensors.end() && codes->second.shape[0] != latents->second.shape[0]) {
        throw Failure(ErrorCode::Mismatch, "its codes are of " + std::to_string(codes->second.shape[0]) + " pictures and its latents of " + std::to_string(latents->second.shape[0]), name, "encode the pictures again");
    }
    return file;
}

std::int64_t picturesIn(const TokenFile& file) {
    const auto codes = file.tensors.find("codes");
    return (codes != file.tensors.end() ? codes : file.tensors.find("latents"))->second.shape[0];
}

}  // namespace tessera
