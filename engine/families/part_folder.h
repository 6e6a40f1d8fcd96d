// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <utility>

#include "core/error.h"

namespace tessera {

/// What `open` gives of a part of a model that lies in a folder of its own. What it refuses names its files with that folder: people have many a config.json.
template <typename Open>
auto openedIn(const std::filesystem::path& folder, const Open& open) {
    try {
        return open();
    } catch (const Failure& failure) {
        Error error = failure.error();
        if (std::filesystem::path(error.where).is_relative()) error.where = (folder / error.where).string();
        throw Failure(std::move(error));
    }
}

}  // namespace tessera
