// SPDX-License-Identifier: Apache-2.0
// Which models the engine finds on a computer, and what a name, an id or a folder opens.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/families/masked_grid.h"
#include "support/model_folder.h"
#include "support/temporary_folder.h"
#include "support/test_engine.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ModelSearch : public testing::Test {
protected:
    ModelSearch() {
        fs::create_directory(hub());
        fs::create_directory(models());
        setenv("HF_HUB_CACHE", hub().c_str(), 1);
        setenv("TESSERA_MODELS", models().c_str(), 1);
        setenv("XDG_DATA_HOME", (folder / "data").c_str(), 1);
    }
    fs::path hub() const { return folder.path() / "hub"; }
    fs::path models() const { return folder.path() / "models"; }

    /// A small model that can be opened, made unlike the others.
    void addModel(const fs::path& place) {
        fs::create_directories(place.parent_path());
        HostTensor& bias = tiny.tensors.at("decoder.up.bias");
        std::vector<float> values(static_cast<std::size_t>(bias.elements()), static_cast<float>(++m_count));
        bias.bytes = SharedBytes(std::vector<std::byte>(reinterpret_cast<const std::byte*>(values.data()), reinterpret_cast<const std::byte*>(values.data() + values.size())));
        fs::copy(tiny.write(), place, fs::copy_options::recursive);
    }
    /// As huggingface_hub keeps it: links to blobs named by their hash.
    fs::path addRepository(const std::string& name, const std::string& commit, const std::string& inside = {}) {
        const fs::path repository = hub() / name, snapshot = repository / "snapshots" / commit;
        addModel(repository / "unpacked");
        fs::create_directories(repository / "blobs");
        fs::create_directories(repository / "refs");
        fs::create_directories(snapshot / inside);
        for (const auto& file : fs::directory_iterator(repository / "unpacked")) {
            const std::string blob = std::to_string(m_count) + file.path().stem().string();
            fs::rename(file.path(), repository / "blobs" / blob);
            fs::create_symlink((repository / "blobs" / blob).lexically_relative(snapshot / inside), snapshot / inside / file.path().filename());
        }
        fs::remove(repository / "unpacked");
        std::ofstream(repository / "refs/main") << commit;
        return snapshot;
    }
    std::vector<std::string> found() const {
        std::vector<std::string> names;
        for (const ModelEntry& entry : engine->models()) {
            if (!entry.embedded) names.push_back(entry.name);
        }
        return names;
    }
    /// Path of what a reference opens, or the reason why it opens nothing.
    std::string opened(const std::string& reference) {
        const auto model = openModel(*engine, reference);
        return model ? model.value().path : toLine(model.error());
    }

    TemporaryFolder folder;
    ModelFolder tiny{"tessera_autoencoder/tiny"};
    std::shared_ptr<Engine> engine = openCpuEngine();

private:
    int m_count = 0;
};

TEST_F(ModelSearch, HubRepositoriesAreListedAndOpenedByTheirIds) {
    const fs::path snapshot = addRepository("models--org--vae", std::string(40, 'a'));
    addRepository("models--single", std::string(40, 'b'));
    fs::create_directories(hub() / "models--org--text/snapshots/abc");
    std::ofstream(hub() / "models--org--text/snapshots/abc/config.json") << "{}";
    EXPECT_THAT(found(), ElementsAre("org/vae", "single"));
    EXPECT_EQ(opened("org/vae"), snapshot);
    EXPECT_EQ(opened("org/vae@main"), snapshot);
    EXPECT_EQ(opened((hub() / "models--org--vae").string()), snapshot);
    EXPECT_EQ(opened((hub() / "models--org--vae/").string()), snapshot);
    EXPECT_EQ(opened((snapshot / "model.safetensors").string()), snapshot / "model.safetensors") << "with the config beside the link";
    const auto model = openModel(*engine, "org/vae");
    ASSERT_TRUE(model) << toLine(model.error());
    EXPECT_EQ(model.value().name, "org/vae");
    EXPECT_THAT(opened("org/text"), HasSubstr("holds no checkpoint"));
    EXPECT_THAT(opened("org/other"), AllOf(HasSubstr("no such model"), HasSubstr(hub().string()), HasSubstr("mini-autoencoder")));
}

TEST_F(ModelSearch, AModelIsNamedByThePartOfItsPathThatTellsIt) {
    for (const char* place : {"runs/first/model", "runs/first/ckpts/last", "FLUX.1-dev/vae", "mine"}) addModel(folder.path() / place);
    const auto nameOf = [&](const char* place) {
        const auto model = openModel(*engine, folder / place);
        return model ? model.value().name : toLine(model.error());
    };
    EXPECT_EQ(nameOf("runs/first/model"), "first/model");
    EXPECT_EQ(nameOf("runs/first/ckpts/last/"), "first/ckpts/last");
    EXPECT_EQ(nameOf("FLUX.1-dev/vae"), "FLUX.1-dev/vae");
    EXPECT_EQ(nameOf("mine"), "mine");
    EXPECT_EQ(nameOf("mine/model.safetensors"), "mine/model.safetensors");
}

TEST_F(ModelSearch, AHubFileWhoseBlobIsGoneIsNamed) {
    const fs::path snapshot = addRepository("models--org--vae", std::string(40, 'a'));
    fs::remove(fs::canonical(snapshot / "model.safetensors"));
    EXPECT_THAT(found(), ElementsAre());
    EXPECT_THAT(opened("org/vae"), AllOf(HasSubstr("model.safetensors"), HasSubstr("no such file")));
}

TEST_F(ModelSearch, ModelFoldersAreSearchedFourDeepAndNamedByTheirPaths) {
    addModel(models() / "flat");
    addModel(models() / "team/project/run");
    addModel(models() / "1/2/3/4");
    addModel(models() / "a/b/c/d/e");
    addModel(models() / ".hidden/model");
    std::ofstream(models() / "README.json") << "{}";
    EXPECT_THAT(found(), ElementsAre("1/2/3/4", "flat", "team/project/run"));
    EXPECT_EQ(opened("flat"), models() / "flat");
    EXPECT_EQ(opened("team/project/run"), models() / "team/project/run");
    EXPECT_EQ(opened((models() / "team").string()), models() / "team/project/run") << "the only one in there";
    EXPECT_THAT(opened("../models/flat"), HasSubstr("no such model"));
}

TEST_F(ModelSearch, LinksAreFollowedButNeverRoundInCircles) {
    addModel(folder.path() / "elsewhere/vae");
    fs::create_directory_symlink(folder.path() / "elsewhere/vae", models() / "linked");
    fs::create_directory_symlink(folder.path() / "elsewhere/vae", models() / "twice");
    fs::create_directory_symlink("..", models() / "up");
    fs::create_directory_symlink(".", models() / "self");
    fs::create_directory_symlink("nowhere", models() / "broken");
    EXPECT_THAT(found(), ElementsAre("linked"));
    EXPECT_EQ(opened("twice"), models() / "twice");
}

TEST_F(ModelSearch, AFolderOfSeveralModelsAsksForOneOfThem) {
    addModel(models() / "first");
    addModel(models() / "deeper/second");
    EXPECT_THAT(opened(models().string()), AllOf(HasSubstr("holds 2 models"), HasSubstr("deeper/second, first"), HasSubstr(models().string())));
    fs::remove_all(models() / "deeper");
    EXPECT_EQ(opened(models().string()), models() / "first");
}

TEST_F(ModelSearch, WhatDrawsForATokenizerIsListedBesideIt) {
    MaskedGrid grid;
    grid.ofTokenizer();
    grid.writeInTokenizer(models() / "mini");
    grid.config["tokenizer"] = "../../other";  // which is not where it lies
    grid.write(models() / "mini/stray");
    EXPECT_THAT(found(), ElementsAre("mini", "mini/masked_generator"));
    EXPECT_EQ(opened("mini"), models() / "mini");
    const auto generator = openModel(*engine, "mini/masked_generator");
    ASSERT_TRUE(generator) << toLine(generator.error());
    EXPECT_EQ(generator.value().name, "mini/masked_generator");
    // Its pictures are the tokenizer's: another one is another model.
    fs::copy_file(models() / "mini/config.json", models() / "mini/notes.json");
    const auto other = openModel(*engine, "mini/masked_generator");
    ASSERT_TRUE(other) << toLine(other.error());
    EXPECT_NE(other.value().fingerprint, generator.value().fingerprint);
}

TEST_F(ModelSearch, BrokenFoldersHideNothing) {
    addModel(models() / "good");
    addModel(models() / "cut");
    fs::resize_file(models() / "cut/model.safetensors", 100);
    fs::create_directories(models() / "page");
    std::ofstream(models() / "page/weights.safetensors") << "<!DOCTYPE html>";
    fs::create_directories(models() / "closed");
    fs::permissions(models() / "closed", fs::perms::none);
    EXPECT_THAT(found(), ElementsAre("good"));
    EXPECT_THAT(opened("cut"), AllOf(HasSubstr("truncated"), HasSubstr("cut/model.safetensors")));
    fs::permissions(models() / "closed", fs::perms::owner_all);
}

TEST_F(ModelSearch, NothingThereIsNoError) {
    fs::remove_all(hub());
    fs::remove_all(models());
    EXPECT_THAT(found(), ElementsAre());
    EXPECT_FALSE(engine->models().empty()) << "the embedded ones are";
}

}  // namespace
}  // namespace tessera::test
