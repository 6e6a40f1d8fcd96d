// SPDX-License-Identifier: GPL-3.0-or-later
#include "codes/codewords.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tessera::ui {
namespace {

constexpr int kLanes = 16;
constexpr std::size_t kBlock = 16;  // codewords compared while one of the others is in the cache

/// In running sums that the compiler keeps side by side: a single one would have to be added in order.
float squaredDistance(const float* a, const float* b, int dim) {
    std::array<float, kLanes> sums{};
    int i = 0;
    for (; i + kLanes <= dim; i += kLanes) {
        for (int lane = 0; lane < kLanes; ++lane) {
            const float difference = a[i + lane] - b[i + lane];
            sums[lane] += difference * difference;
        }
    }
    float sum = 0;
    for (const float each : sums) sum += each;
    for (; i < dim; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

}  // namespace

double normOf(const Codewords& book, int code) {
    double squares = 0;
    for (const float value : book[code]) squares += double(value) * value;
    return std::sqrt(squares);
}

std::vector<CodeNeighbour> nearestOthers(const Codewords& book, std::span<const std::int32_t> of, std::stop_token stop) {
    std::vector<CodeNeighbour> result;
    result.reserve(of.size());
    for (std::size_t begin = 0; begin < of.size() && !stop.stop_requested(); begin += kBlock) {
        const std::size_t count = std::min(kBlock, of.size() - begin);
        std::array<CodeNeighbour, kBlock> best;
        for (std::int32_t other = 0; other < book.count; ++other) {
            const float* word = book[other].data();
            for (std::size_t i = 0; i < count; ++i) {
                const std::int32_t code = of[begin + i];
                if (code == other) continue;
                const float distance = squaredDistance(book[code].data(), word, book.dim);
                if (distance < best[i].distance) best[i] = {other, distance};
            }
        }
        for (std::size_t i = 0; i < count; ++i) result.push_back({best[i].code, std::sqrt(best[i].distance)});
    }
    return result;
}

}  // namespace tessera::ui
