// SPDX-License-Identifier: Apache-2.0
#include "train/data/dataset.h"

#include <fstream>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "core/error.h"
#include "engine/train/data/tar_builder.h"
#include "support/temporary_folder.h"
#include "train/data/named_dataset.h"

namespace tessera::train {
namespace {

namespace fs = std::filesystem;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Datasets : public testing::Test {
protected:
    std::string write(const std::string& name, const std::string& content) const {
        const fs::path path = m_folder.path() / name;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << content;
        return path.string();
    }
    std::string folder() const { return m_folder.path().string(); }

    template <typename Work>
    static std::string refusalOf(const Work& work) {
        try {
            work();
        } catch (const Failure& failure) {
            EXPECT_THAT(failure.what(), Not(HasSubstr("\n")));
            return failure.what();
        }
        return "accepted";
    }
    static std::string refusal(const std::string& path) {
        return refusalOf([&] { openDataset(path); });
    }
    static std::vector<std::string> names(const Dataset& data) {
        std::vector<std::string> result;
        for (std::size_t i = 0; i < data.size(); ++i) result.push_back(data.read(i).name);
        return result;
    }

private:
    TemporaryFolder m_folder;
};

TEST_F(Datasets, FolderIsReadWithAllInItInOrder) {
    for (const char* name : {"b.ppm", "a.PPM", "sub/deep/c.ppm", "sub/a.pnm", ".hidden.ppm", ".cache/d.ppm", "notes.md", "noend"}) write(name, ppmOf(3, 2, 10, 20, 30));
    const auto data = openDataset(folder());
    EXPECT_THAT(names(*data), ElementsAre("a.PPM", "b.ppm", "sub/a.pnm", "sub/deep/c.ppm"));
    const Example example = data->read(3);
    EXPECT_EQ(example.picture.width(), 3);
    EXPECT_EQ(example.picture.height(), 2);
    EXPECT_EQ(example.picture.channels(), 3);
    EXPECT_NEAR(example.picture.at(2, 1, 2), 30 / 255.0, 1e-6);
    EXPECT_THAT(example.texts, IsEmpty());
}

TEST_F(Datasets, SomeAreChosenByTheirNames) {
    for (const char* name : {"emoji-cat.ppm", "sub/emoji-dog.ppm", "emoji/clip.ppm", "word-cat.ppm"}) write(name, ppmOf(1, 1, 0, 0, 0));
    write("emoji-cat.txt", "cat");
    const auto data = openNamed(folder(), {"emoji-", "word-c"});
    EXPECT_THAT(names(*data), ElementsAre("emoji-cat.ppm", "sub/emoji-dog.ppm", "word-cat.ppm"));
    EXPECT_THAT(data->read(0).texts, ElementsAre("cat"));
    EXPECT_THAT(data->path(1), HasSubstr("sub/emoji-dog.ppm"));
    EXPECT_EQ(openNamed(folder(), {})->size(), 4U);
    EXPECT_EQ(openNamed(folder(), {"emoji-", "emoji-c", "emoji-"})->size(), 2U);
    EXPECT_THAT(refusalOf([&] { openNamed(folder(), {"emoji-", "cartoon"}); }), HasSubstr("cartoon"));
}

TEST_F(Datasets, TextsLieBesideThePicture) {
    write("a.ppm", ppmOf(1, 1, 0, 0, 0));
    write("a.txt", "\xEF\xBB\xBF a red cat \r\n\n  \nein K\xC3\xA4tzchen");
    write("b.ppm", ppmOf(1, 1, 0, 0, 0));
    write("b.txt", "");
    write("c.ppm", ppmOf(1, 1, 0, 0, 0));
    write("c.txt", "caf\xE9");
    const auto data = openDataset(folder());
    EXPECT_THAT(data->read(0).texts, ElementsAre("a red cat", "ein K\xC3\xA4tzchen"));
    EXPECT_THAT(data->read(1).texts, IsEmpty());
    EXPECT_THAT(refusalOf([&] { data->read(2); }), HasSubstr("c.txt"));
    write("c.txt", std::string((1 << 20) + 1, 'x'));
    EXPECT_THAT(refusalOf([&] { data->read(2); }), HasSubstr("longer than 1 MiB"));
}

TEST_F(Datasets, ObjectsBesideThePictureHoldTextsAsInAShard) {
    for (const char* name : {"a.ppm", "b.ppm", "c.ppm", "d.ppm"}) write(name, ppmOf(1, 1, 0, 0, 0));
    write("a.json", R"({"texts": ["one"], "named": false})");
    write("b.txt", "two");
    write("b.json", R"({"caption": "three"})");
    write("c.json", "[1, 2]");
    write("d.json", "{]");
    const auto data = openDataset(folder());
    EXPECT_THAT(data->texts(0).texts, ElementsAre("one"));
    EXPECT_FALSE(data->texts(0).named);
    EXPECT_THAT(data->read(1).texts, ElementsAre("two", "three"));
    EXPECT_TRUE(data->texts(1).named);
    EXPECT_THAT(data->texts(2).texts, IsEmpty()) << "another program's";
    EXPECT_THAT(refusalOf([&] { data->texts(3); }), HasSubstr("d.json"));
}

TEST_F(Datasets, FilesAreGivenAsTheyLie) {
    const std::string picture = ppmOf(2, 1, 1, 2, 3), path = write("pictures/a.ppm", picture);
    const std::string shard = write("shard.tar", tarFile("x/a.ppm", picture) + tarFile("x/a.json", R"({"texts": ["IMG 1"], "named": false})") + tarEnd());
    const auto bytesOf = [](const SharedBytes& bytes) { return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()); };
    const auto files = openDataset(folder() + "/pictures"), entries = openDataset(shard);
    EXPECT_EQ(files->path(0), path);
    EXPECT_EQ(entries->path(0), shard + "/x/a.ppm");
    EXPECT_EQ(bytesOf(files->file(0)), picture);
    EXPECT_EQ(bytesOf(entries->file(0)), picture);
    EXPECT_FALSE(entries->texts(0).named);
}

TEST_F(Datasets, CaptionsOfAFolder) {
    for (const char* name : {"a.ppm", "b.ppm", "sub/c.ppm", "sub/d.ppm"}) write(name, ppmOf(1, 1, 0, 0, 0));
    write("b.txt", "beside");
    write("captions.jsonl", "{\"file\": \"./a.ppm\", \"texts\": [\"one\", \" two \"]}\n\n{\"file\": \"sub/c.ppm\", \"caption\": \"three\"}\r\n"
                            "{\"file\": \"sub/c.ppm\", \"text\": \"four\", \"license\": null}\n{\"file\": \"gone.ppm\", \"texts\": []}\n{\"file\": \"sub/d.ppm\", \"texts\": null}");
    const auto data = openDataset(folder());
    EXPECT_THAT(data->read(0).texts, ElementsAre("one", "two"));
    EXPECT_THAT(data->read(1).texts, ElementsAre("beside"));
    EXPECT_THAT(data->read(2).texts, ElementsAre("three", "four"));
    EXPECT_THAT(data->read(3).texts, IsEmpty());
}

TEST_F(Datasets, BrokenCaptionsNameTheirLine) {
    write("a.ppm", ppmOf(1, 1, 0, 0, 0));
    const auto with = [&](const std::string& line) {
        write("captions.jsonl", "{\"file\": \"a.ppm\"}\n" + line + "\n");
        return refusal(folder());
    };
    for (const char* line : {"[]", "{", "{\"file\": 3}", "{\"texts\": [\"a\"]}", "{\"file\": \"a.ppm\", \"texts\": [1]}", "{\"file\": \"a.ppm\", \"text\": {}}", "{\"file\": \"\xFF\"}"})
        EXPECT_THAT(with(line), HasSubstr("line 2")) << line;
    EXPECT_THAT(with(std::string(100'000, '[')), HasSubstr("line 2"));
    write("captions.jsonl", "{\"file\": \"../a.ppm\", \"texts\": [\"x\"]}");
    EXPECT_THAT(refusal(folder()), HasSubstr("none of the pictures"));
}

TEST_F(Datasets, ListNamesPicturesRelativeToItself) {
    write("pictures/a.ppm", ppmOf(1, 1, 255, 0, 0));
    write("pictures/a.txt", "red");
    const std::string elsewhere = write("elsewhere/b.ppm", ppmOf(1, 1, 0, 255, 0));
    const auto data = openDataset(write("lists/train.txt", "../pictures/a.ppm\r\n\n" + elsewhere + "\n../pictures/gone.ppm"));
    ASSERT_EQ(data->size(), 3U);
    EXPECT_EQ(data->read(0).picture.at(0, 0, 0), 1);
    EXPECT_THAT(data->read(0).texts, ElementsAre("red"));
    EXPECT_EQ(data->read(1).picture.at(0, 0, 1), 1);
    EXPECT_THAT(refusalOf([&] { data->read(2); }), HasSubstr("no such file"));
    EXPECT_THAT(refusal(write("blank.txt", "\n \n")), HasSubstr("names no picture"));
    EXPECT_THAT(refusal(write("bytes.txt", std::string("a\0b", 3))), HasSubstr("not a list"));
}

TEST_F(Datasets, ShardsGroupEntriesByTheirNames) {
    const std::string red = ppmOf(4, 4, 255, 0, 0), green = ppmOf(4, 4, 0, 255, 0);
    write("000.tar", tarFile("x/1.ppm", red) + tarFile("x/1.txt", "first\nsecond\n") + tarFile("x/2.json", R"({"caption": "third", "width": 4, "texts": ["fourth"]})") +
                         tarFile("x/2.PPM", green) + tarFile("x/2.cls", "7") + tarFile("x/3.txt", "no picture") + tarEnd());
    write("001.tar", tarFile("v1.0/1.seg.ppm", red) + tarFile("v1.0/1.ppm", green) + tarFile("v1.0/._1.ppm", "metadata") + tarFile("../../etc/4.ppm", red) +
                         tarFile("/5.ppm", red) + tarFile("noend", red) + tarEnd());
    const auto data = openDataset(folder());
    EXPECT_THAT(names(*data), ElementsAre("000.tar/x/1.ppm", "000.tar/x/2.PPM", "001.tar/v1.0/1.ppm", "001.tar/../../etc/4.ppm", "001.tar//5.ppm"));
    EXPECT_THAT(data->read(0).texts, ElementsAre("first", "second"));
    EXPECT_EQ(data->read(0).picture.at(3, 3, 0), 1);
    EXPECT_THAT(data->read(1).texts, ElementsAre("fourth", "third"));
    EXPECT_EQ(data->read(1).picture.at(0, 0, 1), 1);
    EXPECT_EQ(data->read(2).picture.at(0, 0, 1), 1);
    EXPECT_FALSE(fs::exists(fs::path(folder()) / "x"));
    EXPECT_EQ(openDataset(folder() + "/000.tar")->size(), 2U);
}

TEST_F(Datasets, PatternPicksShards) {
    for (const char* name : {"photos-000.tar", "photos-001.tar", "graphics-000.tar", "sub/photos-002.tar"}) write(name, tarFile("1.ppm", ppmOf(1, 1, 0, 0, 0)) + tarEnd());
    EXPECT_THAT(names(*openDataset(folder() + "/photos-*.tar")), ElementsAre("photos-000.tar/1.ppm", "photos-001.tar/1.ppm"));
    EXPECT_EQ(openDataset(folder() + "/*-00?.tar")->size(), 3U);
    EXPECT_THAT(refusal(folder() + "/words-*.tar"), HasSubstr("no .tar shard has such a name"));
    EXPECT_THAT(refusal(folder() + "/gone/*.tar"), HasSubstr("cannot be read"));
}

TEST_F(Datasets, LaterEntryOfOneNameReplacesTheEarlier) {
    const auto data = openDataset(write("a.tar", tarFile("1.ppm", ppmOf(1, 1, 255, 0, 0)) + tarFile("1.pnm", ppmOf(1, 1, 0, 0, 255)) + tarFile("1.ppm", ppmOf(1, 1, 0, 255, 0)) + tarEnd()));
    ASSERT_EQ(data->size(), 1U);
    EXPECT_EQ(data->read(0).picture.at(0, 0, 1), 1);
}

TEST_F(Datasets, BrokenEntriesAreSaidWhenTheyAreRead) {
    const auto data = openDataset(write("a.tar", tarFile("1.ppm", "P6 9 9 255\nxx") + tarFile("2.ppm", "") + tarFile("3.ppm", ppmOf(1, 1, 0, 0, 0)) + tarFile("3.json", "{]") +
                                                     tarFile("4.ppm", ppmOf(1, 1, 0, 0, 0)) + tarFile("4.txt", std::string((1 << 20) + 1, 'x')) + tarFile("5\n.ppm", "?") + tarFile("6.ppm", ppmOf(1, 1, 0, 0, 0)) + tarEnd()));
    ASSERT_EQ(data->size(), 6U);
    EXPECT_THAT(refusalOf([&] { data->read(0); }), HasSubstr("truncated"));
    EXPECT_THAT(refusalOf([&] { data->read(1); }), HasSubstr("empty"));
    EXPECT_THAT(refusalOf([&] { data->read(2); }), HasSubstr("\"3.json\""));
    EXPECT_THAT(refusalOf([&] { data->read(3); }), HasSubstr("too large"));
    EXPECT_THAT(refusalOf([&] { data->read(4); }), HasSubstr("\"5?.ppm\""));
    EXPECT_EQ(data->read(5).picture.width(), 1);
}

TEST_F(Datasets, ShardThatChangesIsRefused) {
    const std::string archive = tarFile("1.ppm", ppmOf(1, 1, 0, 0, 0)) + tarEnd();
    const std::string path = write("a.tar", archive);
    const auto data = openDataset(path);
    write("a.tar", archive.substr(0, 600));
    EXPECT_THAT(refusalOf([&] { data->read(0); }), HasSubstr("changed"));
    fs::remove(path);
    EXPECT_THAT(refusalOf([&] { data->read(0); }), HasSubstr("no such file"));
}

TEST_F(Datasets, PlacesWithoutPicturesAreSaid) {
    EXPECT_THAT(refusal(folder()), HasSubstr("no picture and no .tar shard"));
    EXPECT_THAT(refusal(folder() + "/gone"), HasSubstr("no such folder or file"));
    EXPECT_THAT(refusal(write("a.zip", "PK")), HasSubstr("no data set"));
    EXPECT_THAT(refusal(write("shards/a.tar", tarFile("a.txt", "a") + tarEnd())), HasSubstr("no picture is in 1 tar archive"));
    EXPECT_THAT(refusal(write("shards/b.tar", "nothing of that kind")), HasSubstr("not a tar archive"));
    EXPECT_THAT(refusal(write("shards/c.tar", "")), HasSubstr("empty"));
    write("mixed/a.ppm", ppmOf(1, 1, 0, 0, 0));
    write("mixed/a.tar", tarFile("1.ppm", ppmOf(1, 1, 0, 0, 0)) + tarEnd());
    EXPECT_THAT(refusal(folder() + "/mixed"), HasSubstr("pictures and .tar shards"));
}

TEST_F(Datasets, LinksThatLeadBackAreNotFollowed) {
    write("sub/a.ppm", ppmOf(1, 1, 0, 0, 0));
    fs::create_directory_symlink("..", fs::path(folder()) / "sub/back");
    fs::create_symlink("sub/a.ppm", fs::path(folder()) / "b.ppm");
    fs::create_symlink("nowhere.ppm", fs::path(folder()) / "c.ppm");
    EXPECT_THAT(names(*openDataset(folder())), ElementsAre("b.ppm", "sub/a.ppm"));
}

TEST_F(Datasets, ManyThreadsReadAtOnce) {
    std::string archive;
    for (int i = 0; i < 50; ++i) archive += tarFile(std::to_string(i) + ".ppm", ppmOf(8, 8, static_cast<std::uint8_t>(i), 0, 0)) + tarFile(std::to_string(i) + ".txt", std::to_string(i));
    const auto data = openDataset(write("a.tar", archive + tarEnd()));
    std::vector<std::jthread> threads;
    std::atomic<int> wrong = 0;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&] {
            for (std::size_t i = 0; i < data->size(); ++i) {
                const Example example = data->read(i);
                if (example.texts != std::vector{std::to_string(i)} || std::abs(example.picture.at(7, 7, 0) - static_cast<float>(i) / 255) > 1e-6F) ++wrong;
            }
        });
    threads.clear();
    EXPECT_EQ(wrong, 0);
}

TEST(DatasetSamples, RealPicturesAreRead) {
    const auto data = openDataset(TESSERA_SOURCE_DIR "/resources/samples");
    std::set<std::string> names;
    for (std::size_t i = 0; i < data->size(); ++i) {
        const Example example = data->read(i);
        EXPECT_GT(example.picture.width(), 100) << example.name;
        names.insert(example.name);
    }
    EXPECT_TRUE(names.contains("coffee.png"));
    EXPECT_TRUE(names.contains("raccoon.jpg"));
}

}  // namespace
}  // namespace tessera::train
