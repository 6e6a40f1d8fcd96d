// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lenses/lens.h"

namespace tessera {

extern const Lens kChannelStatisticsLens, kDifferenceLens, kInputLens, kLatentChannelLens, kLatentPcaLens, kPerturbedLens, kReconstructionLens, kSourceLens,
    kSpectrumLens;

const std::vector<const Lens*>& lenses() {
    // In the order in which menus show them.
    static const std::vector<const Lens*> all{&kSourceLens,    &kInputLens,         &kReconstructionLens,    &kDifferenceLens, &kSpectrumLens,
                                               &kLatentPcaLens, &kLatentChannelLens, &kChannelStatisticsLens, &kPerturbedLens};
    return all;
}

const Lens* findLens(std::string_view name) {
    const auto it = std::ranges::find(lenses(), name, &Lens::name);
    return it == lenses().end() ? nullptr : *it;
}

}  // namespace tessera
