// SPDX-License-Identifier: Apache-2.0
// The canvas as a guest in a context: what it uploads, keeps, leaves behind and survives.
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

#include "canvas/texture_cache.h"
#include "support/temporary_folder.h"
#include "widgets/canvas/canvas_view.h"

namespace tessera::canvas {
namespace {

using test::differencePicture;
using test::Frame;
using test::noisePicture;
using testing::HasSubstr;

TEST(CanvasContext, APictureIsUploadedOnceWhateverShowsIt) {
    CanvasView view;
    const auto picture = noisePicture(32, 32);
    auto words = std::make_shared<Picture>(*picture);  // another picture, the same storage
    words->summary = "32 x 32 px";
    view.canvas.setPanes({paneOf({0, 0, 50, 50}, picture, bare()), paneOf({50, 0, 50, 50}, picture, bare()), paneOf({0, 50, 50, 50}, words, bare())});
    for (int i = 0; i < 5; ++i) {
        view.canvas.setCamera({0.5, 0.5, 1.0 + i});
        view.draw(100, 100);
    }
    EXPECT_EQ(view.canvas.statistics().uploads, 1U);
    view.canvas.setPanes({paneOf({0, 0, 50, 50}, noisePicture(32, 32), bare())});
    view.draw(100, 100);
    EXPECT_EQ(view.canvas.statistics().uploads, 2U) << "equal samples in another storage are another picture";
}

TEST(CanvasContext, GoingBackToAPictureCostsNoUpload) {
    CanvasView view;
    const auto first = noisePicture(32, 32), second = noisePicture(32, 32, 3, 5);
    for (int i = 0; i < 4; ++i) {
        view.canvas.setPanes({paneOf({0, 0, 50, 50}, i % 2 == 0 ? first : second, bare())});
        view.draw(50, 50);
    }
    EXPECT_EQ(view.canvas.statistics().uploads, 2U);
}

TEST(CanvasContext, TexturesThatNobodyShowsAreEvictedOverTheBudget) {
    test::GlContext context;
    TextureCache cache(4096, 150'000);
    std::vector<std::shared_ptr<const Picture>> pictures;
    for (std::uint32_t i = 0; i < 10; ++i) pictures.push_back(noisePicture(100, 100, 3, i));
    const auto show = [&](const Picture& picture) { cache.texture(picture.image, TexelKind::Colour).parts(0, {0, 0, 100, 100}); };
    for (const auto& picture : pictures) {
        show(*picture);
        cache.endFrame();
    }
    EXPECT_EQ(cache.count(), 3U) << "the one shown and two idle ones of 40 000 bytes on the device and 30 000 in memory";
    EXPECT_EQ(cache.bytes(), 120'000U);
    for (const auto& picture : pictures) show(*picture);
    cache.endFrame();
    EXPECT_EQ(cache.count(), 10U) << "what is shown stays, whatever the budget";
    cache.endFrame();
    EXPECT_EQ(cache.count(), 2U);
}

TEST(CanvasContext, OnlyWhatIsSeenOfALargePictureIsOnTheDevice) {
    CanvasView view;
    const auto picture = noisePicture(3000, 2000);
    view.canvas.setPanes({paneOf({0, 0, 300, 200}, picture, bare())});
    view.draw(300, 200);
    const auto base = std::size_t{375 * 250 * 4};  // the level of an eighth
    const std::size_t fitted = view.canvas.statistics().textureBytes;
    EXPECT_LT(fitted, 2 * base);
    view.canvas.setCamera({0.5, 0.5, 1});
    const Frame middle = view.draw(300, 200);
    EXPECT_LT(view.canvas.statistics().textureBytes, fitted + std::size_t{1200 * 1200 * 4}) << "not 24 million bytes";
    for (const int x : {0, 150, 299}) {
        for (std::size_t c = 0; c < 3; ++c)
            EXPECT_EQ(middle.at(x, 100)[c], std::lround(picture->image.at(1350 + x, 1000, static_cast<int>(c)) * 255));
    }
    view.canvas.setCamera({0.05, 0.05, 1});
    view.draw(300, 200);
    EXPECT_EQ(view.canvas.statistics().uploads, 1U) << "more of the same picture";
}

TEST(CanvasContext, StatisticsCountWhatIsOnTheDevice) {
    CanvasView view;
    view.draw(10, 10);
    const auto before = view.canvas.statistics();
    view.canvas.setPanes({paneOf({0, 0, 64, 64}, differencePicture(64, 64), bare())});
    view.draw(64, 64);
    const auto after = view.canvas.statistics();
    EXPECT_EQ(after.textures - before.textures, 1U);
    EXPECT_EQ(after.textureBytes - before.textureBytes, 64U * 64 * 4 * 2) << "four channels of 16-bit float";
}

TEST(CanvasContext, ReleaseAndInitialiseShowTheSameAgain) {
    CanvasView view;
    view.canvas.setPanes({paneOf({0, 0, 60, 60}, noisePicture(10, 10), {})});
    view.canvas.setCamera({0.5, 0.5, 50});
    const Frame before = view.draw(60, 60);
    view.canvas.release();
    EXPECT_EQ(view.canvas.statistics().textures, 0U);
    EXPECT_NE(view.canvas.draw(60, 60), "") << "without a context there is a sentence, not a crash";
    test::GlContext other;
    ASSERT_EQ(view.canvas.initialise(CanvasView::withFont()), "");
    EXPECT_EQ(view.draw(60, 60), before);
    EXPECT_EQ(view.canvas.statistics().uploads, 1U);
    view.canvas.release();
    view.context.makeCurrent();
}

TEST(CanvasContext, AContextThatWentAwayIsSurvived) {
    Canvas canvas;
    const auto picture = noisePicture(10, 10);
    canvas.setPanes({paneOf({0, 0, 20, 20}, picture, bare())});
    {
        test::GlContext lost;
        ASSERT_EQ(canvas.initialise({}), "");
        test::Target target(20, 20);
        ASSERT_EQ(canvas.draw(20, 20), "");
    }
    test::GlContext next;
    test::Target target(20, 20);
    GLuint bystander = 0;
    glGenTextures(1, &bystander);
    glBindTexture(GL_TEXTURE_2D, bystander);
    ASSERT_EQ(canvas.initialise({}), "");
    EXPECT_TRUE(glIsTexture(bystander)) << "names of the lost context are not deleted in the new one";
    target.bind();
    EXPECT_EQ(canvas.draw(20, 20), "");
    EXPECT_EQ(target.read().at(10, 10)[0], std::lround(picture->image.at(5, 5, 0) * 255));
    canvas.release();
}

TEST(CanvasContext, DestroyedWithoutReleaseItTouchesNoContext) {
    auto canvas = std::make_unique<Canvas>();
    {
        test::GlContext lost;
        ASSERT_EQ(canvas->initialise(CanvasView::withFont()), "");
    }
    canvas.reset();
}

TEST(CanvasContext, WhateverStateIsLeftBehindTheCanvasDrawsTheSame) {
    CanvasView view;
    view.canvas.setPanes({paneOf({2, 2, 60, 60}, noisePicture(10, 10), {}), paneOf({70, 2, 60, 60}, differencePicture(10, 10), {})});
    view.canvas.setCamera({0.5, 0.5, 50});
    const Frame clean = view.draw(140, 64);
    view.canvas.release();
    ASSERT_EQ(view.canvas.initialise(CanvasView::withFont()), "");
    test::Target target(140, 64);
    GLuint sampler = 0, buffer = 0, array = 0;
    glGenSamplers(1, &sampler);
    glSamplerParameteri(sampler, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    glSamplerParameteri(sampler, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    for (const GLuint unit : {0U, 1U}) glBindSampler(unit, sampler);
    glGenBuffers(1, &buffer);
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffer);
    glGenVertexArrays(1, &array);
    glBindVertexArray(array);
    glActiveTexture(GL_TEXTURE3);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, 7);
    glPixelStorei(GL_UNPACK_SKIP_ROWS, 2);
    for (const GLenum capability : {GL_SCISSOR_TEST, GL_DEPTH_TEST, GL_STENCIL_TEST, GL_CULL_FACE, GL_BLEND, GL_RASTERIZER_DISCARD})
        glEnable(capability);
    glCullFace(GL_FRONT_AND_BACK);
    glScissor(0, 0, 1, 1);
    glColorMask(GL_TRUE, GL_FALSE, GL_TRUE, GL_FALSE);
    glBlendEquation(GL_FUNC_REVERSE_SUBTRACT);
    glViewport(5, 5, 3, 3);
    glPolygonMode(GL_FRONT_AND_BACK, GL_LINE);
    EXPECT_EQ(view.canvas.draw(140, 64), "");
    EXPECT_EQ(target.read(), clean);
}

class LeavesNothing : public testing::TestWithParam<double> {};

TEST_P(LeavesNothing, BoundOrSet) {
    CanvasView view;
    PaneLook look;
    look.mapping = FieldMapping::Flip;
    view.canvas.setPanes({paneOf({0, 0, 60, 60}, noisePicture(10, 10), {}), paneOf({60, 0, 60, 60}, differencePicture(10, 10), look)});
    view.canvas.setCamera({0.5, 0.5, GetParam()});
    test::Target target(120, 60);
    GLint bound = 0, after = 0;
    glGetIntegerv(GL_FRAMEBUFFER_BINDING, &bound);
    ASSERT_EQ(view.canvas.draw(120, 60), "");
    glGetIntegerv(GL_FRAMEBUFFER_BINDING, &after);
    EXPECT_EQ(after, bound);
    for (const GLenum binding : {GL_CURRENT_PROGRAM, GL_VERTEX_ARRAY_BINDING, GL_ARRAY_BUFFER_BINDING, GL_PIXEL_UNPACK_BUFFER_BINDING}) {
        GLint name = 7;
        glGetIntegerv(binding, &name);
        EXPECT_EQ(name, 0) << binding;
    }
    for (const GLenum unit : {GL_TEXTURE1, GL_TEXTURE0}) {
        glActiveTexture(unit);
        for (const GLenum binding : {GL_TEXTURE_BINDING_2D, GL_SAMPLER_BINDING}) {
            GLint name = 7;
            glGetIntegerv(binding, &name);
            EXPECT_EQ(name, 0) << binding;
        }
    }
    EXPECT_FALSE(glIsEnabled(GL_BLEND));
    EXPECT_FALSE(glIsEnabled(GL_SCISSOR_TEST));
    GLint alignment = 0, rowLength = 7;
    glGetIntegerv(GL_UNPACK_ALIGNMENT, &alignment);
    glGetIntegerv(GL_UNPACK_ROW_LENGTH, &rowLength);
    EXPECT_EQ(alignment, 4);
    EXPECT_EQ(rowLength, 0);
    EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutNumbers, LeavesNothing, testing::Values(0.5, 3.0, 50.0));

TEST(CanvasContext, AFontThatCannotBeReadIsNamed) {
    test::GlContext context;
    Canvas canvas;
    Canvas::Options options;
    options.fontFile = "/nowhere/face.ttf";
    EXPECT_THAT(canvas.initialise(options), HasSubstr("/nowhere/face.ttf"));
    options.fontFile = TESSERA_SOURCE_DIR "/README.md";
    EXPECT_THAT(canvas.initialise(options), HasSubstr("TrueType"));
}

TEST(CanvasContext, WithoutAFontPicturesAreDrawnWithoutNumbers) {
    CanvasView view{Canvas::Options{}};
    view.canvas.setPanes({paneOf({0, 0, 64, 64}, test::plainPicture(1, 1, 10, 200, 30), {})});
    view.canvas.setCamera({0.5, 0.5, 64});
    const Frame frame = view.draw(64, 64);
    for (int x = 0; x < 64; ++x) EXPECT_EQ(frame.at(x, 32), (std::array<int, 3>{10, 200, 30}));
}

TEST(CanvasContext, AShaderThatDoesNotCompileIsASentence) {
    test::GlContext context;
    const test::TemporaryFolder folder;
    std::filesystem::copy(TESSERA_SOURCE_DIR "/shaders", folder.path(),
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    { std::ofstream(folder / "canvas/colour.frag") << "#version 330 core\nthis is no shader\n"; }
    Canvas canvas;
    Canvas::Options options;
    options.shaderDirectory = folder.path();
    ASSERT_EQ(canvas.initialise(options), "");
    canvas.setPanes({paneOf({0, 0, 20, 20}, noisePicture(20, 20), bare()), paneOf({20, 0, 20, 20}, differencePicture(20, 20), [] {
                         PaneLook look = bare();
                         look.mapping = FieldMapping::Flip;
                         return look;
                     }())});
    test::Target target(40, 20);
    EXPECT_THAT(canvas.draw(40, 20), HasSubstr("colour.frag"));
    EXPECT_NE(target.read().at(38, 18), target.read().at(10, 10)) << "the other pane is drawn";
    canvas.release();
}

}  // namespace
}  // namespace tessera::canvas
