// SPDX-License-Identifier: Apache-2.0
#include "overlay/hud.h"

#include <array>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <map>

#include "widgets/canvas/canvas_view.h"

namespace tessera::overlay {
namespace {

using test::Frame;
using test::Target;
using testing::HasSubstr;

std::vector<unsigned char> roboto() {
    std::ifstream file(TESSERA_SOURCE_DIR "/resources/fonts/Roboto-Regular.ttf", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

HudState someState() {
    HudState state;
    state.device = "cpu \u00b7 fp32";
    state.zoom = 2;
    state.frameSeconds = 0.0042;
    state.probes = {{"input", 17, 203, {"255", "7", "31"}}, {"difference", 17, 203, {"-0.125"}}};
    state.stages = {{"preprocess", 0.003, false}, {"encode", 0.087, false}, {"decode", 0, true}};
    state.memory = {std::size_t{48} << 20, std::size_t{512} << 20, std::size_t{300} << 20, 5, std::size_t{40} << 20, 9};
    return state;
}

/// Where a frame differs from another.
struct Change {
    int inside = 0, outside = 0;
    int left = 1 << 20, top = 1 << 20, right = 0, bottom = 0;
};
Change changeOf(const Frame& before, const Frame& after, const HudArea& area) {
    Change change;
    for (int y = 0; y < before.height; ++y) {
        for (int x = 0; x < before.width; ++x) {
            if (before.at(x, y) == after.at(x, y) && before.alphaAt(x, y) == after.alphaAt(x, y)) continue;
            const auto px = static_cast<float>(x), py = static_cast<float>(y);
            const bool inside = px >= area.x && py >= area.y && px < area.x + area.width && py < area.y + area.height;
            ++(inside ? change.inside : change.outside);
            change.left = std::min(change.left, x), change.right = std::max(change.right, x);
            change.top = std::min(change.top, y), change.bottom = std::max(change.bottom, y);
        }
    }
    return change;
}

class HudTest : public testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(hud.initialise(roboto()), ""); }
    void TearDown() override { hud.release(); }

    HudArea drawOn(Target& target, const HudState& state, float ratio = 1) {
        target.bind();
        return hud.draw(state, target.width(), target.height(), ratio);
    }

    test::GlContext context;
    Hud hud;
};

TEST_F(HudTest, LeavesRoomAtTheLeft) {
    Target target(700, 400);
    const Frame before = target.read();
    target.bind();
    const HudArea area = hud.draw(someState(), target.width(), target.height(), 1, {.left = 280});
    EXPECT_EQ(area.x, 288);
    EXPECT_GE(changeOf(before, target.read(), area).left, 288);
}

TEST_F(HudTest, DrawsInItsAreaAtOnceAndNowhereElse) {
    Target target(500, 400);
    const Frame before = target.read();
    const HudArea area = drawOn(target, someState());
    const Frame after = target.read();
    const Change change = changeOf(before, after, area);
    EXPECT_EQ(change.outside, 0);
    EXPECT_GT(change.inside, static_cast<int>(0.95F * area.width * area.height)) << "its ground is drawn in the very first frame";
    EXPECT_EQ(area.x, 8);
    EXPECT_EQ(area.y, 8);
    EXPECT_GT(area.width, 150);
    EXPECT_LT(area.x + area.width, 450);
    int light = 0;
    for (int y = 8; y < 8 + static_cast<int>(area.height); ++y) {
        for (int x = 8; x < 8 + static_cast<int>(area.width); ++x) light += after.at(x, y)[0] > 220;
    }
    EXPECT_GT(light, 100) << "words are white";
}

TEST_F(HudTest, TheFirstFrameIsAsGoodAsTheNext) {
    Target first(500, 400), second(500, 400);
    drawOn(first, someState());
    drawOn(second, someState());
    EXPECT_EQ(first.read(), second.read());
}

TEST_F(HudTest, EveryPartOfTheStateShows) {
    const auto shown = [&](const HudState& state) {
        Target target(500, 400);
        drawOn(target, state);
        return target.read();
    };
    const Frame base = shown(someState());
    const auto expectOther = [&](const char* what, const std::function<void(HudState&)>& change) {
        HudState state = someState();
        change(state);
        EXPECT_NE(shown(state), base) << what;
    };
    expectOther("device", [](HudState& s) { s.device = "cuda:0 \u00b7 bf16"; });
    expectOther("zoom", [](HudState& s) { s.zoom = 3; });
    expectOther("frame", [](HudState& s) { s.frameSeconds = 0.0051; });
    expectOther("pixel position", [](HudState& s) { s.probes[0].x = 18; });
    expectOther("value of the second pane", [](HudState& s) { s.probes[1].values[0] = "0.125"; });
    expectOther("pane name", [](HudState& s) { s.probes[1].pane = "reconstruction"; });
    expectOther("stage time", [](HudState& s) { s.stages[1].seconds = 0.088; });
    expectOther("cached", [](HudState& s) { s.stages[2] = {"decode", 0.001, false}; });
    expectOther("cache", [](HudState& s) { s.memory.cacheBytes *= 2; });
    expectOther("budget", [](HudState& s) { s.memory.cacheBudget *= 2; });
    expectOther("process", [](HudState& s) { s.memory.residentBytes *= 2; });
    expectOther("textures", [](HudState& s) { s.memory.textures = 6; });
    expectOther("texture bytes", [](HudState& s) { s.memory.textureBytes *= 2; });
    expectOther("uploads", [](HudState& s) { s.memory.uploads = 8; });
}

TEST_F(HudTest, SizesFollowThePixelRatioAndComeBack) {
    Target single(900, 800), doubled(900, 800), again(900, 800);
    const HudArea one = drawOn(single, someState(), 1);
    const HudArea two = drawOn(doubled, someState(), 2);
    EXPECT_NEAR(two.width / one.width, 2, 0.2);
    EXPECT_NEAR(two.height / one.height, 2, 0.2);
    EXPECT_EQ(two.x, 16);
    drawOn(again, someState(), 1);
    EXPECT_EQ(again.read(), single.read());
}

TEST_F(HudTest, AShorterStateTakesLessRoom) {
    Target target(500, 400), other(500, 400);
    const HudArea all = drawOn(target, someState());
    HudState state;
    state.zoom = 1;
    const HudArea little = drawOn(other, state);
    EXPECT_LT(little.height, all.height / 3);
    EXPECT_LT(little.width, all.width);
}

TEST_F(HudTest, AClickOnAHeadingFoldsItsFiguresAndAnotherUnfoldsThem) {
    Target target(500, 400);
    const auto drawn = [&](HudPointer pointer) {
        target.bind();
        return hud.draw(someState(), target.width(), target.height(), 1, {.pointer = pointer});
    };
    const HudArea whole = drawn({});
    const auto click = [&](float x, float y) {
        drawn({x, y, false});
        drawn({x, y, true});
        return drawn({x, y, false});
    };
    const float x = whole.x + 20, heading = whole.y + 12;
    EXPECT_LT(click(x, heading).height, whole.height - 30) << "three lines less";
    EXPECT_EQ(click(x, heading).height, whole.height);
    EXPECT_EQ(click(x, heading + 22).height, whole.height) << "figures are no heading";
    drawn({x, heading, true});
    EXPECT_EQ(drawn({}).height, whole.height) << "a hand that left meanwhile clicks nothing";
}

TEST_F(HudTest, WithoutMarginItBeginsInTheCorner) {
    Target target(500, 400);
    target.bind();
    const HudArea area = hud.draw(someState(), target.width(), target.height(), 2, {.margin = 0});
    EXPECT_EQ(area.x, 0);
    EXPECT_EQ(area.y, 0);
}

TEST_F(HudTest, GlIsLeftAsItWas) {
    Target target(500, 400);
    GLuint texture = 0, buffer = 0, array = 0, sampler = 0;
    glGenTextures(1, &texture);
    glGenBuffers(1, &buffer);
    glGenVertexArrays(1, &array);
    glGenSamplers(1, &sampler);
    glBindVertexArray(array);
    glBindBuffer(GL_ARRAY_BUFFER, buffer);
    glActiveTexture(GL_TEXTURE2);
    glBindTexture(GL_TEXTURE_2D, texture);
    glActiveTexture(GL_TEXTURE0);
    glBindSampler(0, sampler);
    glActiveTexture(GL_TEXTURE2);
    glEnable(GL_DEPTH_TEST);
    glDisable(GL_BLEND);
    glBlendFuncSeparate(GL_ONE, GL_SRC_COLOR, GL_ZERO, GL_DST_ALPHA);
    glBlendEquationSeparate(GL_MAX, GL_MIN);
    glScissor(1, 2, 3, 4);
    glViewport(5, 6, 7, 8);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, 3);
    constexpr std::array kIntegers = {GL_CURRENT_PROGRAM,     GL_VERTEX_ARRAY_BINDING, GL_ARRAY_BUFFER_BINDING, GL_ACTIVE_TEXTURE,
                                      GL_TEXTURE_BINDING_2D,  GL_SAMPLER_BINDING,      GL_BLEND_SRC_RGB,        GL_BLEND_DST_RGB,
                                      GL_BLEND_SRC_ALPHA,     GL_BLEND_DST_ALPHA,      GL_BLEND_EQUATION_RGB,   GL_BLEND_EQUATION_ALPHA,
                                      GL_FRAMEBUFFER_BINDING, GL_UNPACK_ALIGNMENT,     GL_UNPACK_ROW_LENGTH,    GL_PIXEL_UNPACK_BUFFER_BINDING};
    constexpr std::array kSwitches = {GL_BLEND, GL_DEPTH_TEST, GL_SCISSOR_TEST, GL_CULL_FACE, GL_STENCIL_TEST, GL_PRIMITIVE_RESTART};
    const auto state = [&] {
        std::map<GLenum, std::array<GLint, 4>> values;
        for (const GLenum name : kIntegers) glGetIntegerv(name, values[name].data());
        glGetIntegerv(GL_VIEWPORT, values[GL_VIEWPORT].data());
        glGetIntegerv(GL_SCISSOR_BOX, values[GL_SCISSOR_BOX].data());
        for (const GLenum name : kSwitches) values[name][0] = glIsEnabled(name);
        glActiveTexture(GL_TEXTURE0);
        glGetIntegerv(GL_SAMPLER_BINDING, values[GL_TEXTURE0].data());
        glGetIntegerv(GL_TEXTURE_BINDING_2D, values[GL_TEXTURE0].data() + 1);
        glActiveTexture(static_cast<GLenum>(values[GL_ACTIVE_TEXTURE][0]));
        return values;
    };
    const auto before = state();
    hud.draw(someState(), 500, 400, 1);
    EXPECT_EQ(state(), before) << "the frame that makes its objects";
    hud.draw(someState(), 500, 400, 1);
    EXPECT_EQ(state(), before);
    hud.draw(someState(), 500, 400, 1.5F);
    EXPECT_EQ(state(), before) << "the frame that makes its letters anew";
    EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
}

TEST_F(HudTest, TheCanvasDrawsTheSameBeforeAndAfterIt) {
    canvas::Canvas canvas;
    ASSERT_EQ(canvas.initialise(canvas::CanvasView::withFont()), "");
    canvas.setPanes({canvas::paneOf({0, 0, 250, 400}, test::noisePicture(8, 8)), canvas::paneOf({250, 0, 250, 400}, test::differencePicture(8, 8))});
    canvas.setCamera({0.5, 0.5, 60});
    Target target(500, 400);
    ASSERT_EQ(canvas.draw(500, 400), "");
    const Frame alone = target.read();
    const HudArea area = hud.draw(someState(), 500, 400, 1);
    const Frame both = target.read();
    const Change change = changeOf(alone, both, area);
    EXPECT_EQ(change.outside, 0) << "the picture beside it is untouched";
    EXPECT_GT(change.inside, 1000);
    for (int y = 0; y < 400; y += 7) EXPECT_EQ(both.alphaAt(20, y), 255) << "an opaque canvas stays opaque";
    ASSERT_EQ(canvas.draw(500, 400), "");
    EXPECT_EQ(target.read(), alone);
    canvas.release();
}

TEST_F(HudTest, ReleaseAndInitialiseShowTheSameInANewContext) {
    Target target(500, 400);
    drawOn(target, someState());
    const Frame before = target.read();
    hud.release();
    EXPECT_FALSE(hud.initialised());
    EXPECT_EQ(drawOn(target, someState()).width, 0) << "nothing is drawn meanwhile";
    test::GlContext next;
    ASSERT_EQ(hud.initialise(roboto()), "");
    Target other(500, 400);
    drawOn(other, someState());
    EXPECT_EQ(other.read(), before);
    hud.release();
    context.makeCurrent();
    ASSERT_EQ(hud.initialise(roboto()), "");
}

TEST_F(HudTest, AContextThatWentAwayIsSurvived) {
    {
        test::GlContext lost;
        Hud second;
        ASSERT_EQ(second.initialise(roboto()), "");
        Target target(500, 400);
        second.draw(someState(), 500, 400, 1);
    }
    Hud third;
    {
        test::GlContext lost;
        ASSERT_EQ(third.initialise(roboto()), "");
    }
    context.makeCurrent();
    ASSERT_EQ(third.initialise(roboto()), "");
    Target target(500, 400), twin(500, 400);
    third.draw(someState(), 500, 400, 1);  // on the twin, made last
    third.release();
    drawOn(target, someState());
    EXPECT_EQ(target.read(), twin.read()) << "the other HUD goes on";
}

TEST_F(HudTest, BytesThatAreNoFaceAreRefused) {
    Hud other;
    EXPECT_THAT(other.initialise({}), HasSubstr("TrueType"));
    EXPECT_THAT(other.initialise(std::vector<unsigned char>(5000, 9)), HasSubstr("TrueType"));
    EXPECT_FALSE(other.initialised());
}

}  // namespace
}  // namespace tessera::overlay
