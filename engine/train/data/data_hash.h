// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/hash.h"
#include "train/data/dataset.h"

namespace tessera::train {

/// Names what is in a data set, wherever it lies: its pictures' names, texts and encoded bytes; of a large one the bytes of the first 4 GiB. Reads them.
/// A picture that cannot be read counts as that.
Hash128 contentHash(const StoredDataset& dataset);
/// The same of a file beside it. Throws Failure(Unreadable).
Hash128 contentHash(const std::filesystem::path& file);

}  // namespace tessera::train
