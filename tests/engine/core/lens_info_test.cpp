// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <tessera/engine.h>

namespace tessera {
namespace {

ModelInfo modelOf(int channels) {
    ModelInfo model;
    model.latentChannels = channels;
    return model;
}

const ParameterSpec kChannel{
    .name = "channel", .initial = std::int64_t(20), .low = std::int64_t(0), .high = std::int64_t(4095), .help = "which", .countedBy = "latent_channels"};

TEST(LensInfo, AParameterThatCountsChannelsEndsWithThoseOfTheModel) {
    const ParameterSpec bounded = boundedFor(kChannel, modelOf(16));
    EXPECT_EQ(bounded.low, Value(std::int64_t(0)));
    EXPECT_EQ(bounded.high, Value(std::int64_t(15)));
    EXPECT_EQ(bounded.initial, Value(std::int64_t(15))) << "20 is no channel of this model";
    EXPECT_EQ(bounded.help, kChannel.help);
    EXPECT_EQ(boundedFor(kChannel, modelOf(64)).initial, kChannel.initial);
}

TEST(LensInfo, WhatNoCountBoundsStaysAsItIs) {
    ParameterSpec free = kChannel;
    free.countedBy.clear();
    EXPECT_EQ(boundedFor(free, modelOf(16)), free);
    EXPECT_EQ(boundedFor(kChannel, modelOf(0)), kChannel) << "a model that tells no number of channels";
    ParameterSpec unknown = kChannel;
    unknown.countedBy = "wheels";
    EXPECT_EQ(boundedFor(unknown, modelOf(16)), unknown);
    EXPECT_EQ(countOf(modelOf(16), "wheels"), std::nullopt);
    EXPECT_EQ(countOf(modelOf(16), "latent_channels"), 16);
    ParameterSpec fraction{.name = "strength", .initial = 0.5, .low = 0.0, .high = 1.0, .countedBy = "latent_channels"};
    EXPECT_EQ(boundedFor(fraction, modelOf(16)), fraction) << "counts bound integers only";
}

TEST(LensInfo, EveryWrongNumberOfOtherCellsIsASentence) {
    using enum Others;
    const auto line = [](Others others, std::size_t count) {
        const auto error = wrongOthers("blend", others, count);
        return error ? toLine(*error) : std::string();
    };
    for (const auto& [others, count] : {std::pair(None, 0), {Reference, 0}, {Reference, 1}, {Required, 1}, {Board, 0}, {Board, 1}, {Board, 1000}}) {
        EXPECT_EQ(line(others, static_cast<std::size_t>(count)), "") << static_cast<int>(others) << ", " << count;
    }
    EXPECT_EQ(line(None, 1), "this lens draws from its own cell alone (lens blend): name no other cell");
    EXPECT_EQ(line(Reference, 2), "this lens compares with one other cell, not with 2 (lens blend): name one other cell, or none");
    EXPECT_EQ(line(Required, 0), "this lens needs one other cell, and none is named (lens blend): name exactly one other picture or model");
    EXPECT_EQ(line(Required, 3), "this lens needs one other cell, and 3 are named (lens blend): name exactly one other picture or model");
    EXPECT_EQ(wrongOthers("blend", Required, 0)->code, ErrorCode::Invalid);
}

}  // namespace
}  // namespace tessera
