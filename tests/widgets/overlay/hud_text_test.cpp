// SPDX-License-Identifier: Apache-2.0
#include "overlay/hud_text.h"

#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "overlay/resident_memory.h"

namespace tessera::overlay {
namespace {

TEST(HudText, NumbersHaveAPointAndATrueMinus) {
    EXPECT_EQ(fixed(3.14159, 2), "3.14");
    EXPECT_EQ(fixed(-0.5, 1), "\u22120.5");
    EXPECT_EQ(fixed(-0.001, 2), "0.00");
    EXPECT_EQ(fixed(-std::numeric_limits<double>::infinity(), 2), "\u2212inf");
    EXPECT_EQ(withTrueMinus("-1.5e-07"), "\u22121.5e\u221207");
    EXPECT_EQ(withTrueMinus("255"), "255");
}

TEST(HudText, BytesAreWrittenInTheUnitThatFits) {
    EXPECT_EQ(bytes(0), "0 B");
    EXPECT_EQ(bytes(1023), "1023 B");
    EXPECT_EQ(bytes(1536), "1.50 KiB");
    EXPECT_EQ(bytes(std::size_t{48} << 20), "48.0 MiB");
    EXPECT_EQ(bytes((std::size_t{1} << 30) - 1), "1.00 GiB");
    EXPECT_EQ(bytes(std::size_t{5} << 50), "5120 TiB");
}

TEST(HudText, DurationsAndSharesKeepThreeDigits) {
    EXPECT_EQ(duration(0.00084), "0.84 ms");
    EXPECT_EQ(duration(0.0123), "12.3 ms");
    EXPECT_EQ(duration(0.123), "123 ms");
    EXPECT_EQ(duration(1.2), "1.20 s");
    EXPECT_EQ(percent(2), "200 %");
    EXPECT_EQ(percent(0.125), "12.5 %");
}

TEST(ResidentMemory, GrowsWithWhatIsTouched) {
    const std::size_t before = residentBytes();
    ASSERT_GT(before, std::size_t{1} << 20);
    const std::vector<char> block(std::size_t{64} << 20, 'x');
    EXPECT_GT(residentBytes(), before + (std::size_t{60} << 20)) << block.back();
}

}  // namespace
}  // namespace tessera::overlay
