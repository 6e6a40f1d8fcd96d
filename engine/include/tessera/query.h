// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>

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
    bool operator==(const Query&) const = default;
};

/// What runs first when the device is free.
enum class Priority { Batch, OffScreen, Visible, Hovered };

}  // namespace tessera
