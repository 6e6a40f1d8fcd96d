// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "workspace/row.h"

namespace tessera::ui {

/// What a cell is to show, in words that outlive an engine's numbers. A picture of another wish is outdated.
struct Wish {
    std::string lens;
    ParameterSet computed;    ///< all parameters that change what is computed, with their initial values where the column says nothing
    ParameterSet displayed;   ///< those that change only how it is drawn
    ModelChoice model;        ///< none if the lens needs no model
    std::uint64_t reading = 0;  ///< how often the file was opened
    std::uint64_t engine = 0;   ///< how often an engine was opened
    bool operator==(const Wish&) const = default;

    /// The same pixels or values, perhaps drawn differently.
    bool computesLike(const Wish& other) const {
        return lens == other.lens && computed == other.computed && model == other.model && reading == other.reading && engine == other.engine;
    }
    ParameterSet parameters() const {
        ParameterSet all = computed;
        all.insert(displayed.begin(), displayed.end());
        return all;
    }
};

/// `lens` is null if the engine does not know the column's lens; its parameters are then passed on as they are.
Wish wishOf(const Column& column, const LensInfo* lens, const ModelChoice& model);

/// Why the model cannot serve the lens, or nothing if it can.
std::optional<Error> notOffered(const LensInfo& lens, const ModelInfo& model);

}  // namespace tessera::ui
