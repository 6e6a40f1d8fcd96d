// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "families/model_family.h"

namespace tessera {

/// A Model whose language model's weights can be kept as int8.
struct Int8Weights {
    virtual ~Int8Weights() = default;
    /// From now on they are; to be called before anything was computed.
    virtual void keepInt8() = 0;
    /// Beside the same one with whole weights, which are loaded for it: over the same tokens.
    struct Difference {
        double error = 0;      ///< root mean square of what the codes' logits differ by, over that of the logits
        double agreement = 0;  ///< share of codes of which both hold the same one for the likeliest
    };
    virtual Difference differenceFromWhole(DeviceLane& lane) const = 0;
};

}  // namespace tessera
