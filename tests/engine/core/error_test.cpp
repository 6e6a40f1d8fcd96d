// SPDX-License-Identifier: Apache-2.0
#include "core/error.h"

#include <cstdint>
#include <gtest/gtest.h>

namespace tessera {
namespace {

TEST(ErrorLine, IsWhatWhereAndWhatToDo) {
    EXPECT_EQ(toLine({ErrorCode::Unreadable, "the file ends too early", "cat.png", "copy it again"}),
              "the file ends too early (cat.png): copy it again");
}

TEST(ErrorLine, LeavesOutWhatIsNotKnown) {
    EXPECT_EQ(toLine({ErrorCode::Internal, "it broke", "", ""}), "it broke");
    EXPECT_EQ(toLine({ErrorCode::Internal, "it broke", "decoder", ""}), "it broke (decoder)");
    EXPECT_EQ(toLine({ErrorCode::Internal, "it broke", "", "try again"}), "it broke: try again");
    EXPECT_FALSE(toLine({}).empty());
}

TEST(ErrorLine, IsOneLineWhateverTheLibrariesSay) {
    const std::string line = toLine({ErrorCode::Internal, "first\nsecond\r\nthird", "a\tb", "do\nthis"});
    EXPECT_EQ(line.find_first_of("\r\n\t"), std::string::npos);
}

TEST(Failure, CarriesItsErrorAndItsLine) {
    try {
        throw Failure(ErrorCode::Mismatch, "another shape", "conv_in.weight", "use the right config");
    } catch (const std::exception& caught) {
        EXPECT_STREQ(caught.what(), "another shape (conv_in.weight): use the right config");
        const auto* failure = dynamic_cast<const Failure*>(&caught);
        ASSERT_NE(failure, nullptr);
        EXPECT_EQ(failure->error(),
                  (Error{ErrorCode::Mismatch, "another shape", "conv_in.weight", "use the right config"}));
    }
}

TEST(CheckedArithmetic, GivesWhatFitsAndRefusesWhatDoesNot) {
    EXPECT_EQ(checkedProduct(0, UINT64_MAX, "n"), 0U);
    EXPECT_EQ(checkedProduct(1ULL << 32, (1ULL << 32) - 1, "n"), 0xFFFFFFFF00000000ULL);
    EXPECT_EQ(checkedSum(UINT64_MAX - 1, 1, "n"), UINT64_MAX);
    EXPECT_THROW(checkedProduct(1ULL << 32, 1ULL << 32, "n"), Failure);
    try {
        checkedSum(UINT64_MAX, 1, "offset of tensor a");
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, ErrorCode::Invalid);
        EXPECT_EQ(failure.error().where, "offset of tensor a");
    }
}

TEST(AssertDeathTest, SaysWhatDidNotHoldAndAborts) {
    EXPECT_DEATH(TESSERA_ASSERT(1 + 1 == 3), "error_test.cpp:[0-9]+: .*1 \\+ 1 == 3");
}

TEST(Result, KnowsItsSides) {
    const Result<int> value = 4;
    const Result<int> error = Error{ErrorCode::Cancelled, "stopped"};
    EXPECT_TRUE(value);
    EXPECT_EQ(value.value(), 4);
    EXPECT_FALSE(error);
    EXPECT_TRUE(error.cancelled());
    EXPECT_EQ(error.error().message, "stopped");
}

}  // namespace
}  // namespace tessera
