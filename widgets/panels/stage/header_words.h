// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "panels/stage/board_header.h"
#include "workspace/column_edits.h"

namespace tessera::ui {

struct HeaderLine {
    WordRow row;
    QString toolTip;
};

/// Over the source's columns: which picture this is, if it is one alone.
HeaderLine sourceHeader(const Row* row);
/// Over a model's columns: which model, in what precision and shape, or what is going on with it.
HeaderLine modelHeader(const ModelChoice& choice, const EngineHost& host);
/// The lens, by which method it works where there are several, and what it is swept over or drawn with; the kind is the caller's. `column`: the first that it has.
LensHeader::Words lensWords(const LensColumn& lens, const Column& column, const Row* row, const std::vector<Row>& rows, const EngineHost& host);
/// What the column's picture of a row is; the colour bar is the caller's.
ParameterHeader::Words parameterWords(const Column& column, const LensColumn& lens, const Cell& cell, const EngineHost& host, bool current);

/// "256 px": a parameter's value with its unit.
QString valueWords(const Value& value, const ParameterSpec* spec);
const ParameterSpec* specOf(const EngineHost& host, const std::string& lens, const std::string& parameter);
/// The model's name if it is open, else the last part of its reference.
QString modelName(const ModelChoice& choice, const EngineHost& host);
/// With its precision, where the board shows the same model in several.
QString modelLabel(const ModelChoice& choice, const EngineHost& host);

}  // namespace tessera::ui
