// SPDX-License-Identifier: Apache-2.0
// Files that torch.save wrote, and damaged ones: tests/golden/torch_zip/case.json says what each must give or why it must be refused.
#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/torch_zip.h"
#include "core/error.h"

namespace tessera {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

const std::string kFolder = TESSERA_SOURCE_DIR "/tests/golden/torch_zip/";

const nlohmann::json& cases() {
    static const nlohmann::json json = nlohmann::json::parse(std::ifstream(kFolder + "case.json")).at("files");
    return json;
}

struct Case {
    std::string file, expect;
    bool operator==(const Case&) const = default;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.file << " (" << c.expect << ")"; }

std::vector<Case> filesOf(std::initializer_list<std::string> expectations) {
    std::vector<Case> found;
    for (const auto& [file, entry] : cases().items()) {
        const auto expect = entry.at("expect").get<std::string>();
        if (std::ranges::find(expectations, expect) != expectations.end()) found.push_back({file, expect});
    }
    return found;
}

std::string testName(const testing::TestParamInfo<Case>& info) {
    std::string name = info.param.file;
    std::ranges::replace(name, '.', '_');
    return name;
}

/// What the file holds, by the golden key path: section and path joined by a dot.
std::map<std::string, StoredTensor> tensorsOf(const Checkpoint& checkpoint) {
    std::map<std::string, StoredTensor> found;
    for (const auto& [section, tensors] : checkpoint.files().at(0).sections)
        for (const auto& [path, tensor] : tensors) found.emplace(section.empty() ? path : section + "." + path, tensor);
    return found;
}

void expectGoldenTensors(const std::string& file, const Checkpoint& checkpoint) {
    static const SafetensorsFile expected = readSafetensors(kFolder + "expected.safetensors");
    const auto found = tensorsOf(checkpoint);
    for (const auto& [path, description] : cases().at(file).at("tensors").items()) {
        SCOPED_TRACE(path);
        const auto it = found.find(path);
        ASSERT_NE(it, found.end());
        EXPECT_EQ(it->second.shape, description.at("shape").get<std::vector<std::int64_t>>());
        EXPECT_EQ(nameOf(it->second.type), description.at("dtype").get<std::string>());
        const HostTensor host = it->second.toHost(), wanted = expected.tensors.at(file + "|" + path).toHost();
        EXPECT_EQ(host.type, wanted.type);
        EXPECT_TRUE(std::ranges::equal(host.bytes.span(), wanted.bytes.span()));
    }
}

class TorchZipToLoad : public testing::TestWithParam<Case> {};

TEST_P(TorchZipToLoad, GivesEveryExpectedTensorBitForBit) {
    const Checkpoint checkpoint = Checkpoint::open(kFolder + "files/" + GetParam().file);
    EXPECT_EQ(checkpoint.files().at(0).format, "torch zip");
    EXPECT_FALSE(cases().at(GetParam().file).at("tensors").empty());
    expectGoldenTensors(GetParam().file, checkpoint);
}

INSTANTIATE_TEST_SUITE_P(Golden, TorchZipToLoad, testing::ValuesIn(filesOf({"load"})), testName);

class TorchZipToRefuse : public testing::TestWithParam<Case> {};

TEST_P(TorchZipToRefuse, IsRefusedInOneSentenceWithThePlaceAndWhatToDo) {
    const std::string path = kFolder + "files/" + GetParam().file;
    try {
        Checkpoint::open(path);
        FAIL() << "accepted";
    } catch (const Failure& failure) {
        EXPECT_FALSE(failure.error().message.empty());
        EXPECT_EQ(failure.error().where, path);
        EXPECT_FALSE(failure.error().action.empty());
        EXPECT_EQ(failure.error().message.find('\n'), std::string::npos);
    }
}

INSTANTIATE_TEST_SUITE_P(Golden, TorchZipToRefuse, testing::ValuesIn(filesOf({"refuse"})), testName);

class TorchZipToLoadOrRefuse : public testing::TestWithParam<Case> {};

TEST_P(TorchZipToLoadOrRefuse, GivesTheExpectedTensorsOrAFailureNeverSomethingElse) {
    try {
        expectGoldenTensors(GetParam().file, Checkpoint::open(kFolder + "files/" + GetParam().file));
    } catch (const Failure& failure) {
        EXPECT_FALSE(failure.error().action.empty());
    }
}

INSTANTIATE_TEST_SUITE_P(Golden, TorchZipToLoadOrRefuse, testing::ValuesIn(filesOf({"load_or_refuse"})), testName);

std::string refusalOf(const std::string& file) {
    try {
        Checkpoint::open(kFolder + "files/" + file);
    } catch (const Failure& failure) {
        return failure.error().message;
    }
    return "accepted";
}

TEST(TorchZip, RefusalsNameTheReason) {
    EXPECT_THAT(refusalOf("short_storage.pt"), HasSubstr("needs more bytes than its storage record"));
    EXPECT_THAT(refusalOf("missing_storage.pt"), HasSubstr("storage record \"0\" is missing"));
    EXPECT_THAT(refusalOf("truncated.pt"), HasSubstr("has no directory at its end"));
    EXPECT_THAT(refusalOf("cut_pickle.pt"), HasSubstr("pickle is cut off"));
    EXPECT_THAT(refusalOf("legacy_nonzip.pt"), HasSubstr("before PyTorch 1.6"));
    EXPECT_THAT(refusalOf("not_a_checkpoint.pt"), HasSubstr("web page"));
}

TEST(TorchZip, FilesWithOtherObjectsGiveTheirTensorsBecauseNothingIsCalled) {
    for (const char* file : {"foreign_callable.pt", "deflated.pt", "big_endian.pt"}) {
        SCOPED_TRACE(file);
        expectGoldenTensors(file, Checkpoint::open(kFolder + "files/" + file));
    }
}

TEST(TorchZip, TensorsThatShareAStorageLieInTheSameBytesOfTheFile) {
    const auto found = tensorsOf(Checkpoint::open(kFolder + "files/shared_strided.pt"));
    const StoredTensor &full = found.at("state_dict.full"), &row = found.at("state_dict.row2");
    EXPECT_EQ(found.at("state_dict.same_again").data, full.data);
    EXPECT_EQ(found.at("state_dict.transposed").data, full.data);
    EXPECT_EQ(row.data, full.data + 2 * 6 * 4);
    EXPECT_TRUE(row.contiguous());
    EXPECT_EQ(row.toHost().bytes.data(), row.data) << "copied without need";
    EXPECT_FALSE(found.at("state_dict.transposed").contiguous());
}

TEST(TorchZip, NoCaseIsLeftOut) {
    EXPECT_EQ(filesOf({"load", "refuse", "load_or_refuse"}).size(), cases().size());
}

}  // namespace
}  // namespace tessera
