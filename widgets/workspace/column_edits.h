// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "workspace/columns.h"

namespace tessera::ui {

// Changes of a board's columns, as values: each gives the groups as they are afterwards, and the same groups if there is nothing to do.
// A board always keeps one column.

using Groups = std::vector<ModelGroup>;

/// Adds a group with the lenses of the last model group under new names; `nextId` numbers them.
Groups withModel(Groups groups, const ModelChoice& model, std::uint32_t& nextId);
Groups withoutModel(Groups groups, const ModelChoice& model);
Groups withoutGroup(Groups groups, int group);
Groups withGroupMoved(Groups groups, int from, int to);  ///< `to`: its index afterwards
Groups withGroupFolded(Groups groups, int group, bool folded);
Groups withGroupModel(Groups groups, int group, const ModelChoice& model);
/// A group with everything in it once more, after itself.
Groups withGroupCopied(Groups groups, int group, std::uint32_t& nextId);

/// Adds a lens at the end of a group.
Groups withLens(Groups groups, int group, const std::string& lens, std::uint32_t& nextId);
Groups withoutLens(Groups groups, LensColumnId lens);
/// Shows another lens there; parameters that `kept` does not name are forgotten, and so is a sweep over one of them.
Groups withLensChanged(Groups groups, LensColumnId lens, const std::string& name, const std::vector<std::string>& kept);
Groups withLensCopied(Groups groups, LensColumnId lens, std::uint32_t& nextId);
/// Moves a lens before the entry `to` of a group; in another group it then shows that group's model.
Groups withLensMoved(Groups groups, LensColumnId lens, int group, int to);
Groups withCompanion(Groups groups, LensColumnId lens, std::optional<Companion> with);
Groups withSweep(Groups groups, LensColumnId lens, std::optional<Sweep> sweep);
Groups withSweepFolded(Groups groups, LensColumnId lens, bool folded);
/// Sets a parameter of a lens; of a swept one it is the column's step that changes. Where one picture then shows all prompts, a sweep over them ends.
Groups withParameter(Groups groups, const ColumnId& column, const std::string& name, const Value& value);
/// Sets it in every lens; a sweep over it ends.
Groups withParameterEverywhere(Groups groups, const std::string& name, const Value& value);

/// The number, also a whole one; 0 for text and truth.
double numberOf(const Value& value);
/// Without what arithmetic left in the last digits: 0.3 for 0.1 + 0.2.
double plainNumber(double number);
/// Values for a sweep from `low` to `high`: even steps, or each double the one before (from `low`, the first may be 0).
std::vector<Value> sweepValues(const Value& low, const Value& high, int count, bool doubling);

/// The entry of that name; null if there is none.
const LensColumn* findLens(const Groups& groups, LensColumnId lens);

}  // namespace tessera::ui
