// SPDX-License-Identifier: Apache-2.0
#include <tessera/files.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <span>

#include "checkpoint/code_csv.h"
#include "checkpoint/npz.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/whole_numbers.h"
#include "core/error.h"
#include "core/mapped_file.h"
#include "core/regular_file.h"
#include "image/clip.h"
#include "image/image_file.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

std::optional<Error> caught(const std::function<void()>& work) {
    try {
        work();
        return std::nullopt;
    } catch (const Failure& failure) {
        return failure.error();
    } catch (const Cancelled&) {
        return Error{ErrorCode::Cancelled, "cancelled", {}, {}};
    } catch (const std::exception& exception) {
        return Error{ErrorCode::Internal, exception.what(), {}, {}};
    }
}

enum class Format { Safetensors, Npz, Npy, Csv };

/// By content; a table, which is plain text, by its name.
Format formatOf(const fs::path& path) {
    std::array<char, 6> head{};
    std::ifstream(path, std::ios::binary).read(head.data(), head.size());
    if (std::memcmp(head.data(), "PK\3\4", 4) == 0) return Format::Npz;
    if (std::memcmp(head.data(), "\x93NUMPY", 6) == 0) return Format::Npy;
    return path.extension() == ".csv" ? Format::Csv : Format::Safetensors;
}

/// What a file of one tensor holds: codes if there are any, else latents.
std::pair<std::string, HostTensor> onlyOne(const TensorMap& tensors, const std::string& path) {
    for (const char* name : {"codes", "latents"}) {
        if (const auto found = tensors.find(name); found != tensors.end()) return *found;
    }
    if (tensors.size() == 1) return *tensors.begin();
    throw Failure(ErrorCode::Invalid, "an .npy file holds one array, and there are " + std::to_string(tensors.size()), path, "end the name in .npz or .safetensors");
}

void writeCodes(const std::string& path, const TensorMap& tensors, const FileWords& words) {
    const auto codes = tensors.find("codes");
    if (codes == tensors.end()) throw Failure(ErrorCode::Invalid, "a .csv file holds codes, and this model has none", path, "end the name in .safetensors, .npz or .npy");
    FileWords all = words;
    if (const auto size = tensors.find(kPictureSizeWord); size != tensors.end() && size->second.type == DType::I64) all[kPictureSizeWord] = pictureSizeWord(size->second);
    writeCodeCsv(path, codes->second, all);
}

}  // namespace

Result<TensorMap> readTensorFile(const std::string& path) {
    TensorMap tensors;
    const auto failure = caught([&] {
        switch (formatOf(path)) {
            case Format::Npz: tensors = readNpz(path); break;
            case Format::Csv: {
                CodeTable table = readCodeCsv(path);
                if (const auto size = table.words.find(kPictureSizeWord); size != table.words.end()) tensors.emplace(kPictureSizeWord, pictureSizeFrom(size->second, path));
                tensors.emplace("codes", std::move(table.codes));
                break;
            }
            case Format::Npy: {
                HostTensor array = readNpy(path);
                tensors.emplace(isFraction(array.type) ? "latents" : "codes", std::move(array));
                break;
            }
            case Format::Safetensors:
                for (const auto& [name, tensor] : readSafetensors(path).tensors) tensors.emplace(name, tensor.toHost());
        }
    });
    if (failure) return *failure;
    return tensors;
}

Result<FileWords> readFileWords(const std::string& path) {
    FileWords words;
    const auto failure = caught([&] {
        switch (formatOf(path)) {
            case Format::Npz: words = readNpzWords(path); break;
            case Format::Csv: words = readCodeCsv(path).words; break;
            case Format::Npy: break;
            case Format::Safetensors: words = readSafetensors(path).metadata;
        }
    });
    if (failure) return *failure;
    return words;
}

std::optional<Error> changedOnDisk(const TensorMap& tensors) {
    return caught([&] {
        for (const auto& [name, tensor] : tensors) checkUnchanged(tensor.bytes.data());
    });
}

std::optional<Error> writeTensorFile(const std::string& path, const TensorMap& tensors, const FileWords& words) {
    return caught([&] {
        const std::string extension = fs::path(path).extension().string();
        if (extension == ".npz") writeNpz(path, tensors, words);
        else if (extension == ".safetensors") writeSafetensors(path, tensors, words);
        else if (extension == ".npy") writeNpy(path, onlyOne(tensors, path).second);
        else if (extension == ".csv") writeCodes(path, tensors, words);
        else throw Failure(ErrorCode::Invalid, "the name does not say which format to write", path, "end it in .safetensors, .npz, .npy or .csv");
    });
}

std::optional<Error> writePngFile(const std::string& path, const Image& image, const FileWords& words, std::stop_token stop) {
    return caught([&] { writePng(path, image, words, std::move(stop)); });
}

bool namesClip(const std::string& path) {
    constexpr std::array kEndings{".gif", ".webp", ".mp4", ".webm", ".avi", ".mov", ".mkv"};
    std::string ending = fs::path(path).extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::find(kEndings, ending) != kEndings.end();
}

std::optional<Error> writeClipFile(const std::string& path, const std::vector<Image>& frames, double framesPerSecond, const FileWords& words, std::stop_token stop) {
    return caught([&] { writeClip(path, frames, framesPerSecond, words, std::move(stop)); });
}

std::optional<Error> writeTextFile(const std::string& path, std::string_view text) {
    return caught([&] {
        TemporaryFile file(path);
        file.write(std::as_bytes(std::span(text)));
        file.rename();
    });
}

}  // namespace tessera
