// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace tessera::overlay {

/// With a point as decimal mark, whatever the locale, and a true minus sign.
std::string fixed(double value, int decimals);
/// The text with '-' as the minus sign that `fixed` writes.
std::string withTrueMinus(std::string text);
/// "640 B", "12.5 KiB", "1.20 GiB".
std::string bytes(std::size_t count);
/// "0.84 ms", "12.3 ms", "1.20 s".
std::string duration(double seconds);
/// "200 %", "12.5 %".
std::string percent(double share);

}  // namespace tessera::overlay
