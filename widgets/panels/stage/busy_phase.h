// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

namespace tessera::ui {

/// How a cell says that it is at work.
enum class BusyPhase {
    Hidden,   ///< too short to be worth a sign
    Spinner,
    Bar       ///< long enough for step, time left and cancel
};

inline constexpr std::chrono::milliseconds kSpinnerAfter{300}, kBarAfter{2000};

inline BusyPhase busyPhase(std::chrono::steady_clock::duration elapsed) {
    if (elapsed < kSpinnerAfter) return BusyPhase::Hidden;
    return elapsed < kBarAfter ? BusyPhase::Spinner : BusyPhase::Bar;
}

}  // namespace tessera::ui
