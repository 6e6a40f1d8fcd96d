// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace tessera::ui {

/// Bytes of the character that a text starts with: 1 to 4, or 0 if they are no UTF-8.
std::size_t utf8Length(std::string_view text);

}  // namespace tessera::ui
