// SPDX-License-Identifier: Apache-2.0
// A lens that one file and one line of the list add to an engine: everything that lists, parses, checks and draws lenses has it.
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/engine_library.h>
#include <tessera/wait.h>

#include "support/process.h"
#include "support/temporary_folder.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;

class OneMoreLens : public testing::Test {
protected:
    static std::shared_ptr<Engine> engineOf(const char* library) {
        setenv("TESSERA_ENGINE", library, 1);
        auto engine = openEngine({.device = "cpu", .resourceDirectory = TESSERA_SOURCE_DIR "/resources"});
        EXPECT_TRUE(engine) << toLine(engine.error());
        return engine ? std::move(engine).value() : nullptr;
    }
    static Result<Picture> draw(Engine& engine, const Query& query) {
        return wait<Picture>([&](auto observer) { return engine.request(query, Priority::Visible, std::move(observer)); });
    }
    ProcessResult tessera(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), TESSERA_PROGRAM);
        return runProcess(arguments, {{"TESSERA_ENGINE", TESSERA_EXTENDED_ENGINE}});
    }
    /// 4 x 2 pixels, binary PPM.
    std::string tinyPicture() {
        const std::string path = m_folder / "tiny.ppm";
        std::ofstream file(path, std::ios::binary);
        file << "P6\n4 2\n255\n";
        for (int i = 0; i < 24; ++i) file.put(static_cast<char>(i * 10));
        return path;
    }

    TemporaryFolder m_folder;
};

TEST_F(OneMoreLens, IsListedAfterAllOthersWithItsParameters) {
    const auto extended = engineOf(TESSERA_EXTENDED_ENGINE);
    ASSERT_TRUE(extended);
    const std::vector<LensInfo> lenses = extended->lenses();
    ASSERT_EQ(lenses.back().name, "inverted");
    EXPECT_EQ(lenses.back().parameters.back().name, "amount");
    EXPECT_EQ(lenses.back().others, Others::None);
    EXPECT_GE(lenses.size(), 12u) << "the others are still there";
    EXPECT_EQ(lenses.front().name, "source");
}

TEST_F(OneMoreLens, DrawsAndChecksItsParametersThroughARealEngine) {
    const auto engine = engineOf(TESSERA_EXTENDED_ENGINE);
    ASSERT_TRUE(engine);
    const SourceId source = engine->addSource({.path = tinyPicture()});
    const ParameterSet whole{{"size", std::int64_t(0)}, {"crop", std::string("whole")}};
    const auto picture = draw(*engine, {"inverted", {.source = source}, whole});
    ASSERT_TRUE(picture) << toLine(picture.error());
    ASSERT_EQ(picture.value().image.width(), 4);
    for (int i = 0; i < 24; ++i) EXPECT_NEAR(picture.value().image.at(i / 3 % 4, i / 12, i % 3), 1 - i * 10 / 255.0, 1e-6) << i;
    const auto refused = draw(*engine, {"inverted", {.source = source}, {{"amount", 1.5}}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(toLine(refused.error()), "the value 1.5 is out of range (amount): use 0 to 1");
}

TEST_F(OneMoreLens, TheCommandLineListsParsesAndWritesIt) {
    const auto help = tessera({"render", "--help"});
    EXPECT_EQ(help.exitCode, 0);
    EXPECT_THAT(help.out, HasSubstr("inverted  The input as a negative"));
    EXPECT_THAT(help.out, HasSubstr("amount=1  How much of the negative (0 to 1)"));
    const std::string out = m_folder / "out.png";
    const auto written = tessera({"render", tinyPicture(), "--lens", "inverted:amount=0.5,size=0,crop=whole", "--out", out});
    EXPECT_EQ(written.exitCode, 0) << written.err;
    EXPECT_TRUE(std::ifstream(out).good());
    const auto unknown = tessera({"render", tinyPicture(), "--lens", "inverted:colour=1", "--out", out});
    EXPECT_EQ(unknown.exitCode, 2);
    EXPECT_THAT(unknown.err, HasSubstr("size, crop, amount"));
    const auto other = tessera({"render", tinyPicture(), "--lens", "telescope", "--out", out});
    EXPECT_EQ(other.exitCode, 2);
    EXPECT_THAT(other.err, HasSubstr("inverted"));
}

}  // namespace
}  // namespace tessera::test
