// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "workspace/columns.h"
#include "workspace/token_edits.h"

namespace tessera::ui {

/// Another cell that a cell is drawn from.
struct OtherCell {
    RowId row{};
    ModelChoice model;
    TokenEditPointer edit{};    ///< as Wish::edit
    std::uint64_t reading = 0;  ///< as Wish::reading, of that row
    int frame = 0;              ///< as Wish::frame
    bool operator==(const OtherCell&) const = default;
};

/// What a cell is to show, in words that outlive an engine's numbers. A picture of another wish is outdated.
struct Wish {
    std::string lens;
    ParameterSet computed;    ///< all parameters that change what is computed, with their initial values where the column says nothing; left out: what begins with a count of the model
    ParameterSet displayed;   ///< those that change only how it is drawn
    ModelChoice model;        ///< none if the lens needs no model
    std::vector<OtherCell> others;
    TokenEditPointer edit{};    ///< of the row under the model, if the lens looks at codes or at what they decode to
    int frame = 0;              ///< of a clip
    std::uint64_t reading = 0;  ///< how often the file was opened
    std::uint64_t engine = 0;   ///< how often an engine was opened
    bool operator==(const Wish&) const = default;

    /// The same pixels or values, perhaps drawn differently.
    bool computesLike(const Wish& other) const {
        return lens == other.lens && computed == other.computed && model == other.model && others == other.others && edit == other.edit && frame == other.frame && reading == other.reading && engine == other.engine;
    }
    ParameterSet parameters() const {
        ParameterSet all = computed;
        all.insert(displayed.begin(), displayed.end());
        return all;
    }
};

/// `lens` is null if the engine does not know the column's lens; its parameters are then passed on as they are.
Wish wishOf(const Column& column, const LensInfo* lens);

/// What the lens that shows the model's input can be told, which every lens of a model takes: "size", "crop".
std::vector<ParameterSpec> preprocessingSpecs(const std::vector<LensInfo>& lenses);
/// The column's values of these.
ParameterSet preprocessingOf(const Column& column, const std::vector<LensInfo>& lenses);

class Session;

/// The parameter as it is for the model (boundedFor); nothing for a choice about something that the model has none of. A model that is not open may have it.
std::optional<ParameterSpec> specFor(const ParameterSpec& declared, const std::optional<ModelInfo>& model);

/// The cells that a column draws a row's picture from besides its own; their readings and frames are left at 0.
std::vector<OtherCell> othersOf(const Session& session, RowId row, const Column& column, const LensInfo& lens, const ParameterSet& computed);

/// The lens is to be drawn on what all rows of the board have in common.
bool drawsFromBoard(const LensInfo& lens, const ParameterSet& parameters);

/// What is missing while a lens that needs another cell has none.
Error needsOther(const LensInfo& lens);

/// A token edit changes what the lens shows.
bool seesTokenEdits(const LensInfo& lens);

/// A token of a grid: what a lens is told that looks at one.
struct TokenAim {
    TokenPlace place;
    int depth = 0;  ///< 0-based
};
/// The lens looks at a token that the column leaves open: it then follows the one that is looked at.
bool followsToken(const LensInfo& lens, const Column& column);
/// Row, column and depth where the lens takes them and the column does not say them.
ParameterSet aimedAt(const LensInfo& lens, const Column& column, const TokenAim& aim);

/// The model holds what another one computed, and computes nothing itself.
bool isRecording(const ModelInfo& model);

/// Why the model cannot serve the lens, or nothing if it can.
std::optional<Error> notOffered(const LensInfo& lens, const ModelInfo& model);

}  // namespace tessera::ui
