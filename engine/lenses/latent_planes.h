// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <tessera/picture.h>
#include <tessera/tensor.h>

#include "local/stage_values.h"

namespace tessera {

/// One tensor [1,C,h,w] of an encoder in host memory, plane by plane.
struct LatentPlanes {
    int channels = 0, height = 0, width = 0;
    HostTensor tensor;  ///< float32

    std::span<const float> plane(int channel) const;
};

/// Nothing if the encoder does not give it. Throws Failure(Unsupported) for a tensor that is no stack of planes.
std::optional<LatentPlanes> latentPlanes(const TensorStage& stage, std::string_view name);
/// A picture of what a stage holds per token, where the model's input lies on its source; precision and notes are the stage's.
Picture placedLatents(Image image, const TensorStage& stage);
/// One of the encoder's latents: its summary begins with "32 × 32 × 16 latents".
Picture latentPicture(Image image, const TensorStage& latents);

}  // namespace tessera
