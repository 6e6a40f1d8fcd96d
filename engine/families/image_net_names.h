// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace tessera {

/// The 1000 classes of ILSVRC-2012, a line each, class 0 first, several words for it between commas: resources/imagenet/classes.txt, compiled in.
extern const std::string_view kImageNetNames;

}  // namespace tessera
