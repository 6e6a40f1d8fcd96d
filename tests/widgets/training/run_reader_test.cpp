// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/run_reader.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace tessera::ui {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class RunReaderTest : public testing::Test {
protected:
    void write(const std::string& name, const std::string& text, bool append = false) const {
        fs::create_directories((folder.path() / name).parent_path());
        std::ofstream(folder / name, append ? std::ios::app : std::ios::trunc) << text;
    }
    test::TemporaryFolder folder;
    RunReader reader{folder.path()};
};

constexpr const char* kRecipe = R"({"recipe": "autoencoder", "name": "mini", "hash": "abc", "steps": 40, "smoke": true, "file": "/x/mini.toml"})";

TEST_F(RunReaderTest, AFolderThatIsNotThereIsNoRun) {
    const RunSnapshot now = RunReader(folder.path() / "nowhere").read();
    EXPECT_EQ(now.facts, RunFacts());
    EXPECT_TRUE(now.log->curves().empty());
    EXPECT_TRUE(now.complete);
}

TEST_F(RunReaderTest, FactsComeFromItsFiles) {
    write("recipe.json", kRecipe);
    EXPECT_EQ(reader.read().facts, (RunFacts{.begun = true, .recipe = "autoencoder", .name = "mini", .recipeFile = "/x/mini.toml", .smoke = true, .steps = 40}));
    write("checkpoint.safetensors", "x");
    write("model/config.json", "{}");
    EXPECT_TRUE(reader.read().facts.model.empty()) << "it may be half-written";
    write("report.json", R"({"step": 12, "steps": 40, "finished": false})");
    const RunFacts facts = reader.read().facts;
    EXPECT_TRUE(facts.checkpoint);
    EXPECT_EQ(facts.report, (RunFacts::Report{.step = 12, .finished = false}));
    EXPECT_EQ(facts.model, folder / "model");
}

TEST_F(RunReaderTest, BrokenFilesAreLeftOut) {
    write("recipe.json", R"({"recipe": 3, "steps": "many", "hash": )");
    write("report.json", "[1, 2]");
    write("samples/step-12.txt", "x");
    write("samples/step-x.png", "x");
    write("samples/step-7.png.part", "x");
    write("log.csv", std::string("\0\xff\xfe,,,\n", 7));
    const RunSnapshot now = reader.read();
    EXPECT_FALSE(now.facts.begun);
    EXPECT_FALSE(now.facts.report);
    EXPECT_THAT(now.samples, IsEmpty());
    EXPECT_TRUE(now.log->curves().empty());
}

TEST_F(RunReaderTest, TheLogIsReadAsItGrowsAndAnewIfItIsAnother) {
    write("log.csv", "step,rate,gradient_norm,seconds_per_step,name,value\n1,0.1,1,1,total,5\n2,0.1,1,1,to");
    const RunSnapshot first = reader.read(), same = reader.read();
    EXPECT_THAT(first.log->find("total")->steps, ElementsAre(1));
    EXPECT_EQ(first.log, same.log) << "nothing came";
    write("log.csv", "tal,4\n", true);
    const RunSnapshot second = reader.read();
    EXPECT_THAT(second.log->find("total")->values, ElementsAre(5, 4));
    EXPECT_THAT(first.log->find("total")->values, ElementsAre(5)) << "what was given away stays as it was";
    write("log.csv", "9,0.1,1,1,kl,7\n");
    const RunSnapshot other = reader.read();
    EXPECT_EQ(other.log->find("total"), nullptr);
    EXPECT_THAT(other.log->find("kl")->steps, ElementsAre(9));
    fs::remove(folder / "log.csv");
    EXPECT_TRUE(reader.read().log->curves().empty());
}

TEST_F(RunReaderTest, ALongLogComesInParts) {
    std::string text;
    while (text.size() < (9u << 20)) text += std::to_string(text.size()) + ",0.1,1,1,total,0.123456789\n";
    write("log.csv", text);
    RunSnapshot now = reader.read();
    int reads = 1;
    for (; !now.complete; ++reads) {
        ASSERT_LT(reads, 10);
        now = reader.read();
    }
    EXPECT_GT(reads, 1);
    EXPECT_EQ(now.log->find("total")->steps.size(), static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
    EXPECT_EQ(now.log->skipped(), 0u);
}

TEST_F(RunReaderTest, SamplesStandInTheOrderOfTheirSteps) {
    for (const char* name : {"samples/step-0001000.png", "samples/step-0000500.png", "samples/step-12000000.png"}) write(name, "x");
    std::vector<std::int64_t> steps;
    for (const RunSample& sample : reader.read().samples) steps.push_back(sample.step);
    EXPECT_THAT(steps, ElementsAre(500, 1000, 12000000));
}

TEST_F(RunReaderTest, MessagesTellHowFarItIs) {
    write("messages.txt", "$ tessera train x.toml\nstep 4 of 12  kl 1.2  total 0.5  rate 0.0008  0.31 s a step\nsomething e");
    RunSnapshot now = reader.read();
    EXPECT_THAT(now.messages, ElementsAre("$ tessera train x.toml", "step 4 of 12  kl 1.2  total 0.5  rate 0.0008  0.31 s a step"));
    EXPECT_EQ(now.progress, (RunProgress{.step = 4, .steps = 12, .secondsPerStep = 0.31}));
    write("messages.txt", "lse\nstep 7 of 12  0.25 s a step\n", true);
    now = reader.read();
    EXPECT_EQ(now.messages[2], "something else");
    EXPECT_EQ(now.progress, (RunProgress{.step = 7, .steps = 12, .secondsPerStep = 0.25}));
    for (int i = 0; i < 3000; ++i) write("messages.txt", "line " + std::to_string(i) + '\n', true);
    now = reader.read();
    EXPECT_EQ(now.messages.size(), 500u);
    EXPECT_EQ(now.messages.back(), "line 2999");
}

TEST_F(RunReaderTest, WhoTrainsThereIsKnownAsLongAsItLives) {
    write("run.lock", "");
    EXPECT_EQ(reader.read().facts.writer, 0);
    int told[2];
    ASSERT_EQ(pipe(told), 0);
    const pid_t child = fork();
    if (child == 0) {
        const int file = open((folder / "run.lock").c_str(), O_RDWR);
        struct flock whole {};
        whole.l_type = F_WRLCK;
        whole.l_whence = SEEK_SET;
        fcntl(file, F_SETLK, &whole);
        [[maybe_unused]] const auto written = ::write(told[1], "x", 1);
        for (;;) pause();
    }
    char byte = 0;
    ASSERT_EQ(::read(told[0], &byte, 1), 1);
    EXPECT_EQ(reader.read().facts.writer, child);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    EXPECT_EQ(reader.read().facts.writer, 0);
    close(told[0]);
    close(told[1]);
}

}  // namespace
}  // namespace tessera::ui
