// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace tessera {

/// A normal distribution fitted to features.
struct FeatureStatistics {
    int dimensions = 0;
    std::vector<double> mean;        ///< [D]
    std::vector<double> covariance;  ///< [D,D], divided by N - 1
};

/// Features [N,D], row-major, N >= 2. Throws Failure(Invalid) for fewer.
FeatureStatistics featureStatistics(std::span<const float> features, int dimensions);

/// |m1 - m2|^2 + tr C1 + tr C2 - 2 tr sqrt(C1 C2), at least 0: the FID formula on whatever features were given.
/// Throws Failure(Invalid) if the dimensions differ.
double frechetDistance(const FeatureStatistics& a, const FeatureStatistics& b);

}  // namespace tessera
