// SPDX-License-Identifier: Apache-2.0
// The command generate with models that draw in steps, by a flow or by masks, and what models info says of them.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/families/masked_grid.h"
#include "engine/families/rae_model.h"
#include "exact_program.h"
#include "support/temporary_folder.h"
#include "support/text_files.h"

namespace {

namespace fs = std::filesystem;
using namespace tessera::test;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

TEST(GenerateByFlow, DrawsAClassAndKeepsSteps) {
    TemporaryFolder folder;
    RaeModel model;
    model.classes = "tench\ngoldfish, Carassius auratus\nshark\n";
    const std::string path = model.write();
    const json report = reported({"generate", "goldfish", "--model", path, "--seed", "5", "--count", "2", "--steps", "8", "--sampler", "heun", "--guidance-from", "0.1", "--guidance-to", "0.9", "--keep-steps", "2", "--steps-out",
                                  folder / "steps", "--out", folder / "fish.png"});
    EXPECT_EQ(report["steps"], 8);
    EXPECT_EQ(report["sampler"], "heun");
    EXPECT_DOUBLE_EQ(report["guidance"].get<double>(), 1.5) << "the model's own";
    ASSERT_EQ(report["pictures"].size(), 2u);
    EXPECT_EQ(report["pictures"][1]["out"], json{folder / "fish-2.png"});
    EXPECT_THAT(contents(folder / "fish-2.png"), AllOf(HasSubstr("Prompt"), HasSubstr("goldfish")));
    for (const char* name : {"fish-1-step001.png", "fish-1-step001-tokens.png", "fish-1-step008.png", "fish-2-step008.png"}) EXPECT_TRUE(fs::exists(folder.path() / "steps" / name)) << name;
    const auto lines = linesOf(contents(folder / "steps/fish-steps.csv"));
    ASSERT_EQ(lines.size(), 5u);
    EXPECT_EQ(lines[0], "picture,seed,step,time,mean_per_token,tokens_drawn_again");
    EXPECT_THAT(lines[1], testing::StartsWith("1,5,1,1"));
    EXPECT_THAT(lines[4], testing::StartsWith("2,6,8,0."));

    const auto same = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"generate", "1", "--model", path, "--seed", "5", "--guidance", "1.5", "--out", folder / "other.png"});
        EXPECT_EQ(exactly(more).exitCode, 0);
        return json::parse(exactly({"--json", "metrics", folder / "own.png", folder / "other.png"}).out)["psnr"] == "inf";
    };
    EXPECT_EQ(exactly({"generate", "goldfish", "--model", path, "--seed", "5", "--out", folder / "own.png"}).exitCode, 0);
    EXPECT_TRUE(same({})) << "a name is a number, and what is left out the model's own";
    EXPECT_FALSE(same({"--weak-guide"}));
    EXPECT_FALSE(same({"--towards-seed", "9", "--towards", "0.5"}));
    EXPECT_FALSE(same({"--init", folder / "fish-1.png", "--time", "0.4"}));
    EXPECT_FALSE(same({"--init", folder / "fish-1.png", "--redraw", "1,1,2,2"}));
}

TEST(GenerateByFlow, SaysWhatItCannotFollow) {
    TemporaryFolder folder;
    const RaeModel model;
    const std::string path = model.write();
    const auto refused = [&](std::vector<std::string> more, int exitCode, const std::string& part) {
        std::vector<std::string> arguments{"generate", "1", "--model", path, "--out", folder / "out.png"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        expectOneLineError(exactly(arguments), exitCode, part);
    };
    refused({"--sampler", "rk4"}, 1, "use one of: euler, heun, dopri5");
    refused({"--schedule", "cosine"}, 2, "--schedule: ");
    refused({"--keep-steps", "2"}, 2, "--steps-out");
    refused({"--time", "0.5"}, 2, "--init");
    refused({"--tokens", folder / "out.npz"}, 2, "draws no codes");
    refused({"--trace", folder / "out.csv"}, 2, "does not draw token after token");
    refused({"--init", folder / "none.png"}, 1, "none.png");
    expectOneLineError(exactly({"generate", "goldfish", "--model", path, "--out", folder / "out.png"}), 1, "classes by number");
    expectOneLineError(exactly({"generate", "7", "--model", path, "--out", folder / "out.png"}), 1, "no class 7");
}

TEST(GenerateByMasks, FollowsASchedule) {
    TemporaryFolder folder;
    MaskedGrid grid;
    grid.ofTokenizer();
    const std::string path = grid.writeInTokenizer(folder.path() / "tokenizer");
    const auto drawn = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"generate", "1", "--model", path, "--seed", "5", "--out", folder / "drawn.png"});
        return reported(more);
    };
    EXPECT_EQ(drawn({})["schedule"], "cosine") << "the model's own";
    EXPECT_EQ(drawn({"--schedule", "pow1.5"})["schedule"], "pow1.5");
    EXPECT_THAT(contents(folder / "drawn.png"), AllOf(HasSubstr("Schedule"), HasSubstr("pow1.5")));
    expectOneLineError(exactly({"generate", "1", "--model", path, "--schedule", "linear", "--out", folder / "drawn.png"}), 1, "use one of: cosine, uniform, pow0.5, pow2, pow3, or another power");
    EXPECT_THAT(exactly({"models", "info", path}).out, HasSubstr("by masks, 6 steps, schedules cosine, uniform, pow0.5, pow2, pow3"));
}

TEST(GenerateByFlow, ModelsInfoAndBenchKnowFlows) {
    const RaeModel model;
    const std::string path = model.write();
    const ProcessResult info = exactly({"models", "info", path});
    EXPECT_THAT(info.out, AllOf(HasSubstr("pictures of 3 classes, by number; by a flow, 6 steps, samplers euler, heun, dopri5, guidance 1.5, also by its weaker model, from pictures too")));
    EXPECT_EQ(reported({"models", "info", path})["drawing"]["by"], "flow");
    const json bench = reported({"bench", "--model", path, "--op", "generate", "--runs", "1"});
    EXPECT_GT(bench["items_per_second"].get<double>(), 0);
    EXPECT_GT(bench["seconds_per_picture"].get<double>(), 0);
}

}  // namespace
