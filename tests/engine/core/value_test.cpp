// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>
#include <set>

#include <tessera/tensor.h>
#include <tessera/value.h>

#include "core/error.h"

namespace tessera {
namespace {

TEST(Value, TextOfANumberReadsBackAsTheSameNumber) {
    for (const double number : {0.1, 1.0 / 3, -2.5e-300, 1e22, 5e-324, std::numeric_limits<double>::max()}) {
        EXPECT_EQ(std::strtod(toText(number).c_str(), nullptr), number) << toText(number);
    }
    EXPECT_EQ(toText(0.1), "0.1");
    EXPECT_EQ(toText(std::int64_t{-42}), "-42");
    EXPECT_EQ(toText(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(toText(true), "true");
    EXPECT_EQ(toText(false), "false");
    EXPECT_EQ(toText(std::string("signed")), "signed");
}

TEST(Value, DifferentTypesAreNeverEqual) {
    EXPECT_NE(Value(1.0), Value(std::int64_t{1}));
    EXPECT_NE(Value(true), Value(std::int64_t{1}));
    EXPECT_NE(Value(std::string("1")), Value(std::int64_t{1}));
}

TEST(Unit, EachButNoneHasASymbolOfItsOwn) {
    std::set<std::string_view> symbols;
    for (int u = 1; u <= static_cast<int>(Unit::LatentUnits); ++u) symbols.insert(symbolOf(static_cast<Unit>(u)));
    EXPECT_EQ(symbols.size(), 9U);
    EXPECT_EQ(symbols.count(""), 0U);
    EXPECT_EQ(symbolOf(Unit::None), "");
    EXPECT_EQ(symbolOf(Unit::Decibels), "dB");
    EXPECT_EQ(symbolOf(Unit::BitsPerPixel), "bit/px");
}

TEST(HostTensor, CountsElementsAndRefusesImpossibleShapes) {
    EXPECT_EQ(HostTensor{}.elements(), 1) << "a scalar";
    EXPECT_EQ((HostTensor{DType::F32, {2, 3, 4}, {}}.elements()), 24);
    EXPECT_EQ((HostTensor{DType::F32, {2, 0, 4}, {}}.elements()), 0);
    EXPECT_THROW((void)(HostTensor{DType::F32, {2, -3}, {}}.elements()), Failure);
    EXPECT_THROW((void)(HostTensor{DType::F32, {1LL << 40, 1LL << 40}, {}}.elements()), Failure);
    EXPECT_THROW((void)(HostTensor{DType::F32, {1LL << 62, 2}, {}}.elements()), Failure);
}

TEST(DType, SizesAndNamesAreThoseOfTheUsualLibraries) {
    EXPECT_EQ(byteSize(DType::Bool), 1U);
    EXPECT_EQ(byteSize(DType::BF16), 2U);
    EXPECT_EQ(byteSize(DType::I32), 4U);
    EXPECT_EQ(byteSize(DType::F64), 8U);
    EXPECT_EQ(nameOf(DType::BF16), "bfloat16");
    EXPECT_EQ(nameOf(DType::F32), "float32");
    EXPECT_EQ(nameOf(DType::U8), "uint8");
}

}  // namespace
}  // namespace tessera
