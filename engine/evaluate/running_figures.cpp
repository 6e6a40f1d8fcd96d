// SPDX-License-Identifier: Apache-2.0
#include "evaluate/running_figures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/error.h"

namespace tessera::evaluation {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void RunningMean::add(double value) {
    if (std::isinf(value)) ++m_infinite;
    if (!std::isfinite(value)) return;
    const double off = value - m_mean;
    m_mean += off / static_cast<double>(++m_count);
    m_squares += off * (value - m_mean);
}

EvaluationFigure RunningMean::figure(std::string name, Unit unit) const {
    const auto count = static_cast<double>(m_count);
    return {.name = std::move(name), .unit = unit, .count = m_count, .infinite = m_infinite, .mean = m_count > 0 ? m_mean : kNothing, .standardError = m_count > 1 ? std::sqrt(m_squares / (count - 1) / count) : kNothing};
}

void RunningMoments::add(double count, const LatentUse& part) {
    if (count <= 0) return;
    m_least = m_count > 0 ? std::min(m_least, part.least) : part.least;
    m_largest = m_count > 0 ? std::max(m_largest, part.largest) : part.largest;
    const double all = m_count + count, off = part.mean - m_mean;
    m_squares += part.deviation * part.deviation * count + off * off * m_count * count / all;
    m_mean += off * count / all;
    m_count = all;
}

LatentUse RunningMoments::use() const {
    return {.mean = m_mean, .deviation = m_count > 0 ? std::sqrt(m_squares / m_count) : 0, .least = m_least, .largest = m_largest};
}

CodeCounts::CodeCounts(const CodeLayout& layout) : m_layout(layout) {
    for (const int size : layout.codebookSizes) m_counts.emplace_back(static_cast<std::size_t>(size), 0);
}

void CodeCounts::add(std::span<const std::int64_t> codes) {
    const std::size_t depths = m_counts.size();
    TESSERA_ASSERT(depths > 0 && codes.size() % depths == 0);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        std::vector<std::int64_t>& counts = m_counts[i % depths];
        if (codes[i] == -1) continue;
        if (codes[i] < 0 || codes[i] >= static_cast<std::int64_t>(counts.size())) {
            throw Failure(ErrorCode::Invalid, "the model gave code " + std::to_string(codes[i]) + " of a codebook of " + std::to_string(counts.size()), "codes", "check the model");
        }
        ++counts[static_cast<std::size_t>(codes[i])];
    }
    m_cells += static_cast<std::int64_t>(codes.size() / depths);
}

std::vector<CodeUse> CodeCounts::uses() const {
    std::vector<CodeUse> uses;
    for (const std::vector<std::int64_t>& counts : m_counts) {
        CodeUse use{.codewords = static_cast<std::int64_t>(counts.size())};
        const auto all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t(0)));
        for (const std::int64_t count : counts) {
            if (count == 0) continue;
            ++use.used;
            use.entropy -= static_cast<double>(count) / all * std::log2(static_cast<double>(count) / all);
        }
        use.perplexity = use.used > 0 ? std::exp2(use.entropy) : 0;
        uses.push_back(use);
    }
    return uses;
}

std::int64_t CodeCounts::deadCodewords() const {
    std::int64_t dead = 0;
    if (!m_layout.shared) {
        for (const std::vector<std::int64_t>& counts : m_counts) dead += std::ranges::count(counts, 0);
        return dead;
    }
    for (std::size_t code = 0; code < m_counts.front().size(); ++code) {
        dead += std::ranges::all_of(m_counts, [code](const std::vector<std::int64_t>& counts) { return code >= counts.size() || counts[code] == 0; });
    }
    return dead;
}

}  // namespace tessera::evaluation
