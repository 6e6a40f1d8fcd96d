// SPDX-License-Identifier: Apache-2.0
#include "quantize/vector_search.h"

#include <algorithm>
#include <cmath>

#include "device/cpu_features.h"
#include "kernels/squared_distance.h"

// Sums of doubles, compiled twice: for any processor and for AVX2. Without fused multiply-adds (engine.cmake) both give the same bits.
#if defined(__x86_64__)
#define TESSERA_AVX2 __attribute__((target("avx2")))
#else
#define TESSERA_AVX2
#endif

namespace tessera {
namespace {

TESSERA_AVX2 double wideDistance(const float* a, const float* b, std::int64_t dim) {
    return kernels::squaredDistance(a, b, dim);
}
double plainDistance(const float* a, const float* b, std::int64_t dim) {
    return kernels::squaredDistance(a, b, dim);
}

using Distance = double (*)(const float*, const float*, std::int64_t);

/// A score that those of equally near codewords are below, however either distance was rounded.
float scoreAbove(const VectorSearch& search, double distance, double scale) {
    const double scaled = distance * scale * scale;
    const double score = (scaled - search.squared) / 2 + (scaled + search.squared) * 0x1p-32 + 0x1p-90;
    return std::nextafter(static_cast<float>(score), std::numeric_limits<float>::infinity());
}

void measure(VectorSearch& search, const ExactCodewords& codewords, std::uint32_t code, Distance distanceOf) {
    const double distance = distanceOf(search.vector, codewords.data + static_cast<std::int64_t>(code) * codewords.dim, codewords.dim);
    if (!(distance < search.distance || (distance == search.distance && code < search.code))) return;
    search.distance = distance;
    search.code = code;
    search.best = std::min(search.best, scoreAbove(search, distance, codewords.scale));
}

Distance fastestDistance() {
    return cpuFeatures().avx2 ? wideDistance : plainDistance;
}

std::ptrdiff_t firstOf(const VectorSearch& search) {
    return std::min_element(search.bounds, search.bounds + search.waiting) - search.bounds;
}

/// Codewords lie anywhere in memory: the wait for the first of the next search passes while this one's are measured.
void prefetchFirst(const VectorSearch& search, const ExactCodewords& codewords) {
    if (search.waiting == 0) return;
    const float* codeword = codewords.data + static_cast<std::int64_t>(search.codes[firstOf(search)]) * codewords.dim;
    for (std::int64_t i = 0; i < codewords.dim; i += 16) __builtin_prefetch(codeword + i);
}

/// The one with the lowest bound, which is the nearest more often than not; then those that are ruled out are gone.
void measureFirst(VectorSearch& search, const ExactCodewords& codewords) {
    const std::ptrdiff_t first = firstOf(search);
    if (search.bounds[first] < search.best) {
        measure(search, codewords, search.codes[first], fastestDistance());
        ++search.measured;
    }
    int kept = 0;
    for (int i = 0; i < search.waiting; ++i) {
        if (i == first || !(search.bounds[i] < search.best)) continue;
        search.codes[kept] = search.codes[i];
        search.bounds[kept++] = search.bounds[i];
    }
    search.waiting = kept;
}

}  // namespace

void makeRoom(VectorSearch& search, const ExactCodewords& codewords) {
    do {
        measureFirst(search, codewords);
    } while (search.waiting > VectorSearch::kWaiting / 2);
}

void measureWaiting(std::span<VectorSearch> searches, const ExactCodewords& codewords) {
    for (std::size_t n = 0; n < searches.size(); ++n) {
        if (n + 1 < searches.size()) prefetchFirst(searches[n + 1], codewords);
        while (searches[n].waiting > 0) measureFirst(searches[n], codewords);
    }
}

void measureAll(VectorSearch& search, const ExactCodewords& codewords, std::int64_t first, std::int64_t last) {
    const Distance distanceOf = fastestDistance();
    for (std::int64_t code = first; code < last; ++code) measure(search, codewords, static_cast<std::uint32_t>(code), distanceOf);
}

}  // namespace tessera
