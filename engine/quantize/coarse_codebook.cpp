// SPDX-License-Identifier: Apache-2.0
#include "quantize/coarse_codebook.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include <ATen/Parallel.h>

#include "core/error.h"
#include "device/cpu_features.h"
#include "kernels/small_floats.h"

namespace tessera {
namespace {

constexpr std::align_val_t kAlignment{64};
constexpr double kFarthest = 0x1p20;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

float up(double value) {
    return std::nextafter(static_cast<float>(value * (1 + 0x1p-20)), kInfinity);
}

/// The nearest whole number, for |value| < 2^51. A call to the library's would cost more than the rest of a copy.
double whole(double value) {
    constexpr double kShift = 0x1.8p52;
    return (value + kShift) - kShift;
}

std::int64_t roundedUp(std::int64_t value, std::int64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

std::int64_t elementBytes(Coarse kind) {
    return kind == Coarse::Bytes ? 1 : kind == Coarse::Brain ? 2 : 4;
}

/// What one product of coarse copies may be wrong by, per unit of both lengths. Bytes: the sum is exact, its way to float32 is not. Else: the sum in float32, in any
/// order, with any rounding of its terms.
double productError(Coarse kind, std::int64_t dim) {
    return kind == Coarse::Bytes ? 0x1p-20 : static_cast<double>(dim + 8) * 0x1p-22;
}

}  // namespace

Coarse fastestCoarse(const CoarseScan& scan) {
    if (cpuFeatures().amxBf16) return Coarse::Brain;
    return scan.rows > 0 ? Coarse::Bytes : Coarse::Single;
}

/// What became of some values: the step of their bytes, and how far the copy is away.
struct CoarseCodebook::Copied {
    float step = 0;
    double radius = 0;
};

void CoarseCodebook::Free::operator()(std::byte* memory) const {
    ::operator delete[](memory, kAlignment);
}

CoarseCodebook::CoarseCodebook(const float* codewords, std::int64_t count, std::int64_t dim, Coarse kind, const CoarseScan& scan)
    : m_kind(kind), m_scan(&scan), m_count(count), m_dim(dim) {
    TESSERA_ASSERT(count >= 1 && dim >= 1 && dim <= 65536 && (kind != Coarse::Bytes || scan.rows > 0));
    m_padded = kind == Coarse::Bytes ? roundedUp(dim, 16) : kind == Coarse::Brain ? roundedUp(dim, 32) : dim;
    m_vnni = kind == Coarse::Brain && cpuFeatures().amxBf16;

    std::vector<double> sums(static_cast<std::size_t>(dim));
    for (std::int64_t k = 0; k < count; ++k) {
        for (std::int64_t i = 0; i < dim; ++i) sums[i] += codewords[k * dim + i];
    }
    for (const double sum : sums) m_mean.push_back(static_cast<float>(sum / static_cast<double>(count)));
    std::vector<double> squares(static_cast<std::size_t>(count));
    const auto forEach = [&](auto&& work) {
        at::parallel_for(0, count, std::max<std::int64_t>(1, 32768 / dim), [&](std::int64_t begin, std::int64_t end) {
            std::vector<double> values(static_cast<std::size_t>(dim));
            for (std::int64_t k = begin; k < end; ++k) {
                const double squared = scaled(codewords + k * dim, values.data());
                work(k, values.data(), squared);
            }
        });
    };
    forEach([&](std::int64_t k, const double*, double squared) { squares[k] = squared; });
    // The longest codeword gets a length in (1/2, 1], or 0 where all are equal.
    const double longest = std::sqrt(*std::ranges::max_element(squares));
    if (longest > 0) m_scale = std::ldexp(1.0, -(std::ilogb(longest) + 1));

    const std::int64_t padded = roundedUp(count, kPanel);
    m_floors.assign(padded, kInfinity);
    m_lengths.assign(padded, 0.f);
    m_radii.assign(padded, 0.f);
    if (kind == Coarse::Bytes) m_steps.assign(padded, 0.f), m_starts.assign(padded, 0);
    const std::size_t size = static_cast<std::size_t>(padded * m_padded * elementBytes(kind));
    m_copies.reset(static_cast<std::byte*>(::operator new[](size, kAlignment)));
    std::memset(m_copies.get(), 0, size);
    forEach([&](std::int64_t k, const double* values, double squared) { copyCodeword(k, values, squared); });
}

double CoarseCodebook::scaled(const float* from, double* to) const {
    double squared = 0;
    for (std::int64_t i = 0; i < m_dim; ++i) {
        to[i] = (static_cast<double>(from[i]) - static_cast<double>(m_mean[i])) * m_scale;
        squared += to[i] * to[i];
    }
    return squared;
}

/// store(i, value): bytes as integers in [-levels, levels], else floats that the element type holds.
template <typename Store>
CoarseCodebook::Copied CoarseCodebook::copy(const double* values, double squared, double levels, Store&& store) const {
    Copied result;
    double difference = 0;
    if (m_kind == Coarse::Bytes) {
        double largest = 0;
        for (std::int64_t i = 0; i < m_dim; ++i) largest = std::max(largest, std::abs(values[i]));
        result.step = static_cast<float>(largest / levels);
        const double step = result.step, inverse = step > 0 ? 1 / step : 0;
        for (std::int64_t i = 0; i < m_dim; ++i) {
            const double byte = std::clamp(whole(values[i] * inverse), -levels, levels), away = values[i] - step * byte;
            difference += away * away;
            store(i, static_cast<int>(byte));
        }
    } else {
        for (std::int64_t i = 0; i < m_dim; ++i) {
            const auto single = static_cast<float>(values[i]);
            const float kept = m_kind == Coarse::Single ? single : kernels::floatFromBFloat16(kernels::bfloat16FromFloat(single));
            const double away = values[i] - kept;
            difference += away * away;
            store(i, kept);
        }
    }
    result.radius = std::sqrt(difference) + std::sqrt(squared) * 0x1p-40 + 0x1p-110;
    return result;
}

/// The finest bytes of a codeword that keep within CoarseScan::most, each rounded up or down by 1/2 at most.
double CoarseCodebook::levelsFor(const double* values) const {
    if (m_kind != Coarse::Bytes || m_scan->most == 0) return 127;
    double largest = 0, most = 0;
    for (std::int64_t first = 0; first < m_dim; first += 16) {
        double sums[2] = {};
        for (std::int64_t i = first; i < std::min(first + 16, m_dim); ++i) {
            sums[i % 4 / 2] += std::abs(values[i]);
            largest = std::max(largest, std::abs(values[i]));
        }
        most = std::max({most, sums[0], sums[1]});
    }
    constexpr double kRoundings = 8 * 0.5 + 0.5;
    return most > 0 ? std::min(127.0, std::floor((m_scan->most - kRoundings) * largest / most)) : 127;
}

std::size_t CoarseCodebook::placeOf(std::int64_t code, std::int64_t i) const {
    const std::int64_t width = m_kind == Coarse::Bytes ? m_scan->width : kPanel;
    const std::int64_t panel = code / width * width * m_padded, lane = code % width;
    if (m_kind == Coarse::Bytes) return panel + i / 4 * 4 * width + lane * 4 + i % 4;
    return m_vnni ? panel + i / 2 * 2 * width + lane * 2 + i % 2 : panel + i * width + lane;
}

void CoarseCodebook::copyCodeword(std::int64_t code, const double* values, double squared) {
    std::int32_t sum = 0;
    const Copied copied = copy(values, squared, levelsFor(values), [&](std::int64_t i, auto value) {
        const std::size_t at = placeOf(code, i);
        if (m_kind == Coarse::Bytes) {
            m_copies[at] = static_cast<std::byte>(static_cast<std::int8_t>(value));
            sum += static_cast<std::int32_t>(value);
        } else if (m_kind == Coarse::Brain) {
            const std::uint16_t bits = kernels::bfloat16FromFloat(static_cast<float>(value));
            std::memcpy(m_copies.get() + 2 * at, &bits, sizeof bits);
        } else {
            const auto single = static_cast<float>(value);
            std::memcpy(m_copies.get() + 4 * at, &single, sizeof single);
        }
    });
    const double length = std::sqrt(squared);
    m_floors[code] = std::nextafter(static_cast<float>(squared / 2 * (1 - 0x1p-20) - 0x1p-90), -kInfinity);
    m_lengths[code] = up(length);
    m_radii[code] = up(copied.radius + productError(m_kind, m_dim) * (length + copied.radius));
    if (m_kind != Coarse::Bytes) return;
    m_steps[code] = copied.step;
    m_starts[code] = -m_scan->levels * sum;
}

std::int64_t CoarseCodebook::rowBytes() const {
    return m_padded * elementBytes(m_kind);
}

CoarseView CoarseCodebook::view() const {
    const auto* bytes = m_kind == Coarse::Bytes ? reinterpret_cast<const std::int8_t*>(m_copies.get()) : nullptr;
    return {m_floors.data(), m_lengths.data(), m_radii.data(), m_steps.data(), m_starts.data(), bytes, m_padded};
}

const void* CoarseCodebook::panel(std::int64_t index) const {
    return m_copies.get() + index * kPanel * rowBytes();
}

bool CoarseCodebook::begin(const float* vector, double* room, std::byte* row, VectorSearch& search) const {
    const double squared = scaled(vector, room), length = std::sqrt(squared);
    search = {};
    search.vector = vector;
    search.squared = squared;
    std::memset(row, 0, static_cast<std::size_t>(rowBytes()));
    if (!(length <= kFarthest)) {
        search.best = -kInfinity;
        return false;
    }
    const Copied copied = copy(room, squared, m_scan->levels, [&](std::int64_t i, auto value) {
        if (m_kind == Coarse::Bytes) {
            row[i] = static_cast<std::byte>(static_cast<int>(value) + m_scan->levels);
        } else if (m_kind == Coarse::Brain) {
            const std::uint16_t bits = kernels::bfloat16FromFloat(static_cast<float>(value));
            std::memcpy(row + 2 * i, &bits, sizeof bits);
        } else {
            const auto single = static_cast<float>(value);
            std::memcpy(row + 4 * i, &single, sizeof single);
        }
    });
    search.step = copied.step;
    search.radius = up(copied.radius);
    search.length = up(length + copied.radius);
    return true;
}

std::size_t CoarseCodebook::byteSize() const {
    return static_cast<std::size_t>(panels() * kPanel * rowBytes()) + 4 * (m_mean.size() + m_floors.size() + m_lengths.size() + m_radii.size() + m_steps.size() + m_starts.size());
}

}  // namespace tessera
