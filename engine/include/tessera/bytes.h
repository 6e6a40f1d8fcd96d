// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <tessera/picture.h>
#include <tessera/progress.h>
#include <tessera/query.h>
#include <tessera/result.h>

namespace tessera {

/// Values as bytes, for engines that are not in this process. Little-endian, versioned; hostile bytes give an Error, never a crash
/// and never an allocation larger than the bytes given.
std::vector<std::byte> toBytes(const Query& query);
std::vector<std::byte> toBytes(const Picture& picture);
std::vector<std::byte> toBytes(const Progress& progress);
std::vector<std::byte> toBytes(const Error& error);

Result<Query> queryFromBytes(std::span<const std::byte> bytes);
Result<Picture> pictureFromBytes(std::span<const std::byte> bytes);
Result<Progress> progressFromBytes(std::span<const std::byte> bytes);
Result<Error> errorFromBytes(std::span<const std::byte> bytes);

}  // namespace tessera
