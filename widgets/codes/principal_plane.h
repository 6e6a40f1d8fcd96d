// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <stop_token>
#include <vector>

#include "codes/codewords.h"

namespace tessera::ui {

/// Where codewords lie in the plane of their two widest directions.
struct PrincipalPlane {
    std::vector<std::array<float, 2>> places;  ///< (K)
    std::array<double, 2> share{};             ///< of the codewords' variance that each axis holds, 0..1
};

/// Principal components about the mean, by orthogonal iteration: the subspace has turned by less than 1e-4 when it ends, or 64 rounds were made.
/// The largest component of each axis is positive, so that the same codebook is always drawn the same way. Codewords with a number that is not
/// finite lie at the middle and count for nothing. Stopped: no places.
PrincipalPlane principalPlane(const Codewords& book, std::stop_token stop = {});

}  // namespace tessera::ui
