// SPDX-License-Identifier: Apache-2.0
#include "train/data/sampler.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "train/data/random.h"

namespace tessera::train {
namespace {

constexpr std::uint64_t kParts = 0x7061727473;  ///< sets the numbers that pick parts apart from those that shuffle

}  // namespace

Sampler::Sampler(std::vector<Part> parts, std::uint64_t seed) : m_parts(std::move(parts)), m_orders(m_parts.size()), m_seed(seed) {
    if (m_parts.empty()) throw Failure(ErrorCode::Invalid, "no training data is given", "data");
    double total = 0;
    for (const Part& part : m_parts) {
        if (part.size == 0) throw Failure(ErrorCode::Invalid, "a part of the training data is empty", "data");
        if (part.size > std::numeric_limits<std::uint32_t>::max()) throw Failure(ErrorCode::Unsupported, "a part of the training data has more than 4294967295 examples", "data", "split it");
        if (!std::isfinite(part.weight) || part.weight <= 0)
            throw Failure(ErrorCode::Invalid, "the weight of a part of the training data is not a number above 0", "data", "leave the part out instead");
        total += part.weight;
    }
    if (!std::isfinite(total)) throw Failure(ErrorCode::Invalid, "the weights of the training data are too large", "data", "only their ratios matter");
    for (std::size_t i = 0; i < m_parts.size(); ++i) m_orders[i].shuffled.resize(m_parts[i].size);  // next() allocates nothing
    double sum = 0;
    for (std::size_t i = 0; i + 1 < m_parts.size(); ++i) m_bounds.push_back((sum += m_parts[i].weight) / total);
}

std::size_t Sampler::partOf(std::uint64_t number) const {
    if (m_bounds.empty()) return 0;
    const double u = splitMixUniform(splitMix64(m_seed ^ kParts) ^ number);
    std::size_t part = 0;
    while (part < m_bounds.size() && u >= m_bounds[part]) ++part;
    return part;
}

// Fisher and Yates; std::shuffle gives other orders with another library.
void Sampler::shuffle(std::size_t part, std::uint64_t epoch) {
    std::vector<std::uint32_t>& order = m_orders[part].shuffled;
    std::iota(order.begin(), order.end(), 0U);
    SplitMix64 random(seedOf(seedOf(m_seed, part), epoch));
    for (std::size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[random.below(left)]);
    m_orders[part].epoch = epoch;
}

Sampler::Draw Sampler::next() {
    const std::size_t part = partOf(m_position);
    Order& order = m_orders[part];
    const std::uint64_t epoch = order.drawn / m_parts[part].size;
    if (order.epoch != epoch) shuffle(part, epoch);
    const Draw draw{m_position, part, epoch, order.shuffled[order.drawn % m_parts[part].size]};
    ++order.drawn;
    ++m_position;
    return draw;
}

void Sampler::restore(std::uint64_t position) {
    for (Order& order : m_orders) order.drawn = 0;
    if (m_parts.size() == 1) m_orders[0].drawn = position;
    else
        for (std::uint64_t number = 0; number < position; ++number) ++m_orders[partOf(number)].drawn;
    m_position = position;
}

}  // namespace tessera::train
