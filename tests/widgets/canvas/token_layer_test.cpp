// SPDX-License-Identifier: Apache-2.0
// The grid of tokens over a picture: where its cells lie, and what is drawn of them.
#include <gmock/gmock.h>

#include "canvas/token_layer.h"
#include "widgets/canvas/canvas_view.h"

namespace tessera::canvas {
namespace {

using test::Frame;
using test::plainPicture;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::array<int, 3> kWhite = {255, 255, 255}, kBlack = {0, 0, 0}, kGrey = {90, 90, 90};

/// A grey picture of 64 x 64 that covers a source of twice its size.
std::shared_ptr<const Picture> picture() {
    auto copy = std::make_shared<Picture>(*plainPicture(64, 64, 90, 90, 90));
    copy->sourceWidth = copy->sourceHeight = 128;
    copy->region = {0, 0, 128, 128};
    return copy;
}

/// 4 x 4 tokens over all of it: 16 pixels each.
TokenLayer layer() {
    return {.rows = 4, .columns = 4, .region = {0, 0, 128, 128}, .lines = false};
}

std::vector<char> flags(std::initializer_list<int> set) {
    std::vector<char> result(16, 0);
    for (const int each : set) result[static_cast<std::size_t>(each)] = 1;
    return result;
}

Frame drawn(const TokenLayer& layer, int side = 64, const std::function<void(Pane&)>& change = {}) {
    CanvasView view;
    Pane pane = paneOf({0, 0, static_cast<float>(side), static_cast<float>(side)}, picture(), bare());
    pane.tokens = std::make_shared<const TokenLayer>(layer);
    if (change) change(pane);
    view.canvas.setPanes({pane});
    return view.draw(side, side);
}

TEST(TokenLayer, CellsLieWhereTheirPartOfTheSourceDoes) {
    const PanePlacement placed{.originX = 10, .originY = 20, .scaleX = 2, .scaleY = 2, .width = 64, .height = 64};
    const TokenPlacement whole = placementOf(layer(), *picture(), placed);
    EXPECT_DOUBLE_EQ(whole.originX, 10);
    EXPECT_DOUBLE_EQ(whole.sideX, 32);
    EXPECT_EQ(cellAt(layer(), whole, 10 + 33, 20 + 70), (TokenLayer::Cell{2, 1}));
    EXPECT_EQ(cellAt(layer(), whole, 9, 30), std::nullopt);
    EXPECT_EQ(cellAt(layer(), whole, 10 + 128, 30), std::nullopt);
    // A grid over what was padded reaches beyond the picture.
    TokenLayer padded = layer();
    padded.region = {-32, 0, 160, 128};
    const TokenPlacement wider = placementOf(padded, *picture(), placed);
    EXPECT_DOUBLE_EQ(wider.originX, 10 - 32);
    EXPECT_DOUBLE_EQ(wider.sideX, 40);
    EXPECT_DOUBLE_EQ(wider.sideY, 32);
    EXPECT_EQ(placementOf(TokenLayer{}, *picture(), placed).sideX, 0);
}

TEST(TokenLayer, ALassoTakesCellsByTheirMiddle) {
    EXPECT_THAT(cellsInside(layer(), {{0.6, 0.2}, {2.4, 0.2}, {2.4, 1.8}, {0.6, 1.8}}), ElementsAre(TokenLayer::Cell{0, 1}, TokenLayer::Cell{1, 1}));
    // One that goes round no middle takes what it touches.
    EXPECT_THAT(cellsInside(layer(), {{2.1, 3.1}, {2.2, 3.2}}), ElementsAre(TokenLayer::Cell{3, 2}));
    EXPECT_THAT(cellsInside(layer(), {}), IsEmpty());
}

TEST(CanvasTokens, LinesRunBetweenCellsAndFadeWhereTheseAreSmall) {
    TokenLayer lines = layer();
    lines.lines = true;
    const Frame frame = drawn(lines);
    EXPECT_NE(frame.at(16, 5), kGrey);
    EXPECT_NE(frame.at(5, 32), kGrey);
    EXPECT_EQ(frame.at(17, 5), kGrey);
    EXPECT_EQ(frame.at(8, 8), kGrey);
    // 7 pixels per cell: fainter; 4: gone.
    const int whole = frame.at(16, 5)[0], fainter = drawn(lines, 28).at(7, 3)[0];
    EXPECT_GT(whole, fainter);
    EXPECT_GT(fainter, kGrey[0]);
    EXPECT_EQ(drawn(lines, 16).at(4, 1), kGrey);
}

TEST(CanvasTokens, TheCursorIsABoxOfTheAccentBetweenBlack) {
    TokenLayer cursor = layer();
    cursor.cursor = TokenLayer::Cell{1, 2};
    const Frame frame = drawn(cursor);
    EXPECT_EQ(frame.at(31, 24), (std::array{90, 167, 255})) << "outside the left edge";
    EXPECT_EQ(frame.at(29, 24), kBlack);
    EXPECT_EQ(frame.at(32, 24), kBlack) << "inside it";
    EXPECT_EQ(frame.at(40, 24), kGrey) << "what is looked at stays as it is";
    EXPECT_EQ(frame.at(8, 8), kGrey);
}

TEST(CanvasTokens, TheEdgeOfWhatIsChosenIsDashedInBothColours) {
    TokenLayer chosen = layer();
    chosen.chosen = flags({5, 6, 9, 10});
    const Frame frame = drawn(chosen);
    int light = 0, dark = 0;
    for (int y = 18; y < 46; ++y) {
        light += frame.at(16, y) == kWhite ? 1 : 0;
        dark += frame.at(16, y) == kBlack ? 1 : 0;
    }
    EXPECT_EQ(light + dark, 28) << "all of the edge";
    EXPECT_GT(light, 8);
    EXPECT_GT(dark, 8);
    EXPECT_EQ(frame.at(32, 24), kGrey) << "no line between two that are chosen";
    EXPECT_EQ(frame.at(32, 32), kGrey);
    EXPECT_EQ(frame.at(16, 8), kGrey);
}

TEST(CanvasTokens, MarksAreWhiteCornersOfTheirCells) {
    TokenLayer marked = layer();
    marked.marked = flags({5});
    const Frame frame = drawn(marked);
    EXPECT_EQ(frame.at(30, 17), kWhite);
    EXPECT_EQ(frame.at(18, 30), kGrey) << "the rest of the cell";
    EXPECT_EQ(frame.at(46, 17), kGrey) << "another cell";
}

TEST(CanvasTokens, NothingLeavesThePaneNorTheSideOfAWipe) {
    TokenLayer all = layer();
    all.lines = true;
    all.cursor = TokenLayer::Cell{0, 0};
    all.chosen = flags({0, 1, 2, 3});
    all.marked = flags({3, 7});
    CanvasView view;
    Pane pane = paneOf({16, 16, 32, 32}, picture(), bare());
    pane.tokens = std::make_shared<const TokenLayer>(all);
    view.canvas.setPanes({pane});
    view.canvas.setCamera({.centreX = 0.25, .centreY = 0.25, .zoom = 2});
    const Frame frame = view.draw(64, 64);
    for (int i = 0; i < 64; ++i) {
        EXPECT_EQ(frame.at(i, 15), (std::array{0, 0, 255})) << i;
        EXPECT_EQ(frame.at(i, 48), (std::array{0, 0, 255})) << i;
        EXPECT_EQ(frame.at(15, i), (std::array{0, 0, 255})) << i;
        EXPECT_EQ(frame.at(48, i), (std::array{0, 0, 255})) << i;
    }

    TokenLayer lines = layer();
    lines.lines = true;
    const Frame wiped = drawn(lines, 64, [](Pane& wipe) {
        wipe.other = picture();
        wipe.otherLook = bare();
        wipe.compare = Compare::Wipe;
        wipe.share = 0.4F;
    });
    EXPECT_NE(wiped.at(16, 5), kGrey);
    EXPECT_EQ(wiped.at(48, 5), kGrey) << "the other picture's tokens are not these";
}

TEST(CanvasTokens, TheyFollowTheCamera) {
    CanvasView view;
    Pane pane = paneOf({0, 0, 64, 64}, picture(), bare());
    TokenLayer cursor = layer();
    cursor.cursor = TokenLayer::Cell{0, 0};
    pane.tokens = std::make_shared<const TokenLayer>(cursor);
    view.canvas.setPanes({pane});
    view.canvas.setCamera({.centreX = 0.25, .centreY = 0.25, .zoom = 2});
    // Twice as large, from the corner: the box ends at 32.
    const Frame frame = view.draw(64, 64);
    EXPECT_EQ(frame.at(33, 16), (std::array{90, 167, 255}));
    EXPECT_EQ(frame.at(20, 20), kGrey);
}

TEST(CanvasTokens, ALassoIsDrawnAsItGoes) {
    TokenLayer lasso = layer();
    lasso.lasso = {{0.5, 2.5}, {3.5, 2.5}};
    const Frame frame = drawn(lasso);
    int drawnPixels = 0;
    for (int x = 8; x < 56; ++x) drawnPixels += frame.at(x, 40) != kGrey ? 1 : 0;
    EXPECT_GE(drawnPixels, 44);
}

}  // namespace
}  // namespace tessera::canvas
