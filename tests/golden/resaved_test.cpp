// SPDX-License-Identifier: Apache-2.0
// Upstream's files come in any order, any folder and two formats: a golden case saved again in other ways still holds.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tessera/files.h>
#include <tessera/wait.h>

#include "engine/checkpoint/archive_builder.h"
#include "support/golden_case.h"
#include "support/temporary_folder.h"
#include "support/test_engine.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;

/// The case's only safetensors file, relative to its model folder.
fs::path weightsOf(const fs::path& model) {
    for (const auto& entry : fs::recursive_directory_iterator(model)) {
        if (entry.path().extension() == ".safetensors") return fs::relative(entry.path(), model);
    }
    throw std::runtime_error("no safetensors file below " + model.string());
}

std::vector<std::string> shuffledNames(const TensorMap& tensors) {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : tensors) names.push_back(name);
    std::ranges::shuffle(names, std::mt19937(3));
    return names;
}

void write(const fs::path& path, const Bytes& bytes) {
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

std::string textOf(const HostTensor& tensor) {
    return {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()};
}

/// Safetensors whose data and header have the tensors in another order each.
Bytes shuffledSafetensors(const TensorMap& tensors) {
    const std::map<DType, std::string> types{{DType::F32, "F32"}, {DType::F16, "F16"}, {DType::BF16, "BF16"}};
    std::string data;
    std::vector<std::string> entries;
    for (const std::string& name : shuffledNames(tensors)) {
        const HostTensor& tensor = tensors.at(name);
        const std::size_t begin = data.size();
        data += textOf(tensor);
        const nlohmann::json entry{{"dtype", types.at(tensor.type)}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
        entries.push_back(nlohmann::json(name).dump() + ":" + entry.dump());
    }
    std::ranges::shuffle(entries, std::mt19937(5));
    std::string header = R"({"__metadata__":{"format":"pt"})";
    for (const std::string& entry : entries) header += "," + entry;
    return bytesOf(little(header.size() + 1, 8) + header + "}" + data);
}

/// torch.save of {"state_dict": {...}} with every tensor in its own storage, as float32.
Bytes torchArchive(const TensorMap& tensors) {
    std::vector<std::pair<std::string, std::string>> items;
    std::vector<std::string> storages;
    for (const std::string& name : shuffledNames(tensors)) {
        const HostTensor& tensor = tensors.at(name);
        const std::vector<double> values = valuesOf(tensor);
        std::vector<std::int64_t> strides(tensor.shape.size(), 1);
        for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * tensor.shape[i];
        const auto storage = pickle::storage(std::to_string(storages.size()), tensor.elements());
        items.emplace_back(name, pickle::tensor(storage, 0, tensor.shape, strides));
        storages.push_back(textOf(float32Tensor(tensor.shape, {values.begin(), values.end()})));
    }
    return torchZipOf(pickle::whole(pickle::dict({{"state_dict", pickle::dict(items)}})), storages);
}

class Resaved : public testing::TestWithParam<GoldenCase> {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    void SetUp() override {
        weights = weightsOf(GetParam().model());
        auto read = readTensorFile((GetParam().model() / weights).string());
        ASSERT_TRUE(read) << toLine(read.error());
        tensors = std::move(read).value();
        fs::copy(GetParam().model(), model, fs::copy_options::recursive);
        fs::remove(model / weights);
    }
    void expectParity() {
        const auto opened = openModel(*s_engine, model.string());
        ASSERT_TRUE(opened) << toLine(opened.error());
        const auto computed =
            wait<TensorMap>([&](auto observer) { return s_engine->parity(opened.value().id, GetParam().tensors("in."), std::move(observer)); });
        ASSERT_TRUE(computed) << toLine(computed.error());
        EXPECT_EQ(mismatches(GetParam(), computed.value()), "");
    }

    static inline std::shared_ptr<Engine> s_engine;
    TemporaryFolder folder;
    fs::path model = folder.path() / "another name, with spaces", weights;
    TensorMap tensors;
};

TEST_P(Resaved, InAnotherOrderAndFolder) {
    write(model / weights, shuffledSafetensors(tensors));
    expectParity();
}

TEST_P(Resaved, AsTorchArchive) {
    write((model / weights).replace_extension(".bin"), torchArchive(tensors));
    expectParity();
}

INSTANTIATE_TEST_SUITE_P(AutoencoderKl, Resaved, testing::ValuesIn(goldenCases("autoencoder_kl")), [](const auto& info) { return testName(info.param); });
INSTANTIATE_TEST_SUITE_P(TesseraAutoencoder, Resaved, testing::ValuesIn(goldenCases("tessera_autoencoder")),
                         [](const auto& info) { return testName(info.param); });

}  // namespace
}  // namespace tessera::test
