// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "checkpoint/checkpoint.h"
#include "families/config_reader.h"

namespace tessera {

/// The YAML config that describes the weights in `weights`: one that holds `key`, beside them before those aside ("configs/" next to "ckpts/") or
/// further away; the last by name where several are equally near, as training runs date them. Nothing if none does; then a file that is no
/// YAML is refused.
std::optional<ConfigReader> yamlBeside(const Checkpoint& checkpoint, const std::filesystem::path& weights, std::string_view key);

}  // namespace tessera
