// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

namespace tessera {

/// Throws Failure(Mismatch) unless ids are [T,L] whole numbers from 0 to below `vocabulary`, L at most `context`.
void checkTextIds(const at::Tensor& ids, int vocabulary, int context);

}  // namespace tessera
