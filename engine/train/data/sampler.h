// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::train {

/// Endless shuffled order over one or several data sets by a seed, the same on every machine. Of each data set, every example comes once
/// before any comes again; data sets are drawn by their weights.
class Sampler {
public:
    struct Part {
        std::size_t size = 0;
        double weight = 1;  ///< relative to the other parts
    };
    struct Draw {
        std::uint64_t number = 0;  ///< how many were drawn before
        std::size_t part = 0;
        std::uint64_t epoch = 0;  ///< of the part
        std::size_t index = 0;    ///< of the example
        bool operator==(const Draw&) const = default;
    };
    /// Throws Failure(Invalid) for no part, an empty one, one of 2^32 examples or more, and for weights that are not above 0.
    Sampler(std::vector<Part> parts, std::uint64_t seed);

    Draw next();
    /// Draws so far: with parts and seed, all there is to save.
    std::uint64_t position() const { return m_position; }
    /// As if that many had been drawn. Counts through them where there are several parts (about a nanosecond each).
    void restore(std::uint64_t position);

private:
    struct Order {
        std::uint64_t drawn = 0;
        std::vector<std::uint32_t> shuffled;  ///< of the epoch that `drawn` lies in; made when it is needed
        std::uint64_t epoch = ~std::uint64_t(0);
    };
    std::size_t partOf(std::uint64_t number) const;
    void shuffle(std::size_t part, std::uint64_t epoch);

    std::vector<Part> m_parts;
    std::vector<double> m_bounds;  ///< of [0, 1), for all parts but the last
    std::vector<Order> m_orders;
    std::uint64_t m_seed = 0, m_position = 0;
};

}  // namespace tessera::train
