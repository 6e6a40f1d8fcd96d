// SPDX-License-Identifier: Apache-2.0
#include "kernels/non_finite.h"

#include <bit>
#include <stdexcept>

namespace tessera::kernels {
namespace {

/// A value is not finite if its exponent's bits are all set. Without an early exit the loop vectorises.
template <typename Word, typename Value>
bool anyFull(const void* data, std::int64_t size, Word exponent) {
    const auto* values = static_cast<const Value*>(data);
    Word found = 0;
    for (std::int64_t i = 0; i < size; ++i) found |= static_cast<Word>((std::bit_cast<Word>(values[i]) & exponent) == exponent);
    return found != 0;
}

}  // namespace

bool holdsNonFinite(HostElements values) {
    if (values.size < 0) throw std::invalid_argument("non-finite values: negative size");
    switch (values.element) {
        case Element::BFloat16: return anyFull<std::uint16_t, std::uint16_t>(values.data, values.size, 0x7f80);
        case Element::Float16: return anyFull<std::uint16_t, std::uint16_t>(values.data, values.size, 0x7c00);
        case Element::Float32: break;
    }
    return anyFull<std::uint32_t, float>(values.data, values.size, 0x7f800000u);
}

}  // namespace tessera::kernels
