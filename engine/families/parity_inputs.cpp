// SPDX-License-Identifier: Apache-2.0
#include "families/parity_inputs.h"

namespace tessera {

const at::Tensor* givenInput(const TensorsByName& inputs, std::string_view name) {
    const auto found = inputs.find(name);
    return found == inputs.end() ? nullptr : &found->second;
}

double givenNumber(const TensorsByName& inputs, std::string_view name, double otherwise) {
    const at::Tensor* found = givenInput(inputs, name);
    return found && found->numel() > 0 ? found->flatten()[0].to(at::kDouble).item<double>() : otherwise;
}

}  // namespace tessera
