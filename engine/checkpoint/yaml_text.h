// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace tessera {

/// The first document of a YAML text as JSON, by PyYAML's rules for plain values: null, true and yes, decimal numbers, else text; quoted
/// values are texts. Later keys win. Numbers that are not decimal stay texts, tags are not looked at, nothing is ever built from them.
/// Throws Failure(Invalid) for what is no YAML, and for merge keys; Failure(Unsupported) for texts that are, or through aliases become, too large.
nlohmann::json parseYaml(const std::string& text, const std::string& file);

}  // namespace tessera
