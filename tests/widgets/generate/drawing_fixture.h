// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bridge/engine_host.h"
#include "generate/draw_desk.h"
#include "generate/draw_queue.h"
#include "widgets/support/event_loop.h"
#include "widgets/support/fake_engine.h"

namespace tessera::test {

inline constexpr int kRows = 2, kColumns = 3, kDepths = 2, kTokens = kRows * kColumns;

/// A fake engine whose model "painter" draws 2 x 3 tokens of two depths.
class DrawingFixture : public testing::Test {
protected:
    DrawingFixture() {
        QObject::connect(&queue, &ui::DrawQueue::finished, &queue, [this](ui::DrawingId id) { finished.push_back(id); });
        QObject::connect(&queue, &ui::DrawQueue::failed, &queue, [this](ui::DrawingId id) { failed.push_back(id); });
    }
    void openPainter() {
        host.adopt(engine);
        host.chooseModel(painter);
        engine->giveModel(7, {"decode", "generate"});
        runQueued();
        ASSERT_NE(queue.drawer(painter), nullptr);
    }
    ui::DrawingId order(const QString& prompt = QStringLiteral("a leopard"), int count = 1, quint64 seed = 5) {
        const ui::DrawingId id = queue.add({.prompt = prompt, .seed = seed, .count = count}, painter);
        runQueued();
        return id;
    }
    /// As the engine tells it after so many tokens: code = 10 * token + depth, of the next picture 100 more; likeliest were 90 and the code itself.
    static Generation after(int tokens, int count = 1, bool finished = false, std::uint64_t seed = 5) {
        Generation drawn{.rows = kRows, .columns = kColumns, .depths = kDepths, .drawn = tokens, .positions = kTokens};
        drawn.tokensPerSecond = 2;
        drawn.seconds = tokens / 2.0;
        drawn.precision = "fp32";
        drawn.finished = finished;
        for (int picture = 0; picture < count; ++picture) {
            GeneratedPicture each{.seed = seed + static_cast<std::uint64_t>(picture), .codes = std::vector<std::int32_t>(kTokens * kDepths, -1), .trace = {}, .frames = {}};
            for (int i = 0; i < tokens * kDepths; ++i) {
                each.codes[i] = 100 * picture + 10 * (i / kDepths) + i % kDepths;
                each.trace.probability.push_back(0.25F);
                each.trace.rank.push_back(1);
                each.trace.entropy.push_back(2);
                for (int k = 0; k < GenerationTrace::kAlternatives; ++k) {
                    each.trace.alternatives.push_back(k == 0 ? 90 : k == 1 ? each.codes[i] : -1);
                    each.trace.alternativeProbabilities.push_back(k == 0 ? 0.5F : k == 1 ? 0.25F : 0.0F);
                }
            }
            if (finished) each.frames.push_back(fakePicture(12, 8, static_cast<std::uint8_t>(50 + picture)));
            drawn.pictures.push_back(std::move(each));
        }
        return drawn;
    }
    std::shared_ptr<FakeEngine::DrawingJob> job() { return engine->drawings.back(); }
    void finish(int count = 1, std::uint64_t seed = 5) {
        job()->answer(after(kTokens, count, true, seed));
        runQueued();
    }
    ui::Drawing::State stateOf(ui::DrawingId id) { return queue.find(id)->state; }

    std::shared_ptr<FakeEngine> engine = std::make_shared<FakeEngine>();
    ui::EngineHost host;
    ui::ModelChoice painter{"painter"};
    ui::DrawQueue queue{host};
    ui::DrawDesk desk{queue, host};
    std::vector<ui::DrawingId> finished, failed;
};

}  // namespace tessera::test
