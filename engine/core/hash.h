// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <tessera/value.h>

namespace tessera {

/// 128-bit hash (XXH3). Not cryptographic: names content, does not prove it.
struct Hash128 {
    std::uint64_t high = 0, low = 0;
    auto operator<=>(const Hash128&) const = default;
    std::string hex() const;  ///< 32 digits
};

/// Feeds typed values, each with its type and length, so that no two different sequences collide by concatenation.
class Hasher {
public:
    Hasher();
    ~Hasher();
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;
    Hasher& add(std::span<const std::byte> bytes);
    Hasher& add(std::string_view text);
    Hasher& add(const std::string& text) { return add(std::string_view(text)); }
    Hasher& add(const char* text) { return add(std::string_view(text)); }
    Hasher& add(bool flag);
    Hasher& add(double number);  ///< -0 as 0, every NaN alike
    template <std::integral I>
    Hasher& add(I number) {
        return addInteger(static_cast<std::int64_t>(number));
    }
    Hasher& add(const Hash128& hash);
    Hasher& add(const Value& value);
    Hash128 finish() const;

private:
    struct State;
    Hasher& addInteger(std::int64_t number);
    void feed(char type, const void* data, std::size_t size);
    std::unique_ptr<State> m_state;
};

}  // namespace tessera

template <>
struct std::hash<tessera::Hash128> {
    std::size_t operator()(const tessera::Hash128& h) const noexcept { return static_cast<std::size_t>(h.low); }
};
