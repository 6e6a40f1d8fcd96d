// SPDX-License-Identifier: Apache-2.0
// What another process sends: refused, or a value that is written as these very bytes.
#include <algorithm>

#include <tessera/bytes.h>

#include "fuzz/fuzz_target.h"

namespace {

template <typename Value>
void expectExact(const Value& value, std::span<const std::byte> bytes) {
    if (value && !std::ranges::equal(tessera::toBytes(*value), bytes)) std::abort();
}

template <typename Value>
void expectExact(const tessera::Result<Value>& result, std::span<const std::byte> bytes) {
    if (result && !std::ranges::equal(tessera::toBytes(result.value()), bytes)) std::abort();
    if (!result && result.error().message.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        expectExact(tessera::queryFromBytes(bytes), bytes);
        expectExact(tessera::pictureFromBytes(bytes), bytes);
        expectExact(tessera::progressFromBytes(bytes), bytes);
        expectExact(tessera::errorFromBytes(bytes), bytes);
    });
}
