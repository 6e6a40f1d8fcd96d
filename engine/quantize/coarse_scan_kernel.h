// SPDX-License-Identifier: Apache-2.0
// Included by one source per instruction set, each compiled with its own flags: everything here has internal linkage, and nothing of the standard library is
// called, so that no code for one processor can stand in for another's.
#pragma once

#include "quantize/coarse_scan.h"

namespace tessera {
namespace {

/// A codeword's score lies at most this far above its bound: both bounds' widths, the scan's roundings, and room for the rounding of measured distances, so that
/// an equally near codeword stays below.
inline float scoreAtMost(const VectorSearch& search, float bound, const CoarseView& coarse, std::int64_t code) {
    const double length = coarse.lengths[code], reach = static_cast<double>(search.length) + search.radius + length;
    const double width = search.radius * length + static_cast<double>(search.length) * coarse.radii[code];
    const double above = bound + 2 * width * (1 + 0x1p-16) + length * length * 0x1p-17 + reach * reach * 0x1p-30 + 0x1p-80;
    return static_cast<float>(above + (above < 0 ? -above : above) * 0x1p-22);
}

/// The codewords from `first` on whose bit is set may be nearer than what is known.
[[gnu::noinline]] void keep(VectorSearch& search, const Passage& passage, const float* bounds, std::uint32_t mask, std::int64_t first) {
    for (; mask != 0; mask &= mask - 1) {
        const int i = __builtin_ctz(mask);
        if (!(bounds[i] < search.best)) continue;
        search.codes[search.waiting] = static_cast<std::uint32_t>(first + i);
        search.bounds[search.waiting] = bounds[i];
        const float most = scoreAtMost(search, bounds[i], passage.coarse, first + i);
        if (most < search.best) search.best = most;
        if (++search.waiting == VectorSearch::kWaiting) makeRoom(search, passage.exact);
    }
}

/// Bounds of kVectors * kLanes codewords from `first` on, whose products with the vector's coarse copy are `step` times those given.
template <typename Isa>
[[gnu::always_inline]] inline void offer(VectorSearch& search, const Passage& passage, const typename Isa::Floats (&products)[Isa::kVectors], float step, std::int64_t first) {
    using Floats = typename Isa::Floats;
    const CoarseView& coarse = passage.coarse;
    const Floats steps = Isa::all(step), radius = Isa::all(search.radius), length = Isa::all(search.length), best = Isa::all(search.best);
    Floats bounds[Isa::kVectors], least = best;
    for (int v = 0; v < Isa::kVectors; ++v) {
        const std::int64_t at = first + v * Isa::kLanes;
        bounds[v] = Isa::minusProduct(Isa::load(coarse.floors + at), steps, products[v]);
        bounds[v] = Isa::minusProduct(bounds[v], radius, Isa::load(coarse.lengths + at));
        bounds[v] = Isa::minusProduct(bounds[v], length, Isa::load(coarse.radii + at));
        least = Isa::least(least, bounds[v]);
    }
    if (Isa::below(least, best) == 0) [[likely]] return;
    for (int v = 0; v < Isa::kVectors; ++v) {
        const std::uint32_t mask = Isa::below(bounds[v], best);
        if (mask == 0) continue;
        float stored[Isa::kLanes];
        Isa::store(stored, bounds[v]);
        keep(search, passage, stored, mask, first + v * Isa::kLanes);
    }
}

template <typename Isa>
void scanProducts(const Passage& passage, const float* products) {
    constexpr int kWidth = Isa::kVectors * Isa::kLanes;
    const std::int64_t width = passage.last - passage.first;
    for (std::int64_t n = 0; n < passage.count; ++n) {
        for (std::int64_t at = 0; at < width; at += kWidth) {
            typename Isa::Floats each[Isa::kVectors];
            for (int v = 0; v < Isa::kVectors; ++v) each[v] = Isa::load(products + n * width + at + v * Isa::kLanes);
            offer<Isa>(passage.searches[n], passage, each, 1, passage.first + at);
        }
    }
}

/// A panel stays in the innermost cache while all vectors pass it; of long vectors a part of it, with the sums of products kept in between.
template <typename Isa>
void scanBytes(const Passage& passage, const std::uint8_t* rows, std::int32_t* sums) {
    constexpr int kWidth = Isa::kVectors * Isa::kLanes;
    constexpr std::int64_t kPart = 16384 / kWidth;
    const std::int64_t dim = passage.coarse.dim;
    for (std::int64_t first = passage.first; first < passage.last; first += kWidth) {
        const std::int8_t* panel = passage.coarse.bytes + first * dim;
        for (std::int64_t begin = 0; begin < dim; begin += kPart) {
            const std::int64_t end = begin + kPart < dim ? begin + kPart : dim;
            for (std::int64_t n = 0; n < passage.count; n += Isa::kRows) {
                __builtin_prefetch(panel + kWidth * dim + n * 64 / Isa::kRows);  // some of the next panel
                typename Isa::Ints each[Isa::kRows][Isa::kVectors];
                std::int32_t* kept = sums + n * kWidth;
                for (int r = 0; r < Isa::kRows; ++r) {
                    const std::int32_t* from = begin == 0 ? passage.coarse.starts + first : kept + r * kWidth;
                    for (int v = 0; v < Isa::kVectors; ++v) each[r][v] = Isa::load(from + v * Isa::kLanes);
                }
                Isa::multiplyAdd(each, rows + n * dim + begin, dim, panel + begin * kWidth, end - begin);
                for (int r = 0; r < Isa::kRows; ++r) {
                    if (end < dim) {
                        for (int v = 0; v < Isa::kVectors; ++v) Isa::store(kept + r * kWidth + v * Isa::kLanes, each[r][v]);
                        continue;
                    }
                    VectorSearch& search = passage.searches[n + r];
                    typename Isa::Floats products[Isa::kVectors];
                    for (int v = 0; v < Isa::kVectors; ++v) products[v] = Isa::times(Isa::toFloats(each[r][v]), Isa::load(passage.coarse.steps + first + v * Isa::kLanes));
                    offer<Isa>(search, passage, products, search.step, first);
                }
            }
        }
    }
}

}  // namespace
}  // namespace tessera
