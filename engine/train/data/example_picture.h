// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <tessera/image.h>

namespace tessera::train {

/// decodeImage() that keeps what is transparent: 4 channels then, else 1 or 3. Throws Failure.
Image decodeWithAlpha(std::span<const std::byte> bytes, const std::string& name);

/// By the end of its name, in either case: what may be a picture of ours.
bool isPictureName(std::string_view name);

}  // namespace tessera::train
