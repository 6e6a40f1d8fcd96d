// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "quantize/coarse_scan.h"

namespace tessera {

/// What a coarse copy is made of.
enum class Coarse {
    Bytes,   ///< small integers, multiplied by our own loops; every vector and codeword has its own step
    Brain,   ///< bfloat16, multiplied by LibTorch's brgemm: for processors with AMX
    Single,  ///< float32, multiplied by the same: where there are no such loops, or where less cannot tell codewords apart
};

/// What is fastest with this scan on this processor.
Coarse fastestCoarse(const CoarseScan& scan);

/// A codebook's coarse copy, with bounds that hold for every vector: see CoarseView. Takes K * D bytes (Bytes), twice or four times that (Brain, Single), and 20 K.
///
/// Before anything is rounded, the codewords' mean is subtracted and a power of two multiplied, so that neither an offset common to all nor their unit costs digits.
class CoarseCodebook {
public:
    /// Panels of all scans divide this; scans go by so many codewords at least.
    static constexpr std::int64_t kPanel = 256;

    /// codewords [K,D], all finite, K and D at least 1, D at most 65536. They are read here only; `exact` of passages is the caller's, with scale().
    CoarseCodebook(const float* codewords, std::int64_t count, std::int64_t dim, Coarse kind, const CoarseScan& scan = coarseScan());

    Coarse kind() const { return m_kind; }
    const CoarseScan& scan() const { return *m_scan; }
    double scale() const { return m_scale; }
    std::int64_t panels() const { return static_cast<std::int64_t>(m_floors.size()) / kPanel; }
    /// Of a vector's coarse copy: D padded.
    std::int64_t rowBytes() const;
    CoarseView view() const;
    /// Codewords of one panel of Brain or Single, as brgemm takes them: [D][kPanel], with `vnni` pairs of dimensions side by side.
    const void* panel(std::int64_t index) const;
    bool vnni() const { return m_vnni; }

    /// Writes a vector's coarse copy and begins its search; `room`: D numbers. False if it is so far away (a million times the codewords' spread) that bounds would
    /// say nothing: then no scan changes its search, which is one to measure all.
    bool begin(const float* vector, double* room, std::byte* row, VectorSearch& search) const;

    std::size_t byteSize() const;  ///< that it takes

private:
    struct Copied;
    /// Brings `from` into scaled units about the mean, and gives its squared length.
    double scaled(const float* from, double* to) const;
    template <typename Store>
    Copied copy(const double* values, double squared, double levels, Store&& store) const;
    double levelsFor(const double* values) const;
    std::size_t placeOf(std::int64_t code, std::int64_t i) const;  ///< of dimension i, in elements
    void copyCodeword(std::int64_t code, const double* values, double squared);

    Coarse m_kind;
    const CoarseScan* m_scan;
    std::int64_t m_count, m_dim, m_padded;
    bool m_vnni = false;
    double m_scale = 1;
    std::vector<float> m_mean, m_floors, m_lengths, m_radii, m_steps;
    std::vector<std::int32_t> m_starts;
    struct Free {
        void operator()(std::byte* memory) const;
    };
    std::unique_ptr<std::byte[], Free> m_copies;
};

}  // namespace tessera
