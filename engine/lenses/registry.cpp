// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lenses/lens.h"

namespace tessera {

#define TESSERA_LENS(lens) extern const Lens lens;
#include "lenses/lens_list.inc"
#undef TESSERA_LENS

const std::vector<const Lens*>& lenses() {
    static const std::vector<const Lens*> all{
#define TESSERA_LENS(lens) &lens,
#include "lenses/lens_list.inc"
#undef TESSERA_LENS
    };
    return all;
}

const Lens* findLens(std::string_view name) {
    const auto it = std::ranges::find(lenses(), name, &Lens::name);
    return it == lenses().end() ? nullptr : *it;
}

}  // namespace tessera
