// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "canvas/canvas.h"
#include "workspace/columns.h"
#include "workspace/token_edits.h"

namespace tessera::ui {

/// What a scalar picture's colours run between.
enum class FieldRange {
    Declared,  ///< what the lens declares: the same for all rows
    Column,    ///< the least and greatest value of what a column shows
    Cell       ///< each picture's own
};

/// What cells are held against: another column of the same row, or one cell for all.
struct ReferencePlace {
    ColumnId column;
    std::optional<RowId> row;  ///< none: of each cell's own row
    bool operator==(const ReferencePlace&) const = default;
};

/// How the board is looked at: shared by all cells and never undone. Costs no engine work, but for `tokens`, which lenses that look at one
/// token follow, `unedited` and `frame`.
struct ViewState {
    canvas::Camera camera;
    canvas::Sampling sampling = canvas::Sampling::Automatic;
    float exposureStops = 0;
    float gain = 1;             ///< of scalar pictures and differences
    FieldRange range = FieldRange::Declared;
    bool logarithmic = false;
    bool clipping = false;      ///< stripes over what lies beyond the range
    bool values = true;         ///< numbers in pixels once they are large enough
    bool pixelGrid = true;      ///< thin lines between pixels once they are large enough
    bool flipToInput = false;   ///< every cell shows the reference, while Space is held
    bool flipToOriginal = false;  ///< every cell shows the input of its row, while Shift+Space is held
    canvas::Compare compare = canvas::Compare::None;
    float wipe = 0.5F;          ///< where the line lies in every cell, 0..1
    float onion = 0.5F;         ///< opacity of the reference, 0..1
    canvas::WipeLine wipeLine = canvas::WipeLine::Upright;
    FieldMapping differenceBy = FieldMapping::Absolute;  ///< Absolute, Signed or Squared
    std::optional<ReferencePlace> reference;             ///< none: the first column of the row
    std::optional<std::pair<float, float>> brush;        ///< values that stay lit
    int frame = 0;           ///< of all clips, 0-based; one that is shorter shows its last
    TokenSelection tokens;
    bool tokenGrid = false;  ///< lines between tokens, and marks on those with another code than was found
    bool unedited = false;   ///< cells are drawn from the codes as they were found, whatever edits there are
    FieldMapping brushed = FieldMapping::Colour;         ///< pictures of which kind of values `brush` speaks of; all others stay as they are
    std::string brushedLens;                             ///< whose numbers they are, where other lenses' mean something else; else empty
    bool operator==(const ViewState&) const = default;

    /// What stays lit of a lens's pictures; nothing for those whose numbers are of another kind.
    std::optional<std::pair<float, float>> brushFor(FieldMapping mapping, const std::string& lens) const {
        return brushed == mapping && (brushedLens.empty() || brushedLens == lens) ? brush : std::nullopt;
    }
};

}  // namespace tessera::ui
