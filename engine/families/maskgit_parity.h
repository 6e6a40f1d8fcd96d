// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "families/maskgit_network.h"
#include "families/model_family.h"

namespace tessera {

/// The "out.*" and "mid.*" tensors of golden cases, of one pass (in.ids with what it is told), of whole drawings (in.uniforms.*) and of schedules alone (in.unknown); spec:
/// engine/families/maskgit.md. `make` gives a network that is this call's own.
TensorsByName maskGitParity(const MaskGitConfig& config, const std::function<MaskGitNetwork()>& make, const TensorsByName& inputs, DeviceLane& lane);

}  // namespace tessera
