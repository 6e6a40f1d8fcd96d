// SPDX-License-Identifier: Apache-2.0
#include "engine/families/model_files.h"

#include <cstring>
#include <fstream>
#include <stdexcept>

#include <tessera/files.h>
#include <tessera/wait.h>

#include "checkpoint/torch_zip.h"

namespace tessera::test {
namespace fs = std::filesystem;
namespace {

fs::path folderOf(const std::string& golden) { return fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / golden; }

bool isConfig(const fs::path& path) { return path.extension() == ".json" && path.filename().string().find("token") == std::string::npos && path.filename() != "vocab.json"; }

}  // namespace

ModelFiles::ModelFiles(const std::string& name) : golden(folderOf(name)) {
    const fs::path root = folderOf(name);
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        const fs::path place = fs::relative(entry.path(), root);
        if (!entry.is_regular_file() || !place.has_parent_path()) continue;  // what lies beside the model is not its own
        if (place.extension() == ".safetensors") {
            auto read = readTensorFile(entry.path().string());
            if (!read) throw std::runtime_error(toLine(read.error()));
            weights[place.string()] = std::move(read).value();
        } else if (place.extension() == ".bin") {
            const fs::path other = place.parent_path() / (place.filename() == "pytorch_model.bin" ? "model.safetensors" : "open_clip_model.safetensors");
            const TorchZip zip = readTorchZip(entry.path());
            for (const auto& [tensor, stored] : zip.sections.begin()->second) weights[other.string()].emplace(tensor, stored.toHost());
        } else if (isConfig(place)) {
            configs[place.string()] = nlohmann::json::parse(std::ifstream(entry.path()));
        } else {
            others[place.string()] = entry.path();
        }
    }
}

void ModelFiles::erase(TensorMap& tensors, const std::string& prefix) const {
    std::erase_if(tensors, [&](const auto& entry) { return entry.first.starts_with(prefix); });
}

void ModelFiles::move(const std::string& from, const std::string& to) {
    const auto moved = [&](auto& files) {
        std::decay_t<decltype(files)> all;
        for (auto& [place, file] : files) all.emplace(place.starts_with(from + "/") ? to + place.substr(from.size()) : place, std::move(file));
        files = std::move(all);
    };
    moved(configs);
    moved(weights);
    moved(others);
}

std::string ModelFiles::write() {
    const fs::path folder = m_folder->path() / std::to_string(m_written++);
    const auto place = [&](const std::string& name) {
        fs::create_directories((folder / name).parent_path());
        return folder / name;
    };
    for (const auto& [name, json] : configs) std::ofstream(place(name)) << json.dump(1);
    for (const auto& [name, tensors] : weights) {
        if (const auto error = writeTensorFile(place(name).string(), tensors)) throw std::runtime_error(toLine(*error));
    }
    for (const auto& [name, from] : others) fs::copy_file(from, place(name));
    return (folder / "model").string();
}

HostTensor int64Tensor(std::vector<std::int64_t> shape, const std::vector<std::int64_t>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    return {DType::I64, std::move(shape), SharedBytes(std::vector<std::byte>(bytes.begin(), bytes.end()))};
}

TensorMap textIds(std::int64_t texts, std::int64_t length, std::int64_t id) {
    return {{"in.input_ids", int64Tensor({texts, length}, std::vector<std::int64_t>(static_cast<std::size_t>(texts * length), id))}};
}

TensorMap greyPicture(std::int64_t height, std::int64_t width) {
    return {{"in.image", float32Tensor({1, 3, height, width}, std::vector<float>(static_cast<std::size_t>(3 * height * width), 0.5f))}};
}

Image pictureOf(const HostTensor& images, int index) {
    const auto height = static_cast<std::size_t>(images.shape[2]), width = static_cast<std::size_t>(images.shape[3]);
    const std::vector<double> values = valuesOf(images);
    std::vector<float> samples;
    for (std::size_t i = 0; i < height * width; ++i) {
        for (std::size_t c = 0; c < 3; ++c) samples.push_back(static_cast<float>(values[(static_cast<std::size_t>(index) * 3 + c) * height * width + i]));
    }
    return Image(static_cast<int>(width), static_cast<int>(height), 3, SharedArray<float>(std::move(samples)));
}

ModelInfo FamilyTest::opened(const std::string& path) {
    auto model = openModel(*s_engine, path);
    EXPECT_TRUE(model) << toLine(model.error());
    return model ? std::move(model).value() : ModelInfo();
}

Result<TensorMap> FamilyTest::computed(const std::string& path, const TensorMap& inputs) {
    const auto model = openModel(*s_engine, path);
    if (!model) return model.error();
    return wait<TensorMap>([&](auto observer) { return s_engine->parity(model.value().id, inputs, std::move(observer)); });
}

std::string FamilyTest::refusedInputs(const std::string& path, const TensorMap& inputs) {
    const auto result = computed(path, inputs);
    return result ? std::string() : toLine(result.error());
}

std::string FamilyTest::mismatchesOf(const std::string& path, const GoldenCase& golden) {
    const auto result = computed(path, golden.tensors("in."));
    return result ? mismatches(golden, result.value()) : toLine(result.error());
}

}  // namespace tessera::test
