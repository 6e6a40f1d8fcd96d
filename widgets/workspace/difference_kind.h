// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <tessera/picture.h>

namespace tessera::ui {

/// One way to look at an error field. Changing between them is a change of drawing: the field holds all of them.
struct DifferenceKind {
    std::string_view name;  ///< the parameter's value
    FieldMapping mapping;
    Legend legend;  ///< shared range: the same for every row
};

const std::array<DifferenceKind, 5>& differenceKinds();
/// Absolute for an unknown name.
const DifferenceKind& differenceKind(std::string_view name);

/// A field value as its mapping reads it at one pixel; nothing if the picture lacks the channels.
std::optional<float> fieldValue(const Image& image, FieldMapping mapping, int x, int y);

/// The range a scalar picture really has: from 0 (signed: symmetric about it), never empty.
std::pair<float, float> ownRange(const Image& image, FieldMapping mapping);

}  // namespace tessera::ui
