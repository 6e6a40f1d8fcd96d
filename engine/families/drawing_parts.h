// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <tessera/generate.h>

namespace tessera {

/// Of a request's pictures.
std::vector<std::uint64_t> seedsOf(const GenerateRequest& request);
/// Throws Failure(Invalid) for given codes that are not as many as `count`, where there are any, or that a codebook of that size does not hold (-1: to be drawn).
void checkGivenCodes(std::span<const std::int32_t> given, std::size_t count, int codebookSize);

}  // namespace tessera
