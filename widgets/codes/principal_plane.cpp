// SPDX-License-Identifier: GPL-3.0-or-later
#include "codes/principal_plane.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tessera::ui {
namespace {

constexpr int kMostVectors = 8, kMostRounds = 64, kMostSweeps = 32;  // more vectors than two: the iteration converges by the ratio to the ninth variance
constexpr double kTurned = 1e-4;

using Vectors = std::vector<std::vector<double>>;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Gram-Schmidt, twice, for vectors that nearly coincide. What has no direction of its own becomes zero.
void orthonormalise(Vectors& vectors) {
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        const double length = std::sqrt(dot(vectors[i], vectors[i]));
        for (int twice = 0; twice < 2; ++twice) {
            for (std::size_t j = 0; j < i; ++j) {
                const double along = dot(vectors[i], vectors[j]);
                for (std::size_t k = 0; k < vectors[i].size(); ++k) vectors[i][k] -= along * vectors[j][k];
            }
        }
        const double rest = std::sqrt(dot(vectors[i], vectors[i]));
        const double scale = rest > 1e-10 * length && rest > 0 ? 1 / rest : 0;
        for (double& value : vectors[i]) value *= scale;
    }
}

/// Eigenvectors of a small symmetric matrix by Jacobi's rotations, as columns of the answer; the matrix becomes diagonal.
Vectors eigenvectorsOf(Vectors& matrix) {
    const std::size_t n = matrix.size();
    Vectors vectors(n, std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i) vectors[i][i] = 1;
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
        bool turned = false;
        for (std::size_t p = 0; p < n; ++p) {
            for (std::size_t q = p + 1; q < n; ++q) {
                if (std::abs(matrix[p][q]) <= 1e-15 * std::sqrt(std::abs(matrix[p][p] * matrix[q][q])) || matrix[p][q] == 0) continue;
                turned = true;
                const double theta = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q]);
                const double t = (theta < 0 ? -1 : 1) / (std::abs(theta) + std::sqrt(theta * theta + 1)), c = 1 / std::sqrt(t * t + 1), s = t * c;
                for (std::size_t k = 0; k < n; ++k) {
                    const double kp = matrix[k][p], kq = matrix[k][q];
                    matrix[k][p] = c * kp - s * kq;
                    matrix[k][q] = s * kp + c * kq;
                }
                for (std::size_t k = 0; k < n; ++k) {
                    const double pk = matrix[p][k], qk = matrix[q][k];
                    matrix[p][k] = c * pk - s * qk;
                    matrix[q][k] = s * pk + c * qk;
                }
                for (std::size_t k = 0; k < n; ++k) {
                    const double kp = vectors[k][p], kq = vectors[k][q];
                    vectors[k][p] = c * kp - s * kq;
                    vectors[k][q] = s * kp + c * kq;
                }
            }
        }
        if (!turned) break;
    }
    return vectors;
}

class Analysis {
public:
    explicit Analysis(const Codewords& book) : m_book(book), m_mean(book.dim), m_finite(book.count) {
        int counted = 0;
        for (int code = 0; code < book.count; ++code) {
            m_finite[code] = std::ranges::all_of(book[code], [](float value) { return std::isfinite(value); });
            if (!m_finite[code]) continue;
            ++counted;
            for (int i = 0; i < book.dim; ++i) m_mean[i] += book[code][i];
        }
        for (double& value : m_mean) value /= std::max(counted, 1);
        for (int code = 0; code < book.count; ++code) {
            for (int i = 0; i < book.dim && m_finite[code]; ++i) m_variance += (book[code][i] - m_mean[i]) * (book[code][i] - m_mean[i]);
        }
    }

    PrincipalPlane run(std::stop_token stop) {
        Vectors basis = start();
        orthonormalise(basis);
        for (int round = 0; round < kMostRounds; ++round) {
            Vectors next = multiplied(basis);
            if (stop.stop_requested()) return {};
            orthonormalise(next);
            const bool settled = turnedLittle(basis, next);
            basis = std::move(next);
            if (settled) break;
        }
        turnToAxes(basis);
        return placed(basis);
    }

private:
    /// Any that are not orthogonal to the answer do; the same each time.
    Vectors start() const {
        Vectors vectors(std::min(kMostVectors, m_book.dim), std::vector<double>(m_book.dim));
        for (std::size_t v = 0; v < vectors.size(); ++v) {
            for (int i = 0; i < m_book.dim; ++i) vectors[v][i] = std::cos(double(v + 1) * (i + 0.5) * 2.399963) + (static_cast<int>(v) == i ? 1 : 0);
        }
        return vectors;
    }

    /// The sum over all codewords x, about the mean, of x (x . v).
    Vectors multiplied(const Vectors& vectors) const {
        Vectors result(vectors.size(), std::vector<double>(m_book.dim));
        std::vector<double> word(m_book.dim);
        for (int code = 0; code < m_book.count; ++code) {
            if (!m_finite[code]) continue;
            for (int i = 0; i < m_book.dim; ++i) word[i] = m_book[code][i] - m_mean[i];
            for (std::size_t v = 0; v < vectors.size(); ++v) {
                const double along = dot(word, vectors[v]);
                for (int i = 0; i < m_book.dim; ++i) result[v][i] += along * word[i];
            }
        }
        return result;
    }

    /// The first two directions lie in what the round before had.
    static bool turnedLittle(const Vectors& before, const Vectors& after) {
        for (std::size_t v = 0; v < std::min<std::size_t>(2, after.size()); ++v) {
            double inside = 0;
            for (const std::vector<double>& each : before) inside += dot(after[v], each) * dot(after[v], each);
            const double length = dot(after[v], after[v]);
            if (length > 0 && 1 - inside > kTurned * kTurned) return false;
        }
        return true;
    }

    /// From a basis of the subspace to its axes, the widest first.
    void turnToAxes(Vectors& basis) const {
        const Vectors image = multiplied(basis);
        Vectors matrix(basis.size(), std::vector<double>(basis.size()));
        for (std::size_t a = 0; a < basis.size(); ++a) {
            for (std::size_t b = 0; b < basis.size(); ++b) matrix[a][b] = (dot(basis[a], image[b]) + dot(basis[b], image[a])) / 2;
        }
        const Vectors turns = eigenvectorsOf(matrix);
        std::vector<std::size_t> order(basis.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t i) { return matrix[i][i]; });
        Vectors axes(basis.size(), std::vector<double>(m_book.dim));
        for (std::size_t v = 0; v < basis.size(); ++v) {
            for (std::size_t b = 0; b < basis.size(); ++b) {
                for (int i = 0; i < m_book.dim; ++i) axes[v][i] += turns[b][order[v]] * basis[b][i];
            }
            const auto largest = std::ranges::max_element(axes[v], {}, [](double value) { return std::abs(value); });
            if (largest != axes[v].end() && *largest < 0) std::ranges::transform(axes[v], axes[v].begin(), std::negate());
        }
        basis = std::move(axes);
    }

    PrincipalPlane placed(const Vectors& axes) const {
        PrincipalPlane plane;
        plane.places.resize(m_book.count);
        std::array<double, 2> squares{};
        for (int code = 0; code < m_book.count; ++code) {
            for (std::size_t axis = 0; axis < std::min<std::size_t>(2, axes.size()) && m_finite[code]; ++axis) {
                double along = 0;
                for (int i = 0; i < m_book.dim; ++i) along += (m_book[code][i] - m_mean[i]) * axes[axis][i];
                plane.places[code][axis] = static_cast<float>(along);
                squares[axis] += along * along;
            }
        }
        for (int axis = 0; axis < 2; ++axis) plane.share[axis] = m_variance > 0 ? squares[axis] / m_variance : 0;
        return plane;
    }

    const Codewords& m_book;
    std::vector<double> m_mean;
    std::vector<char> m_finite;
    double m_variance = 0;
};

}  // namespace

PrincipalPlane principalPlane(const Codewords& book, std::stop_token stop) {
    return Analysis(book).run(std::move(stop));
}

}  // namespace tessera::ui
