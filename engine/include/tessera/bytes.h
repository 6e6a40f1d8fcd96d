// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <tessera/picture.h>
#include <tessera/progress.h>
#include <tessera/query.h>
#include <tessera/result.h>

namespace tessera {

/// Values as bytes, for engines that are not in this process. Little-endian, versioned; hostile bytes give an Error, never a crash.
/// Pixels and texts never take more memory than the bytes given, lists of small items only what was really read.
std::vector<std::byte> toBytes(const Query& query);
std::vector<std::byte> toBytes(const Picture& picture);
std::vector<std::byte> toBytes(const Progress& progress);
std::vector<std::byte> toBytes(const Error& error);

Result<Query> queryFromBytes(std::span<const std::byte> bytes);
Result<Picture> pictureFromBytes(std::span<const std::byte> bytes);
Result<Progress> progressFromBytes(std::span<const std::byte> bytes);
/// Nothing if the bytes hold no Error (a Result<Error> could not tell its two sides apart).
std::optional<Error> errorFromBytes(std::span<const std::byte> bytes);

}  // namespace tessera
