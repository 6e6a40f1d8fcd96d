// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "widgets/support/event_loop.h"
#include "widgets/support/fake_engine.h"
#include "workspace/session.h"

namespace tessera::test {

inline constexpr int kInput = 0, kReconstruction = 1, kDifference = 2;

/// A session, a host and a board on an engine that answers what the test says.
class BoardFixture : public testing::Test {
protected:
    BoardFixture() {
        board.emplace(session, host);
        session.setInitialModel({"mini", Precision::Auto});
        QObject::connect(&*board, &ui::CellBoard::cellChanged, [this](ui::RowId row, int column) { changed.emplace_back(row, column); });
    }
    ~BoardFixture() override {
        // As in the studio: the board goes first, then the engine.
        board.reset();
    }

    /// With an engine and its model open.
    void start() {
        host.adopt(engine);
        engine->giveModel(1);
        runQueued();
    }
    ui::RowId add(const std::string& path) {
        const ui::RowId row = session.addRows({{.path = path}})[0];
        runQueued();
        return row;
    }
    std::vector<ui::RowId> addMany(int count) {
        std::vector<SourceRequest> requests;
        for (int i = 0; i < count; ++i) requests.push_back({.path = "/p/" + std::to_string(i) + ".png"});
        auto rows = session.addRows(std::move(requests));
        runQueued();
        return rows;
    }
    void answer(const std::string& lens, const Picture& picture) {
        const auto job = engine->waiting(lens);
        ASSERT_TRUE(job) << "nobody asked for " << lens;
        job->answer(picture);
        runQueued();
    }
    void fail(const std::string& lens, const Error& error) {
        const auto job = engine->waiting(lens);
        ASSERT_TRUE(job) << "nobody asked for " << lens;
        job->answer(error);
        runQueued();
    }
    /// Everything that is asked for, and what that leads to.
    void answerAll() {
        for (int i = 0; i < 4; ++i) {
            engine->answerAll();
            runQueued();
        }
    }
    const ui::Cell& cell(ui::RowId row, int column) const { return board->cell(row, column); }
    std::vector<ui::CellState> states(ui::RowId row) const {
        return {cell(row, kInput).state, cell(row, kReconstruction).state, cell(row, kDifference).state};
    }
    /// Width of the cell's picture, 0 without one: pictures are told apart by it.
    int width(ui::RowId row, int column) const { return cell(row, column).picture ? cell(row, column).picture->image.width() : 0; }
    const ui::Row& row(ui::RowId id) const { return *session.find(id); }

    std::shared_ptr<FakeEngine> engine = std::make_shared<FakeEngine>();
    ui::Session session;
    ui::EngineHost host;
    std::optional<ui::CellBoard> board;
    std::vector<std::pair<ui::RowId, int>> changed;
};

}  // namespace tessera::test
