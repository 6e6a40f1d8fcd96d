// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "train/data/dataset.h"

namespace tessera::train {

/// The same data set, decoding each example once: examples stay in memory as they were read until they hold `mostBytes` together; those beyond are read anew.
std::unique_ptr<const Dataset> keptInMemory(std::shared_ptr<const Dataset> dataset, std::uint64_t mostBytes);

}  // namespace tessera::train
