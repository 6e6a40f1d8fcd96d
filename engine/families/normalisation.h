// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "checkpoint/checkpoint.h"

namespace tessera {

/// What encoders subtract from pictures in [0,1] and divide them by, per channel.
struct Normalisation {
    std::array<double, 3> mean{}, deviation{1, 1, 1};

    static constexpr std::array<double, 3> kClipMean{0.48145466, 0.4578275, 0.40821073}, kClipDeviation{0.26862954, 0.26130258, 0.27577711};

    /// The keys that `config` holds, else those of `fallback`. Throws Failure(Invalid) that names the key and `file`.
    static Normalisation read(const nlohmann::json& config, const char* meanKey, const char* deviationKey, const Normalisation& fallback, const std::string& file);
    /// From the preprocessor_config.json in a folder of the checkpoint, if there is one.
    static Normalisation ofTransformers(const Checkpoint& checkpoint, const std::string& folder, const Normalisation& fallback);
};

}  // namespace tessera
