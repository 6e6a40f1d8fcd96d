// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bridge/cell_board.h"
#include "bridge/code_readers.h"
#include "bridge/engine_host.h"
#include "bridge/model_warm_up.h"
#include "bridge/token_reader.h"
#include "bridge/training_run.h"
#include "edit_files.h"
#include "generate/draw_desk.h"
#include "generate/draw_history.h"
#include "generate/word_weights.h"
#include "workspace/session.h"

namespace tessera::studio {

/// What the window shows; it outlives every widget.
struct Document {
    ui::Session session;
    ui::EngineHost host;
    ui::CellBoard board{session, host};
    ui::TokenReader tokens{session, host, board};
    ui::CodeReaders codes{session, host, board, tokens};
    ui::ModelWarmUp warmUp{session, host};
    ui::DrawQueue drawings{host};
    ui::DrawDesk desk{drawings, host};
    ui::WordWeights words{desk};
    ui::DrawHistory history;
    EditFiles editFiles;
    ui::TrainingRun training;
};

}  // namespace tessera::studio
