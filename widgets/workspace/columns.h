// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tessera/engine.h>

#include "workspace/row.h"

namespace tessera::ui {

/// A model as the session names it: by reference, so that it can be opened again.
struct ModelChoice {
    std::string reference;
    Precision precision = Precision::Auto;
    bool int8Weights = false;  ///< as ModelRequest's
    auto operator<=>(const ModelChoice&) const = default;
};

/// Spreads one parameter of a lens over several columns.
struct Sweep {
    std::string parameter;
    std::vector<Value> values;  ///< one column each, at least one
    int current = 0;            ///< the one that stays when the sweep is folded
    bool folded = false;
    bool operator==(const Sweep&) const = default;
};

/// The other cell that a lens draws from. What is left out is the cell's own.
struct Companion {
    std::optional<RowId> row;
    std::optional<ModelChoice> model;
    bool operator==(const Companion&) const = default;
};

/// Names a lens of the board while the session lives; numbers are never used again.
enum class LensColumnId : std::uint32_t {};

/// One lens under a model, in one column or in several.
struct LensColumn {
    LensColumnId id{};
    std::string lens;
    ParameterSet parameters;  ///< left out: the lens's own initial values
    std::optional<Sweep> sweep;
    std::optional<Companion> with;
    bool operator==(const LensColumn&) const = default;
};

/// A model with its lenses; the first group of a board may be the source's, which has none.
struct ModelGroup {
    std::optional<ModelChoice> model;  ///< none: the source, shown as the board's first model is given it
    std::vector<LensColumn> lenses;    ///< at least one
    bool folded = false;               ///< only the first column is shown
    bool operator==(const ModelGroup&) const = default;
};

/// Names a column: its lens, and which value of a sweep. Pictures follow it when columns are moved.
struct ColumnId {
    LensColumnId lens{};
    int step = 0;
    auto operator<=>(const ColumnId&) const = default;
};

/// One column of pictures, with everything that its cells are asked for.
struct Column {
    std::string lens;
    ParameterSet parameters;  ///< the sweep's value among them
    ModelChoice model;        ///< the group's; for the source the first that the board has
    std::optional<Companion> with;
    ColumnId id;
    int group = 0, entry = 0;  ///< indices of the group and of its lens
    std::optional<int> step;   ///< index of the sweep's value; none without a sweep
    bool source = false;       ///< of the group without a model
    bool operator==(const Column&) const = default;
};

/// The columns that groups lay out, folded ones left out.
std::vector<Column> columnsOf(const std::vector<ModelGroup>& groups);
/// The first group's model that has one; an empty choice if none does.
ModelChoice leadModel(const std::vector<ModelGroup>& groups);
/// All models of the groups, each once, in the order of the board.
std::vector<ModelChoice> modelsOf(const std::vector<ModelGroup>& groups);

/// The first and last column of each group, or of each lens with `byLens`.
struct ColumnSpan {
    int first = 0, last = 0;
    bool operator==(const ColumnSpan&) const = default;
};
std::vector<ColumnSpan> groupSpans(const std::vector<Column>& columns);
std::vector<ColumnSpan> lensSpans(const std::vector<Column>& columns);

}  // namespace tessera::ui
