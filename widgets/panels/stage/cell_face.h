// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "panels/stage/busy_phase.h"
#include "panels/stage/word_row.h"

namespace tessera::ui {

/// What a person can do about a cell.
enum class CellAction { Retry, Remove, ShowModels, RestartEngine, RevertEdit };

/// One line over the picture's top left corner.
struct BadgeWords {
    enum class Tone { Plain, Warning, Error };
    Tone tone = Tone::Plain;
    QString icon;    ///< empty: text only
    QString text;
    QString report;  ///< what a click shows
    std::vector<CellAction> actions;
    bool operator==(const BadgeWords&) const = default;
};

/// What stands in place of a picture.
struct StateWords {
    enum class Tone { Error, Quiet };
    Tone tone = Tone::Quiet;
    QString icon, heading;  ///< Error only
    QString text;           ///< what happened
    QString advice;         ///< what to do
    QString where;          ///< file, tensor or stage
    QString report;         ///< everything, to be copied; empty: no Details button
    std::vector<CellAction> actions;  ///< the first is the one to take
    bool operator==(const StateWords&) const = default;
};

struct BusyWords {
    BusyPhase phase = BusyPhase::Hidden;
    QString step, timeLeft;
    double fraction = 0;
    bool operator==(const BusyWords&) const = default;
};

/// Everything that a cell shows besides its picture.
struct CellFace {
    WordRow caption;
    QString toolTip, name;  ///< of the caption; of the cell, as a screen reader says it
    QString told;           ///< the end of the name: numbers, state, what went wrong
    std::optional<BadgeWords> badge;
    std::optional<StateWords> state;
    BusyWords busy;
    bool picture = false;  ///< there is one to show
    bool dimmed = false;   ///< it belongs to something that is no more
};

/// What every cell shows while a key is held.
enum class Flip { None, Reference, Original };

/// What a face is made from.
struct CellFacts {
    const Row& row;
    const std::vector<Column>& columns;
    const std::vector<const Cell*>& cells;  ///< of the row, one per column
    int column;
    const EngineHost& host;
    std::chrono::steady_clock::time_point now;
    Flip flipped = Flip::None;
    bool unedited = false;  ///< its tokens are edited, and it is drawn as if they were not

    const Cell& cell() const { return *cells[column]; }
    const ModelStatus& model() const { return host.modelOf(columns[column].model); }
    bool isSource() const { return columns[column].source; }
    /// What concerns a whole row is told by its first cell, what concerns a model by the first cell of its group.
    bool leadsRow() const { return column == 0; }
    bool leadsGroup() const { return column == 0 || columns[column - 1].group != columns[column].group; }
};

CellFace faceOf(const CellFacts& facts);

QString lensTitle(const std::string& lens);
/// The words of a button for it.
QString actionText(CellAction action);

}  // namespace tessera::ui
