// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera {

/// A name out of a file, fit for a message: quoted, without control characters, at most 96 bytes of it.
std::string shown(std::string_view name);
/// "[3, 4]"
std::string shown(const std::vector<std::int64_t>& shape);
/// "1 tensor", "2 tensors"
std::string counted(std::size_t count, const std::string& what);

/// Throws Failure that says what these bytes are instead of a checkpoint, if that can be seen: a web page, a Git LFS pointer,
/// a pickle from before PyTorch 1.6, ... Returns if they look like nothing known.
void refuseForeign(std::span<const std::byte> bytes, const std::string& name);
bool startsWith(std::span<const std::byte> bytes, std::string_view magic);

}  // namespace tessera
