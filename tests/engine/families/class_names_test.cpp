// SPDX-License-Identifier: Apache-2.0
#include "families/class_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace tessera {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusal(const ClassNames& classes, std::string_view prompt) {
    try {
        return "class " + std::to_string(classes.find(prompt));
    } catch (const Failure& failure) {
        return toLine(failure.error());
    }
}

TEST(ClassNames, AThousandWithoutNamesAreImageNets) {
    const ClassNames classes(1000, {});
    ASSERT_EQ(classes.names().size(), 1000u);
    EXPECT_EQ(classes.names().front(), "tench, Tinca tinca");
    EXPECT_EQ(classes.names().back(), "toilet tissue, toilet paper, bathroom tissue");
    for (const std::string& name : classes.names()) EXPECT_FALSE(name.empty());
    EXPECT_EQ(classes.find("golden retriever"), 207);
    EXPECT_EQ(classes.find("Golden_Retriever "), 207);
    EXPECT_EQ(classes.find("388"), 388);
    for (const char* panda : {"giant panda", "panda bear", "coon bear", "Ailuropoda melanoleuca", "giant panda, panda, panda bear, coon bear, Ailuropoda melanoleuca"}) EXPECT_EQ(classes.find(panda), 388) << panda;
    EXPECT_EQ(classes.find("crane"), 134) << "the bird comes before the machine, 517";
    EXPECT_THAT(refusal(classes, "goldfisch"), AllOf(HasSubstr("there is no class \"goldfisch\""), HasSubstr("\"goldfish, Carassius auratus\" (1)")));
    EXPECT_THAT(refusal(classes, "1000"), HasSubstr("there is no class 1000"));
}

TEST(ClassNames, OtherCountsAndOwnNamesStayAsTheyAre) {
    for (const int count : {0, 10, 999, 1001}) EXPECT_TRUE(ClassNames(count, {}).names().empty()) << count;
    EXPECT_THAT(refusal(ClassNames(10, {}), "tench"), HasSubstr("draws classes by number"));
    std::vector<std::string> own(1000, "thing");
    own[3] = "tench";
    const ClassNames classes(1000, own);
    EXPECT_EQ(classes.names(), own);
    EXPECT_EQ(classes.find("tench"), 3);
    EXPECT_THAT(refusal(classes, "goldfish"), HasSubstr("there is no class"));
}

}  // namespace
}  // namespace tessera
