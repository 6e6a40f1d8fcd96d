// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include "device/cpu_features.h"

/// oneDNN's layers on a CPU, with weights that were brought into its own layout once. LibTorch calls them by name only.
namespace tessera::onednn {

using Word = std::optional<std::string_view>;
using Scalars = c10::List<std::optional<at::Scalar>>;

template <typename Signature>
auto operation(const char* name, const char* overload) {
    return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

/// Layers that compute in this type run fastest that way.
inline bool takes(at::ScalarType type) {
    return at::globalContext().hasMKLDNN() && (type == at::kFloat || (type == at::kBFloat16 && cpuIsFastAtBf16()));
}

}  // namespace tessera::onednn
