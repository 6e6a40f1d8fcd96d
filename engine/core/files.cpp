// SPDX-License-Identifier: Apache-2.0
#include <tessera/files.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <span>

#include "checkpoint/npz.h"
#include "checkpoint/safetensors.h"
#include "core/error.h"
#include "core/mapped_file.h"
#include "core/regular_file.h"
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

bool isZip(const fs::path& path) {
    std::array<char, 4> head{};
    std::ifstream(path, std::ios::binary).read(head.data(), head.size());
    return std::memcmp(head.data(), "PK\3\4", 4) == 0;
}

}  // namespace

Result<TensorMap> readTensorFile(const std::string& path) {
    TensorMap tensors;
    const auto failure = caught([&] {
        if (isZip(path)) {
            tensors = readNpz(path);
            return;
        }
        for (const auto& [name, tensor] : readSafetensors(path).tensors) tensors.emplace(name, tensor.toHost());
    });
    if (failure) return *failure;
    return tensors;
}

std::optional<Error> changedOnDisk(const TensorMap& tensors) {
    return caught([&] {
        for (const auto& [name, tensor] : tensors) checkUnchanged(tensor.bytes.data());
    });
}

std::optional<Error> writeTensorFile(const std::string& path, const TensorMap& tensors, const FileWords& words) {
    return caught([&] {
        const std::string extension = fs::path(path).extension().string();
        if (extension == ".npz") writeNpz(path, tensors);
        else if (extension == ".safetensors") writeSafetensors(path, tensors, words);
        else throw Failure(ErrorCode::Invalid, "the name does not say which format to write", path, "end it in .safetensors or .npz");
    });
}

std::optional<Error> writePngFile(const std::string& path, const Image& image, const FileWords& words, std::stop_token stop) {
    return caught([&] { writePng(path, image, words, std::move(stop)); });
}

std::optional<Error> writeTextFile(const std::string& path, std::string_view text) {
    return caught([&] {
        TemporaryFile file(path);
        file.write(std::as_bytes(std::span(text)));
        file.rename();
    });
}

}  // namespace tessera
