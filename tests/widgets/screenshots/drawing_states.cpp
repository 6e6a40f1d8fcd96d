// SPDX-License-Identifier: GPL-3.0-or-later
// States of the workspace that draws: a tiny model with random weights, and an engine that stops in the middle.
#include <algorithm>
#include <cmath>

#include <QImage>
#include <QPlainTextEdit>

#include "docks.h"
#include "generate/draw_desk.h"
#include "panels/generate/alternatives_panel.h"
#include "panels/generate/prompt_panel.h"
#include "screenshot_program.h"
#include "widgets/support/fake_engine.h"

namespace tessera::test {
namespace {

const QString kTiny = QStringLiteral(TESSERA_SOURCE_DIR "/tests/golden/vila_u/generate/model");
constexpr int kSide = 16, kDepths = 4, kPixels = 256;

void order(Studio& studio, const QString& prompt, int count = 1, quint64 seed = 41207) {
    studio.window().docks().prompt->setSettings({.prompt = prompt, .seed = seed, .count = count});
    studio.actions().queueDrawing->trigger();
}

bool waitForDrawings(Studio& studio) {
    const ui::DrawQueue& queue = studio.window().document().drawings;
    const bool ended = waitUntil([&] { return std::ranges::none_of(queue.drawings(), [](const auto& each) { return each->isOpen(); }); });
    settle(500);
    return ended;
}

/// As a model would tell it: a photograph in place of the preview, made-up probabilities.
Generation halfDrawn(const QString& photograph, int tokens) {
    Generation drawn{.rows = kSide, .columns = kSide, .depths = kDepths, .drawn = tokens, .positions = kSide * kSide};
    drawn.tokensPerSecond = 11.4;
    drawn.seconds = tokens / 11.4;
    drawn.precision = "bf16";
    GeneratedPicture picture{.seed = 41207, .codes = std::vector<std::int32_t>(kSide * kSide * kDepths, -1), .trace = {}, .frames = {}};
    for (int i = 0; i < tokens * kDepths; ++i) {
        const int token = i / kDepths, row = token / kSide, column = token % kSide;
        const double wave = 0.5 + 0.5 * std::sin(row * 0.7 + i % kDepths) * std::cos(column * 0.6);
        picture.codes[i] = (i * 7919) % 16384;
        picture.trace.probability.push_back(static_cast<float>(0.9 - 0.85 * wave));
        picture.trace.rank.push_back(static_cast<int>(wave * wave * 60));
        picture.trace.entropy.push_back(static_cast<float>(7.4 * wave));
        picture.trace.guidanceGain.push_back(static_cast<float>(2 * wave - 0.4));
        for (int k = 0; k < GenerationTrace::kAlternatives; ++k) {
            picture.trace.alternatives.push_back(k == 1 ? picture.codes[i] : (picture.codes[i] + 977 * (k + 1)) % 16384);
            picture.trace.alternativeProbabilities.push_back(static_cast<float>(0.41 * std::pow(0.62, k)));
        }
    }
    const QImage image = QImage(photograph).scaled(kPixels, kPixels, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation).copy(0, 0, kPixels, kPixels).convertToFormat(QImage::Format_RGB888);
    std::vector<std::uint8_t> samples;
    for (int y = 0; y < kPixels; ++y) samples.insert(samples.end(), image.constScanLine(y), image.constScanLine(y) + std::ptrdiff_t(3) * kPixels);
    Picture preview;
    preview.image = Image(kPixels, kPixels, 3, SharedArray<std::uint8_t>(std::move(samples)));
    picture.frames.push_back(std::move(preview));
    drawn.pictures.push_back(std::move(picture));
    return drawn;
}

std::shared_ptr<FakeEngine> adoptFake(Studio& studio) {
    auto engine = std::make_shared<FakeEngine>();
    studio.window().document().host.adopt(engine);
    ModelInfo info{.id = ModelId{7}, .name = "vila-u-7b-256", .family = "vila_u", .device = "CPU, 2 threads", .precision = "bf16"};
    info.codes.codebookSizes.assign(kDepths, 16384);
    info.capabilities = {"decode", "generate"};
    engine->opened.back()->answer(info);
    studio.session().setWorkspace(ui::WorkspaceKind::Generate);
    settle(300);
    order(studio, QStringLiteral("a leopard, walking to the left"));
    order(studio, QStringLiteral("a red spray bottle, icon"), 1, 41208);
    order(studio, QStringLiteral("two chain links"), 4, 41209);
    waitUntil([&] { return !engine->drawings.empty(); });
    return engine;
}

}  // namespace

void Program::makeDrawings() {
    make(QStringLiteral("generate-empty"), [&] {
        Studio studio;
        studio.session().setWorkspace(ui::WorkspaceKind::Generate);
        settle(500);
        save(studio.window(), QStringLiteral("generate-empty"));
    });
    make(QStringLiteral("generate"), [&] {
        studio::StartOptions start;
        start.model = kTiny;
        Studio studio(start);
        studio.session().setWorkspace(ui::WorkspaceKind::Generate);
        settle(500);
        save(studio.window(), QStringLiteral("generate-ready"));
        order(studio, QStringLiteral("a snowy mountain"), 3);
        waitForDrawings(studio);
        ui::DrawDesk& desk = studio.window().document().desk;
        for (const int token : {5, 9}) {
            desk.setToken(token);
            settle(300);
            studio.actions().forkDrawing->trigger();
            waitForDrawings(studio);
        }
        desk.setPart(QRect(1, 1, 2, 2));
        studio.actions().redrawPart->trigger();
        waitForDrawings(studio);
        desk.setToken(9);
        settle(900);
        save(studio.window(), QStringLiteral("generate"));
        desk.setSteps(7);
        settle(500);
        save(studio.window(), QStringLiteral("generate-wound"));
        studio.window().resize(kNarrow);
        settle(500);
        save(studio.window(), QStringLiteral("generate-narrow"));
    });
    make(QStringLiteral("generate-busy"), [&] {
        Studio studio;
        const auto engine = adoptFake(studio);
        engine->drawings.back()->partial(halfDrawn(samples().first(), 137));
        settle(200);
        studio.window().document().desk.setToken(103);
        settle(300);
        save(studio.window(), QStringLiteral("generate-busy"));
        engine->drawings.back()->answer(Error{ErrorCode::OutOfMemory, "the GPU's memory is full: 1.2 GB more are needed", "cuda:0", "close another model, or draw fewer pictures at once"});
        settle(300);
        studio.window().document().drawings.setPaused(true);
        settle(300);
        studio.window().document().desk.show({studio.window().document().drawings.drawings().front()->id, 0});
        settle(300);
        save(studio.window(), QStringLiteral("generate-failed"));
    });
    make(QStringLiteral("generate-last"), [&] {
        Studio studio;
        const auto engine = adoptFake(studio);
        Generation whole = halfDrawn(samples().first(), kSide * kSide);
        whole.finished = true;
        engine->drawings.back()->answer(std::move(whole));
        waitUntil([&] { return engine->drawings.size() == 2; });
        engine->drawings.back()->partial(halfDrawn(samples().last(), 90));
        settle(500);
        save(studio.window(), QStringLiteral("generate-last"));
        studio.window().resize(kNarrow);
        settle(500);
        save(studio.window(), QStringLiteral("generate-last-narrow"));
    });
}

}  // namespace tessera::test
