// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/value.h>

namespace tessera {

/// Names that an Engine gave out; 0 is "none".
enum class SourceId : std::uint64_t {};
enum class ModelId : std::uint64_t {};
enum class EditId : std::uint64_t {};

/// One cell's place on the board.
struct CellRef {
    SourceId source{};
    ModelId model{};
    EditId edit{};  ///< an immutable token edit
    int frame = 0;  ///< 0-based frame of a clip
    auto operator<=>(const CellRef&) const = default;
};

/// Asks for the picture of one cell. Plain data: goes through bytes and back (tessera/bytes.h).
struct Query {
    std::string lens;
    CellRef cell;
    ParameterSet parameters;
    std::vector<CellRef> others{};  ///< other cells that the lens draws from, the reference first
    bool operator==(const Query&) const = default;
};

/// What a lens does with Query::others.
enum class Others {
    None,       ///< draws from its own cell alone
    Reference,  ///< one other cell may be named, to compare with
    Required,   ///< exactly one other cell is needed
    Board,      ///< any number; what is drawn rests on all of them
};

/// What runs first when the device is free.
enum class Priority { Batch, OffScreen, Visible, Hovered };

}  // namespace tessera
