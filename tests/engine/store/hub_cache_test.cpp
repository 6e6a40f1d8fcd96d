// SPDX-License-Identifier: Apache-2.0
// The cache of huggingface_hub, as that library lays it out.
#include "store/hub_cache.h"

#include <chrono>
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kOld(40, 'a'), kNew = "b0" + std::string(38, '1');

class HubCaches : public testing::Test {
protected:
    void write(const std::string& name, const std::string& content) const {
        fs::create_directories(fs::path(folder / name).parent_path());
        std::ofstream(folder / name) << content;
    }
    /// A file of a snapshot as the library keeps it: a relative link to a blob.
    void addFile(const std::string& repository, const std::string& commit, const std::string& name, const std::string& content) const {
        const fs::path place = fs::path(repository) / "snapshots" / commit / name;
        write(repository + "/blobs/" + std::to_string(std::hash<std::string>()(content)), content);
        fs::create_directories((folder.path() / place).parent_path());
        const fs::path blob = folder.path() / repository / "blobs" / std::to_string(std::hash<std::string>()(content));
        fs::create_symlink(blob.lexically_relative((folder.path() / place).parent_path()), folder.path() / place);
    }
    std::string snapshot(const std::string& repository, const std::string& commit) const { return folder / (repository + "/snapshots/" + commit); }
    std::string found(const std::string& id) const {
        try {
            const auto path = HubCache(folder.path()).find(id);
            return path ? path->string() : "none";
        } catch (const Failure& failure) {
            return failure.what();
        }
    }
    test::TemporaryFolder folder;
};

TEST_F(HubCaches, ARepositoryStandsForTheCommitOfItsMainRevision) {
    addFile("models--org--vae", kOld, "config.json", "old");
    addFile("models--org--vae", kNew, "config.json", "new");
    write("models--org--vae/refs/main", kOld);
    write("models--org--vae/refs/refs/pr/1", kNew + "\n");
    EXPECT_EQ(found("org/vae"), snapshot("models--org--vae", kOld)) << "not the newest";
    EXPECT_EQ(found("org/vae@refs/pr/1"), snapshot("models--org--vae", kNew));
    EXPECT_EQ(found("org/vae@" + kNew), snapshot("models--org--vae", kNew));
    EXPECT_EQ(found("org/vae@b011111"), snapshot("models--org--vae", kNew));
    EXPECT_THAT(found("org/vae@b01"), AllOf(HasSubstr("without this revision"), HasSubstr("org/vae@b01"))) << "too short to be a commit";
}

TEST_F(HubCaches, WithoutAReferenceTheNewestSnapshotCounts) {
    addFile("models--org--vae", kOld, "a", "old");
    addFile("models--org--vae", kNew, "a", "new");
    const auto now = fs::file_time_type::clock::now();
    fs::last_write_time(snapshot("models--org--vae", kNew), now - std::chrono::hours(2));
    EXPECT_EQ(found("org/vae"), snapshot("models--org--vae", kOld));
    fs::last_write_time(snapshot("models--org--vae", kOld), now - std::chrono::hours(3));
    EXPECT_EQ(found("org/vae"), snapshot("models--org--vae", kNew));
    write("models--org--vae/refs/main", std::string(40, 'f'));  // whose snapshot was deleted
    EXPECT_EQ(found("org/vae"), snapshot("models--org--vae", kNew));
}

TEST_F(HubCaches, WhatIsNotWholeOrNotThereIsToldApart) {
    write("models--org--started/blobs/abc.incomplete", "half");
    EXPECT_THAT(found("org/started"), AllOf(HasSubstr("without any file"), HasSubstr("org/started"), HasSubstr(folder.path().string())));
    EXPECT_EQ(found("org/other"), "none");
}

TEST_F(HubCaches, NoIdLeadsOutOfTheCache) {
    fs::create_directories(folder.path() / "outside/snapshots/x");
    write("models--a/refs/main", "../../outside");
    fs::create_directories(folder.path() / "models--a/snapshots");
    EXPECT_THAT(found("a"), HasSubstr("without any file"));
    for (const char* id : {"", "/", "..", "../outside", "a/..", "a/b/c", "a/", "/a", "a@", "a@../../outside", "a@/etc", "a b"}) EXPECT_EQ(found(id), "none") << id;
}

TEST_F(HubCaches, ListsModelsByIdAndNothingElse) {
    addFile("models--org--vae", kOld, "a", "1");
    addFile("models--gpt2", kOld, "a", "2");
    addFile("models--org--with--dashes", kOld, "a", "3");
    addFile("datasets--org--pictures", kOld, "a", "4");
    write("models--org--empty/refs/main", kOld);
    write("models--file", "no folder");
    fs::create_directories(folder.path() / ".locks/models--org--vae");
    std::vector<std::string> ids;
    for (const auto& repository : HubCache(folder.path()).models()) ids.push_back(repository.id);
    EXPECT_THAT(ids, ElementsAre("gpt2", "org/vae", "org/with--dashes"));
    EXPECT_THAT(HubCache(folder / "missing").models(), testing::IsEmpty());
}

TEST_F(HubCaches, FoldersOfARepositoryStandForItsSnapshot) {
    addFile("models--org--vae", kOld, "a", "1");
    const std::string wanted = snapshot("models--org--vae", kOld);
    for (const char* place : {"models--org--vae", "models--org--vae/", "models--org--vae/snapshots"}) EXPECT_EQ(HubCache::snapshotFor(folder / place), wanted) << place;
    EXPECT_EQ(HubCache::snapshotFor(wanted), wanted);
    EXPECT_EQ(HubCache::snapshotFor(folder.path()), folder.path());
    EXPECT_EQ(HubCache::idOfSnapshot(wanted), "org/vae");
    EXPECT_EQ(HubCache::idOfSnapshot(wanted + "/vae"), std::nullopt);
    EXPECT_EQ(HubCache::idOfSnapshot("/tmp/model"), std::nullopt);
}

TEST(ModelPlaces, FollowTheEnvironmentAsTheLibraryDoes) {
    const auto unset = [] {
        for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TESSERA_MODELS"}) unsetenv(name);
    };
    unset();
    setenv("HOME", "/home/me", 1);
    EXPECT_EQ(HubCache::usualRoot(), "/home/me/.cache/huggingface/hub");
    EXPECT_THAT(modelFolders(), ElementsAre("/home/me/.local/share/tessera/models"));
    setenv("XDG_CACHE_HOME", "/cache", 1);
    EXPECT_EQ(HubCache::usualRoot(), "/cache/huggingface/hub");
    setenv("HF_HOME", "/hf", 1);
    EXPECT_EQ(HubCache::usualRoot(), "/hf/hub");
    setenv("HUGGINGFACE_HUB_CACHE", "/older", 1);
    EXPECT_EQ(HubCache::usualRoot(), "/older");
    setenv("HF_HUB_CACHE", "/hub", 1);
    EXPECT_EQ(HubCache::usualRoot(), "/hub");
    setenv("TESSERA_MODELS", "/a::/b c", 1);
    setenv("XDG_DATA_HOME", "/data", 1);
    EXPECT_THAT(modelFolders(), ElementsAre("/a", "/b c", "/data/tessera/models"));
    unset();
}

}  // namespace
}  // namespace tessera
