// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <tessera/evaluation.h>

/// Sums that take pictures one by one and keep none of them.
namespace tessera::evaluation {

/// Mean and spread of numbers (Welford). Infinite ones are counted alone, NaN is left out.
class RunningMean {
public:
    void add(double value);
    /// With count, infinite, mean and standardError filled in.
    EvaluationFigure figure(std::string name, Unit unit) const;

private:
    std::size_t m_count = 0, m_infinite = 0;
    double m_mean = 0, m_squares = 0;
};

/// Mean, spread and range of many values, from those of parts (Chan, Golub, LeVeque).
class RunningMoments {
public:
    void add(double count, const LatentUse& part);
    void add(const RunningMoments& other) { add(other.m_count, other.use()); }
    LatentUse use() const;
    double count() const { return m_count; }

private:
    double m_count = 0, m_mean = 0, m_squares = 0, m_least = 0, m_largest = 0;
};

/// How often every codeword occurs at every depth.
class CodeCounts {
public:
    explicit CodeCounts(const CodeLayout& layout);
    /// codes (cells, depths), depth fastest; -1: none. Throws Failure(Invalid) for a code that the codebook has not.
    void add(std::span<const std::int64_t> codes);

    std::int64_t cells() const { return m_cells; }
    std::vector<CodeUse> uses() const;
    /// See ModelEvaluation::deadCodewords.
    std::int64_t deadCodewords() const;

private:
    CodeLayout m_layout;
    std::int64_t m_cells = 0;
    std::vector<std::vector<std::int64_t>> m_counts;  ///< (depths, codewords)
};

}  // namespace tessera::evaluation
