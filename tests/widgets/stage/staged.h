// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QImage>
#include <QVBoxLayout>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "panels/stage/stage_canvas.h"
#include "panels/stage_view.h"
#include "scripted_engine.h"
#include "widgets/canvas/pictures.h"
#include "window_events.h"
#include "workspace/session.h"

namespace tessera::test {

/// A stage on the screen, over a scripted engine.
class Staged : public testing::Test {
protected:
    Staged();
    void SetUp() override;

    /// Adds a row and answers its three cells with these pictures.
    ui::RowId addRow(const std::string& name = "blocks.png");
    void answerAll();
    bool answered(int column) const;
    /// What is on the screen: the part of the stage, in device pixels.
    QImage screen(const QRect& part) const { return screenPart(stage, part); }
    QRgb screenPixel(QPoint place) const { return screen(QRect(place, QSize(1, 1))).pixel(0, 0); }
    const ui::Cell& cell(int column) const { return board.cell(session.currentRow(), column); }
    /// Time as the stage sees it, from now on.
    void setSeconds(double sinceTheCellsBegan);

    std::shared_ptr<ScriptedEngine> engine = std::make_shared<ScriptedEngine>();
    ui::Session session;
    ui::EngineHost host;
    ui::CellBoard board{session, host};
    QWidget window;
    ui::StageView stage{session, board, host, &window};

    std::shared_ptr<const Picture> input = plainPicture(64, 64, 200, 40, 90), reconstruction = plainPicture(64, 64, 20, 160, 60), difference;
};

}  // namespace tessera::test
