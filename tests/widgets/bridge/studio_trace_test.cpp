// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/studio_trace.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/temporary_folder.h"

namespace tessera::test {
namespace {

// The file is opened at the first event of the program.
class StudioTrace : public testing::Test {
protected:
    static void SetUpTestSuite() { setenv("TESSERA_STUDIO_TRACE", (folder() / "trace.jsonl").c_str(), 1); }
    static TemporaryFolder& folder() {
        static TemporaryFolder folder;
        return folder;
    }
    static std::vector<std::pair<std::string, double>> events() {
        std::vector<std::pair<std::string, double>> result;
        std::ifstream file(folder() / "trace.jsonl");
        for (std::string line; std::getline(file, line);) {
            const auto json = nlohmann::json::parse(line);
            result.emplace_back(json.at("event").get<std::string>(), json.at("ms").get<double>());
        }
        return result;
    }
};

TEST_F(StudioTrace, TheProcessBeganBeforeItsFirstEvent) {
    ui::traceEvent("first_frame");
    ui::traceEvent("process_start");
    ui::traceEvent("drop");
    const auto told = events();
    ASSERT_EQ(told.size(), 3u);
    EXPECT_EQ(told[1].first, "process_start");
    const double start = told[1].second;
    EXPECT_LE(start, told[0].second);
    EXPECT_LE(told[0].second, told[2].second);
    EXPECT_LT(told[2].second - start, 60'000) << "the same clock for both";
}

TEST_F(StudioTrace, LinesOfManyThreadsStayWhole) {
    const std::size_t before = events().size();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([] {
            for (int i = 0; i < 250; ++i) ui::traceEvent("preview_swapped");
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(events().size(), before + 1000);
}

}  // namespace
}  // namespace tessera::test
