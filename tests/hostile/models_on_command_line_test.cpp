// SPDX-License-Identifier: Apache-2.0
// Checkpoints, latents and places to write to that are not as they should be: exit code 1, one line on stderr, nothing half-written.
#include <cmath>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/files.h>

#include "support/golden_case.h"
#include "support/model_folder.h"
#include "support/process.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

const std::string kPicture = TESSERA_SOURCE_DIR "/tests/golden/metrics/images/gradient_noise_ref.png";
const std::string kTiny = "tessera_autoencoder/tiny";

ProcessResult run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), TESSERA_PROGRAM);
    return runProcess(arguments, {}, true);
}

/// Exit code 1, nothing on stdout, and this one line on stderr.
void expectLine(const ProcessResult& result, const testing::Matcher<std::string>& line) {
    EXPECT_EQ(result.exitCode, 1) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
    EXPECT_THAT(result.err, AllOf(testing::StartsWith("tessera: "), line));
}

class HostileModels : public testing::Test {
protected:
    /// What `models info`, `reconstruct` and `parity` say of the same checkpoint.
    void expectRefused(const std::string& model, const testing::Matcher<std::string>& line) {
        expectLine(run({"models", "info", model}), line);
        expectLine(run({"reconstruct", kPicture, "--model", model, "--out", folder / "out"}), line);
        expectLine(run({"parity", model, TESSERA_SOURCE_DIR "/tests/golden/" + kTiny + "/reference.safetensors", "--out", folder / "actual.safetensors"}), line);
        EXPECT_FALSE(fs::exists(folder / "out"));
        EXPECT_FALSE(fs::exists(folder / "actual.safetensors"));
    }
    std::string latents(const HostTensor& tensor, const std::string& name = "latents") {
        const std::string path = folder / "latents.safetensors";
        EXPECT_FALSE(writeTensorFile(path, {{name, tensor}}));
        return path;
    }
    TemporaryFolder folder;
    ModelFolder tiny{kTiny};
};

TEST_F(HostileModels, MissingTensor) {
    tiny.tensors.erase("decoder.up.weight");
    expectRefused(tiny.write(), AllOf(HasSubstr("1 missing tensor (decoder.up.weight"), HasSubstr("/0/model.safetensors)")));
}

TEST_F(HostileModels, ExtraTensor) {
    tiny.tensors["decoder.up.scale"] = float32Tensor({1}, {1});
    expectRefused(tiny.write(), HasSubstr("1 unexpected tensor (decoder.up.scale)"));
}

TEST_F(HostileModels, MisshapenTensor) {
    tiny.tensors["decoder.up.bias"] = float32Tensor({1}, {1});
    expectRefused(tiny.write(), HasSubstr("1 misshapen tensor (decoder.up.bias is [1] instead of"));
}

TEST_F(HostileModels, TensorThatHoldsNotANumber) {
    HostTensor& bias = tiny.tensors.at("decoder.up.bias");
    std::vector<float> values(static_cast<std::size_t>(bias.elements()), 0.f);
    values.back() = std::nanf("");
    bias = float32Tensor(bias.shape, values);
    expectRefused(tiny.write(), AllOf(HasSubstr("NaN or infinity"), HasSubstr("decoder.up.bias")));
}

TEST_F(HostileModels, TruncatedWeights) {
    const std::string model = tiny.write();
    fs::resize_file(model + "/model.safetensors", fs::file_size(model + "/model.safetensors") - 100);
    expectRefused(model, HasSubstr("model.safetensors"));
}

TEST_F(HostileModels, EmptyWeightsAndEmptyFolder) {
    const std::string model = tiny.write();
    fs::resize_file(model + "/model.safetensors", 0);
    expectRefused(model, AllOf(HasSubstr("empty"), HasSubstr("model.safetensors")));
    fs::create_directory(folder.path() / "nothing");
    expectRefused(folder / "nothing", HasSubstr("nothing"));
}

TEST_F(HostileModels, AnotherKindOfFile) {
    expectRefused(kPicture, AllOf(HasSubstr("this is a picture"), HasSubstr("gradient_noise_ref.png")));
    std::ofstream(folder / "weights.safetensors") << "<!DOCTYPE html><html>404</html>";
    expectRefused(folder / "weights.safetensors", HasSubstr("web page"));
}

TEST_F(HostileModels, NamesThatAreNone) {
    expectRefused("", HasSubstr("the model's name is empty"));
    // Not the folder that the embedded models lie in.
    const fs::path before = fs::current_path();
    fs::current_path(folder.path());
    expectLine(run({"models", "info", "."}), AllOf(HasSubstr("holds no checkpoint"), HasSubstr(folder.path().string())));
    fs::current_path(before);
}

TEST_F(HostileModels, WeightsOfAnUnknownModelWithoutAConfig) {
    const std::string model = tiny.write();
    fs::remove(model + "/config.json");
    expectRefused(model, AllOf(HasSubstr("Tessera knows no model like this"), HasSubstr("no config lies beside them")));
}

TEST_F(HostileModels, BrokenConfig) {
    const std::string model = tiny.write();
    std::ofstream(model + "/config.json") << R"({"format": "tessera-autoencoder", )";
    expectRefused(model, AllOf(HasSubstr("JSON"), HasSubstr("config.json")));
    std::ofstream(model + "/config.json") << R"([1, 2])";
    expectRefused(model, HasSubstr("Tessera knows no model like this"));
}

TEST_F(HostileModels, UnreadableWeights) {
    const std::string model = tiny.write();
    fs::permissions(model + "/model.safetensors", fs::perms::none);
    const std::vector<std::string> command = withoutPrivileges({TESSERA_PROGRAM, "models", "info", model});
    if (command.empty()) GTEST_SKIP() << "root reads everything, and cannot be kept from it here";
    expectLine(runProcess(command, {}, true), AllOf(HasSubstr("permission denied"), HasSubstr(model + "/model.safetensors")));
    fs::permissions(model, fs::perms::none);
    expectLine(runProcess(command, {}, true), AllOf(HasSubstr("ermission denied"), HasSubstr(model)));
    fs::permissions(model, fs::perms::owner_all);
}

TEST_F(HostileModels, LatentsThatDoNotSuit) {
    const std::string model = tiny.write();
    const auto decoded = [&](const std::string& file) { return run({"decode", file, "--model", model, "--out", folder / "pictures"}); };
    expectLine(decoded(latents(float32Tensor({1, 3, 4, 4}, std::vector<float>(48)))), AllOf(HasSubstr("[1, 3, 4, 4]"), HasSubstr("give [B, ")));
    expectLine(decoded(latents(float32Tensor({4}, {0, 0, 0, 0}))), HasSubstr("[4]"));
    expectLine(decoded(latents(float32Tensor({4}, {0, 0, 0, 0}), "codes")), HasSubstr("the file holds codes, and this model has none"));
    expectLine(decoded(kPicture), HasSubstr("gradient_noise_ref.png"));
    EXPECT_FALSE(fs::exists(folder / "pictures"));
}

TEST_F(HostileModels, PlacesThatCannotBeWritten) {
    const std::string model = tiny.write();
    std::ofstream(folder / "file") << "in the way";
    expectLine(run({"reconstruct", kPicture, "--model", model, "--out", folder / "file"}), AllOf(HasSubstr("there is a file where"), HasSubstr(std::string(folder / "file"))));
    expectLine(run({"encode", kPicture, "--model", model, "--out", folder / "missing/latents.npz"}), HasSubstr("missing"));
    const ProcessResult unknown = run({"encode", kPicture, "--model", model, "--out", folder / "latents.txt"});
    EXPECT_EQ(unknown.exitCode, 2) << unknown.err;
    EXPECT_THAT(unknown.err, HasSubstr(".npz, .npy or .csv"));
    expectLine(run({"render", kPicture, "--lens", "source", "--out", folder / "missing/picture.png"}), HasSubstr("missing"));
    int files = 0;
    for (const auto& entry : fs::directory_iterator(folder.path())) files += entry.is_regular_file();
    EXPECT_EQ(files, 1) << "only the file that was in the way";
}

TEST_F(HostileModels, PlacesInsideAClosedFolder) {
    const std::string model = tiny.write();
    fs::create_directory(folder / "closed");
    fs::permissions(folder / "closed", fs::perms::none);
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{"reconstruct", kPicture, "--out", folder / "closed/out"},
                                                                                           {"encode", kPicture, "--out", folder / "closed/latents.npz"}}) {
        std::vector<std::string> command{TESSERA_PROGRAM};
        command.insert(command.end(), arguments.begin(), arguments.end());
        command.insert(command.end(), {"--model", model});
        command = withoutPrivileges(command);
        if (command.empty()) GTEST_SKIP() << "root writes everywhere, and cannot be kept from it here";
        expectLine(runProcess(command, {}, true), AllOf(HasSubstr("ermission denied"), HasSubstr("closed")));
    }
    fs::permissions(folder / "closed", fs::perms::owner_all);
}

TEST_F(HostileModels, ReferencesThatAreNone) {
    const std::string model = tiny.write();
    expectLine(run({"parity", model, kPicture}), HasSubstr("gradient_noise_ref.png"));
    expectLine(run({"parity", model, folder / "missing.safetensors"}), HasSubstr("missing.safetensors"));
    ASSERT_FALSE(writeTensorFile(folder / "inputs.safetensors", {{"in.image", float32Tensor({1, 3, 8, 8}, std::vector<float>(192, 0.5f))}}));
    expectLine(run({"parity", model, folder / "inputs.safetensors"}), HasSubstr("no out.* tensors"));
    ASSERT_FALSE(writeTensorFile(folder / "outputs.safetensors", {{"out.latents", float32Tensor({1}, {0})}}));
    expectLine(run({"parity", model, folder / "outputs.safetensors"}), HasSubstr("in.image"));
    ASSERT_FALSE(writeTensorFile(folder / "odd.safetensors", {{"in.image", float32Tensor({192}, std::vector<float>(192))}, {"out.latents", float32Tensor({1}, {0})}}));
    expectLine(run({"parity", model, folder / "odd.safetensors"}), HasSubstr("[192]"));
}

}  // namespace
}  // namespace tessera::test
