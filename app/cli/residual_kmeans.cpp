// SPDX-License-Identifier: Apache-2.0
#include "residual_kmeans.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <thread>

#include <Eigen/Core>

namespace tessera::cli {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Rows = Eigen::Map<Matrix>;

constexpr Eigen::Index kBlock = 512;  ///< vectors whose distances are held at once

struct Assignment {
    std::vector<int> code;        ///< per vector
    std::vector<float> distance;  ///< squared, to that codeword
};

/// Calls work(begin, count) for blocks of [0, n) on all threads; each block by one of them.
void overBlocks(Eigen::Index n, int threads, const std::function<void(Eigen::Index, Eigen::Index)>& work) {
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; ++t) {
        pool.emplace_back([&, t] {
            for (Eigen::Index begin = t * kBlock; begin < n; begin += threads * kBlock) work(begin, std::min(kBlock, n - begin));
        });
    }
    for (std::thread& thread : pool) thread.join();
}

void assign(const Rows& vectors, const Matrix& centres, int threads, Assignment& result) {
    const Eigen::VectorXf norms = centres.rowwise().squaredNorm();
    overBlocks(vectors.rows(), threads, [&](Eigen::Index begin, Eigen::Index count) {
        const auto block = vectors.middleRows(begin, count);
        Matrix scores = -2 * block * centres.transpose();  // [count, K]
        scores.rowwise() += norms.transpose();
        for (Eigen::Index i = 0; i < count; ++i) {
            Eigen::Index best = 0;
            const float score = scores.row(i).minCoeff(&best);
            result.code[begin + i] = static_cast<int>(best);
            result.distance[begin + i] = std::max(0.0F, score + block.row(i).squaredNorm());
        }
    });
}

/// Codewords as the mean of what is nearest to them; the idle ones go to the vectors that are served worst, each to another.
void moveCentres(const Rows& vectors, const Assignment& assignment, Matrix& centres) {
    Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(centres.rows(), centres.cols());
    std::vector<std::int64_t> counts(centres.rows());
    for (Eigen::Index i = 0; i < vectors.rows(); ++i) {
        sums.row(assignment.code[i]) += vectors.row(i).cast<double>();
        ++counts[assignment.code[i]];
    }
    const auto idle = static_cast<std::size_t>(std::ranges::count(counts, 0));
    std::vector<Eigen::Index> worst(vectors.rows());
    std::iota(worst.begin(), worst.end(), Eigen::Index(0));
    std::ranges::partial_sort(worst, worst.begin() + static_cast<std::ptrdiff_t>(idle), [&](Eigen::Index a, Eigen::Index b) {
        return assignment.distance[a] != assignment.distance[b] ? assignment.distance[a] > assignment.distance[b] : a < b;
    });
    auto next = worst.begin();
    for (Eigen::Index k = 0; k < centres.rows(); ++k) {
        if (counts[k] > 0) centres.row(k) = (sums.row(k) / static_cast<double>(counts[k])).cast<float>();
        else centres.row(k) = vectors.row(*next++);
    }
}

/// Different vectors, drawn without putting back.
Matrix drawn(const Rows& vectors, int count, std::mt19937_64& random) {
    std::vector<Eigen::Index> order(vectors.rows());
    std::iota(order.begin(), order.end(), Eigen::Index(0));
    Matrix centres(count, vectors.cols());
    for (int k = 0; k < count; ++k) {
        const std::uint64_t rest = order.size() - static_cast<std::size_t>(k);
        std::swap(order[k], order[k + random() % rest]);
        centres.row(k) = vectors.row(order[k]);
    }
    return centres;
}

double perplexityOf(const std::vector<int>& codes, int codewords) {
    std::vector<double> counts(codewords);
    for (const int code : codes) ++counts[code];
    double entropy = 0;
    for (const double count : counts) {
        if (const double share = count / static_cast<double>(codes.size()); share > 0) entropy -= share * std::log(share);
    }
    return std::exp(entropy);
}

}  // namespace

ResidualCodebooks fitResidualCodebooks(std::vector<float> vectors, int dim, const KMeansOptions& options, const std::function<bool(double)>& progress) {
    Rows rest(vectors.data(), static_cast<Eigen::Index>(vectors.size()) / dim, dim);
    const double whole = rest.cast<double>().squaredNorm();
    std::mt19937_64 random(options.seed);
    Assignment assignment{std::vector<int>(rest.rows()), std::vector<float>(rest.rows())};
    ResidualCodebooks result;
    for (int depth = 0; depth < options.depths; ++depth) {
        Matrix centres = drawn(rest, options.codewords, random);
        for (int i = 0; i < options.iterations; ++i) {
            if (!progress((depth + static_cast<double>(i) / options.iterations) / options.depths)) return result;
            assign(rest, centres, options.threads, assignment);
            moveCentres(rest, assignment, centres);
        }
        centres = centres.cast<Eigen::half>().cast<float>().eval();
        assign(rest, centres, options.threads, assignment);
        for (Eigen::Index i = 0; i < rest.rows(); ++i) rest.row(i) -= centres.row(assignment.code[i]);
        result.codewords.insert(result.codewords.end(), centres.data(), centres.data() + centres.size());
        result.residualShare.push_back(whole > 0 ? rest.cast<double>().squaredNorm() / whole : 0);
        result.perplexity.push_back(perplexityOf(assignment.code, options.codewords));
    }
    return result;
}

}  // namespace tessera::cli
