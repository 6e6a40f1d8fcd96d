// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace tessera {

/// State of a job under way.
struct Progress {
    double fraction = 0;  ///< of the whole job, 0..1; never falls
    std::string stage;    ///< "decoding, up block 3"
    std::optional<double> secondsLeft;
    bool operator==(const Progress&) const = default;
};

}  // namespace tessera
