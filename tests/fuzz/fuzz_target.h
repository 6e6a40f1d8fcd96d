// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "checkpoint/checkpoint.h"
#include "core/error.h"

namespace tessera::fuzz {

/// A reader may refuse its bytes with a Failure. Anything else that leaves it is a find: libFuzzer reports it as a crash.
template <typename Read>
int run(const std::uint8_t* data, std::size_t size, Read read) {
    try {
        read(std::as_bytes(std::span(data, size)));
    } catch (const Failure& failure) {
        // Whoever meets it must learn what happened, in one line.
        if (failure.error().message.empty() || failure.error().message.find('\n') != std::string::npos) std::abort();
    }
    return 0;
}

/// Reads every byte of a tensor, which must lie where the sanitizer allows it.
void touch(const HostTensor& tensor);
void touch(const StoredTensor& tensor);

}  // namespace tessera::fuzz

/// What libFuzzer calls; defined once in each target.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
