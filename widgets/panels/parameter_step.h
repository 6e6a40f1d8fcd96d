// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <tessera/value.h>

namespace tessera::ui {

/// A number `by` steps on, inside the parameter's range: 1 for whole numbers (32 for lengths in pixels), a twentieth of the useful range for
/// others, on even places from its low end. Other values stay as they are.
Value stepped(const ParameterSpec& spec, const Value& value, int by);

}  // namespace tessera::ui
