// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "train/data/dataset.h"

namespace tessera::train {

/// Of the pictures that lie at `path`, those whose file's name begins with one of `beginnings`; with none given, all. Throws Failure(NotFound) where a beginning fits none of them.
std::unique_ptr<const StoredDataset> openNamed(const std::filesystem::path& path, const std::vector<std::string>& beginnings);

}  // namespace tessera::train
