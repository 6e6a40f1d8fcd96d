// SPDX-License-Identifier: Apache-2.0
#include "core/hash.h"

#define XXH_INLINE_ALL
#include <bit>
#include <cmath>
#include <limits>
#include <variant>
#include <xxhash.h>

namespace tessera {
namespace {

// Little-endian on every machine, so that hashes can be compared across machines.
std::uint64_t littleEndian(std::uint64_t value) {
    if constexpr (std::endian::native == std::endian::big) return __builtin_bswap64(value);
    return value;
}

}  // namespace

std::string Hash128::hex() const {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text(32, '0');
    for (int i = 0; i < 16; ++i) {
        text[15 - i] = kDigits[(high >> (4 * i)) & 15];
        text[31 - i] = kDigits[(low >> (4 * i)) & 15];
    }
    return text;
}

struct Hasher::State {
    XXH3_state_t xxh;
};

Hasher::Hasher() : m_state(std::make_unique<State>()) {
    XXH3_128bits_reset(&m_state->xxh);
}

Hasher::~Hasher() = default;

void Hasher::feed(char type, const void* data, std::size_t size) {
    const std::uint64_t length = littleEndian(size);
    XXH3_128bits_update(&m_state->xxh, &type, 1);
    XXH3_128bits_update(&m_state->xxh, &length, sizeof length);
    if (size > 0) XXH3_128bits_update(&m_state->xxh, data, size);
}

Hasher& Hasher::add(std::span<const std::byte> bytes) {
    feed('b', bytes.data(), bytes.size());
    return *this;
}

Hasher& Hasher::add(std::string_view text) {
    feed('s', text.data(), text.size());
    return *this;
}

Hasher& Hasher::add(bool flag) {
    const char byte = flag ? 1 : 0;
    feed('?', &byte, 1);
    return *this;
}

Hasher& Hasher::add(double number) {
    if (number == 0) number = 0;  // -0 and 0 are one value
    if (std::isnan(number)) number = std::numeric_limits<double>::quiet_NaN();
    const std::uint64_t bits = littleEndian(std::bit_cast<std::uint64_t>(number));
    feed('d', &bits, sizeof bits);
    return *this;
}

Hasher& Hasher::addInteger(std::int64_t number) {
    const std::uint64_t bits = littleEndian(static_cast<std::uint64_t>(number));
    feed('i', &bits, sizeof bits);
    return *this;
}

Hasher& Hasher::add(const Hash128& hash) {
    const std::uint64_t words[2] = {littleEndian(hash.high), littleEndian(hash.low)};
    feed('h', words, sizeof words);
    return *this;
}

Hasher& Hasher::add(const Value& value) {
    std::visit([this](const auto& held) { add(held); }, value);
    return *this;
}

Hash128 Hasher::finish() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(&m_state->xxh);
    return {hash.high64, hash.low64};
}

}  // namespace tessera
