// SPDX-License-Identifier: Apache-2.0
#include "families/normalisation.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace tessera {
namespace {

std::array<double, 3> threeNumbers(const nlohmann::json& config, const char* key, const std::array<double, 3>& fallback, bool positive, const std::string& file) {
    if (!config.is_object() || !config.contains(key) || config.at(key).is_null()) return fallback;
    const nlohmann::json& value = config.at(key);
    const auto fits = [positive](const nlohmann::json& each) { return each.is_number() && std::isfinite(each.get<double>()) && (!positive || each.get<double>() > 0); };
    if (!value.is_array() || value.size() != 3 || !std::ranges::all_of(value, fits)) {
        throw Failure(ErrorCode::Invalid, std::string(key) + " should be a list of three numbers" + (positive ? " greater than 0" : ""), file, "check that the file belongs to this checkpoint");
    }
    return {value[0].get<double>(), value[1].get<double>(), value[2].get<double>()};
}

}  // namespace

Normalisation Normalisation::read(const nlohmann::json& config, const char* meanKey, const char* deviationKey, const Normalisation& fallback, const std::string& file) {
    return {threeNumbers(config, meanKey, fallback.mean, false, file), threeNumbers(config, deviationKey, fallback.deviation, true, file)};
}

Normalisation Normalisation::ofTransformers(const Checkpoint& checkpoint, const std::string& folder, const Normalisation& fallback) {
    const std::string file = (std::filesystem::path(folder) / "preprocessor_config.json").string();
    return checkpoint.hasText(file) ? read(checkpoint.json(file), "image_mean", "image_std", fallback, file) : fallback;
}

}  // namespace tessera
