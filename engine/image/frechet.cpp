// SPDX-License-Identifier: Apache-2.0
#include "image/frechet.h"

#include <algorithm>

#include <Eigen/Eigenvalues>

#include "core/error.h"

namespace tessera {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const Matrix> matrixOf(const FeatureStatistics& statistics) {
    return {statistics.covariance.data(), statistics.dimensions, statistics.dimensions};
}

Eigen::Map<const Eigen::VectorXd> vectorOf(const FeatureStatistics& statistics) {
    return {statistics.mean.data(), statistics.dimensions};
}

}  // namespace

FeatureStatistics featureStatistics(std::span<const float> features, int dimensions) {
    const auto rows = static_cast<Eigen::Index>(features.size()) / std::max(1, dimensions);
    if (dimensions < 1 || rows < 2 || static_cast<std::size_t>(rows * dimensions) != features.size())
        throw Failure(ErrorCode::Invalid, "feature statistics need at least two whole rows of features");
    using FloatMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Matrix values = Eigen::Map<const FloatMatrix>(features.data(), rows, dimensions).cast<double>();
    const Eigen::RowVectorXd mean = values.colwise().mean();
    const Matrix centred = values.rowwise() - mean;
    const Matrix covariance = centred.transpose() * centred / static_cast<double>(rows - 1);
    return {dimensions, {mean.begin(), mean.end()}, {covariance.data(), covariance.data() + covariance.size()}};
}

double frechetDistance(const FeatureStatistics& a, const FeatureStatistics& b) {
    if (a.dimensions != b.dimensions) throw Failure(ErrorCode::Invalid, "feature statistics of different dimensions cannot be compared");
    // The eigenvalues of the symmetric sqrt(C1) C2 sqrt(C1) are those of C1 C2, and stay real for singular covariances.
    const Eigen::SelfAdjointEigenSolver<Matrix> first(matrixOf(a));
    const Eigen::VectorXd roots = first.eigenvalues().cwiseMax(0).cwiseSqrt();
    const Matrix root = first.eigenvectors() * roots.asDiagonal() * first.eigenvectors().transpose();
    const Matrix product = root * matrixOf(b) * root;
    const Eigen::SelfAdjointEigenSolver<Matrix> both(product, Eigen::EigenvaluesOnly);
    const double cross = both.eigenvalues().cwiseMax(0).cwiseSqrt().sum();
    const double distance = (vectorOf(a) - vectorOf(b)).squaredNorm() + matrixOf(a).trace() + matrixOf(b).trace() - 2 * cross;
    return std::max(distance, 0.0);
}

}  // namespace tessera
