// SPDX-License-Identifier: Apache-2.0
#include "families/model_family.h"

#include <ATen/core/Tensor.h>

#include "core/error.h"

namespace tessera {

at::Tensor Drawing::expected(std::size_t) const {
    return {};
}

at::Tensor Drawing::state(std::size_t) const {
    return {};
}

at::Tensor Generator::logProbability(const WordInfluenceRequest&, std::string_view, DeviceLane&) const {
    throw Failure(ErrorCode::Unsupported, "this model does not draw token after token", "generate", "choose a model that does");
}

}  // namespace tessera
