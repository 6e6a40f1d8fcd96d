// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <tessera/picture.h>

namespace tessera::ui {

/// "34.39", "−0.125", "∞": fixed decimals, true minus sign.
QString fixedNumber(double value, int decimals);
/// As short as a colour bar or a tooltip wants it: "0", "0.25", "−0.25".
QString shortNumber(double value);
/// "0.6 s", "12 s", "3 min".
QString durationWords(double seconds);
/// "3 s left", "under 1 s left", "2 min left".
QString timeLeftWords(double seconds);

/// A measure's name where people read it: "PSNR", "MS-SSIM".
QString measureTitle(const std::string& name);
/// Its number with the decimals that belong to it, without unit.
QString measureNumber(const Measure& measure);
QString unitWords(Unit unit);

}  // namespace tessera::ui
