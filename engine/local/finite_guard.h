// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <tessera/picture.h>

#include "device/device_lane.h"
#include "device/torch_bridge.h"
#include "families/model_family.h"
#include "local/model_store.h"

namespace tessera {

/// Computes in the lane's precision; a result that is not finite in a low one is computed again in fp32. `notes` says so, and where even
/// fp32 gives NaN or infinity, and holds what the lane was told to note; `precision` is what the result was computed in. `stage` names what computes: "encoder".
TensorsByName guarded(DeviceLane lane, const std::string& stage, Precision& precision, std::vector<Note>& notes,
                      const std::function<TensorsByName(DeviceLane&)>& compute);

/// The same of a model's own stage; what is recorded is not computed again, and the lane was told what of it is no number. `precision` is what the cell names.
TensorsByName guarded(const OpenModel& open, DeviceLane lane, const std::string& stage, std::string& precision, std::vector<Note>& notes,
                      const std::function<TensorsByName(DeviceLane&)>& compute);

}  // namespace tessera
