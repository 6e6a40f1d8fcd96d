// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "panels/stage/column_header.h"

namespace tessera::ui {

struct HeaderLine {
    WordRow row;
    QString toolTip;
};

/// Over the source's column: which picture this is.
HeaderLine sourceHeader(const Row& row);
/// Over the model's columns: which model, in what precision and shape, or what is going on with it.
HeaderLine modelHeader(const EngineHost& host);

/// Lens and parameter lines of a column; the colour bar and the kind are the caller's.
ColumnHeader::Words columnWords(const Row& row, const Column& column, const Cell& cell, const EngineHost& host);

}  // namespace tessera::ui
