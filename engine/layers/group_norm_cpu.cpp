// SPDX-License-Identifier: Apache-2.0
#include "layers/group_norm_cpu.h"

#include <bit>
#include <cmath>
#include <vector>

#include <ATen/Parallel.h>

#include "core/error.h"
#include "device/cpu_features.h"

// The loops are plain C++ that the compiler turns into vectors, twice: for any processor and for AVX-512.
#if defined(__x86_64__)
#define TESSERA_WIDE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,prefer-vector-width=512")))
#else
#define TESSERA_WIDE
#endif
#define TESSERA_INLINE [[gnu::always_inline]] inline

namespace tessera {
namespace {

using kernels::Element;
using BFloat16 = std::uint16_t;

constexpr std::int64_t kRun = 128;  ///< positions that are summed in float32

TESSERA_INLINE float load(float value) {
    return value;
}
TESSERA_INLINE float load(BFloat16 bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}
TESSERA_INLINE void store(float& to, float value) {
    to = value;
}
TESSERA_INLINE void store(BFloat16& to, float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16, notANumber = bits >> 16 | 0x40;
    to = static_cast<BFloat16>((bits & 0x7fffffff) > 0x7f800000 ? notANumber : rounded);
}

/// e^x to 2e-7 of itself for x in [-87, 88], what that gives at the ends beyond; NaN stays NaN.
TESSERA_INLINE float exponential(float x) {
    x = x < -87.f ? -87.f : x;
    x = x > 88.f ? 88.f : x;
    constexpr float kShift = 12582912.f;  // 1.5 * 2^23: adding it rounds to a whole number in the low bits
    const float shifted = x * 1.44269504f + kShift, whole = shifted - kShift;
    const float r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
    const float p = 1.f + r * (1.f + r * (0.5f + r * (0.16666667f + r * (0.041666645f + r * (0.0083334519f + r * 0.0013983f)))));
    return p * std::bit_cast<float>((std::bit_cast<std::uint32_t>(shifted) << 23) + 0x3f800000u);
}

/// Adds x - pivot and its square of `count` positions to sums and squares, channel by channel.
template <typename In>
TESSERA_INLINE void addPositions(const In* x, std::int64_t count, std::int64_t channels, const float* pivot, float* sums, float* squares) {
    std::int64_t p = 0;
    for (; p + 4 <= count; p += 4) {
        const In *a = x + p * channels, *b = a + channels, *c = b + channels, *d = c + channels;
#pragma omp simd
        for (std::int64_t i = 0; i < channels; ++i) {
            const float ai = load(a[i]) - pivot[i], bi = load(b[i]) - pivot[i], ci = load(c[i]) - pivot[i], di = load(d[i]) - pivot[i];
            sums[i] += (ai + bi) + (ci + di);
            squares[i] += (ai * ai + bi * bi) + (ci * ci + di * di);
        }
    }
    for (; p < count; ++p) {
        const In* a = x + p * channels;
#pragma omp simd
        for (std::int64_t i = 0; i < channels; ++i) {
            const float ai = load(a[i]) - pivot[i];
            sums[i] += ai;
            squares[i] += ai * ai;
        }
    }
}

/// y = x * scale + shift, then silu if asked.
template <typename In, typename Out>
TESSERA_INLINE void normalisePositions(const In* x, Out* y, std::int64_t count, std::int64_t channels, const float* scale, const float* shift, bool silu) {
    for (std::int64_t p = 0; p < count; ++p, x += channels, y += channels) {
        if (silu) {
#pragma omp simd
            for (std::int64_t i = 0; i < channels; ++i) {
                const float n = load(x[i]) * scale[i] + shift[i];
                store(y[i], n / (1.f + exponential(-n)));
            }
        } else {
#pragma omp simd
            for (std::int64_t i = 0; i < channels; ++i) store(y[i], load(x[i]) * scale[i] + shift[i]);
        }
    }
}

template <typename In>
TESSERA_WIDE void addWide(const In* x, std::int64_t count, std::int64_t channels, const float* pivot, float* sums, float* squares) {
    addPositions(x, count, channels, pivot, sums, squares);
}
template <typename In>
void addPlain(const In* x, std::int64_t count, std::int64_t channels, const float* pivot, float* sums, float* squares) {
    addPositions(x, count, channels, pivot, sums, squares);
}
template <typename In, typename Out>
TESSERA_WIDE void normaliseWide(const In* x, Out* y, std::int64_t count, std::int64_t channels, const float* scale, const float* shift, bool silu) {
    normalisePositions(x, y, count, channels, scale, shift, silu);
}
template <typename In, typename Out>
void normalisePlain(const In* x, Out* y, std::int64_t count, std::int64_t channels, const float* scale, const float* shift, bool silu) {
    normalisePositions(x, y, count, channels, scale, shift, silu);
}

template <typename In, typename Out>
void normaliseAll(const In* x, Out* y, std::int64_t positions, std::int64_t channels, const float* scale, const float* shift, bool silu) {
    const auto normalise = cpuFeatures().avx512 ? normaliseWide<In, Out> : normalisePlain<In, Out>;
    at::parallel_for(0, positions, std::max<std::int64_t>(1, 16384 / channels), [&](std::int64_t begin, std::int64_t end) {
        normalise(x + begin * channels, y + begin * channels, end - begin, channels, scale, shift, silu);
    });
}

}  // namespace

bool groupNormOnCpuTakes(Element element) {
    return element == Element::Float32 || element == Element::BFloat16;
}

GroupNormSums::GroupNormSums(std::int64_t channels) : m_channels(channels), m_pivot(static_cast<std::size_t>(channels)), m_moments(m_pivot.size()) {}

void GroupNormSums::add(const kernels::HostActivations& x) {
    TESSERA_ASSERT(groupNormOnCpuTakes(x.element) && x.channels == m_channels && x.batch == 1);
    if (x.element == Element::Float32) addPart(static_cast<const float*>(x.data), x.positions);
    else addPart(static_cast<const BFloat16*>(x.data), x.positions);
}

template <typename In>
void GroupNormSums::addPart(const In* x, std::int64_t positions) {
    if (positions == 0) return;
    if (m_positions == 0) {
        for (std::int64_t c = 0; c < m_channels; ++c) m_pivot[c] = load(x[c]);
    }
    m_positions += positions;
    const std::int64_t channels = m_channels;
    const bool wide = cpuFeatures().avx512;
    const std::int64_t runs = (positions + kRun - 1) / kRun, parts = std::min<std::int64_t>(runs, at::get_num_threads());
    std::vector<Moments> partial(static_cast<std::size_t>(parts * channels));
    at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> sums(static_cast<std::size_t>(channels)), squares(sums.size());
        for (std::int64_t part = begin; part < end; ++part) {
            Moments* total = partial.data() + part * channels;
            for (std::int64_t run = runs * part / parts; run < runs * (part + 1) / parts; ++run) {
                const std::int64_t first = run * kRun, count = std::min(kRun, positions - first);
                std::fill(sums.begin(), sums.end(), 0.f);
                std::fill(squares.begin(), squares.end(), 0.f);
                (wide ? addWide<In> : addPlain<In>)(x + first * channels, count, channels, m_pivot.data(), sums.data(), squares.data());
                for (std::int64_t c = 0; c < channels; ++c) total[c].sum += sums[c], total[c].squares += squares[c];
            }
        }
    });
    for (std::int64_t i = 0; i < parts * channels; ++i) {
        m_moments[i % channels].sum += partial[i].sum;
        m_moments[i % channels].squares += partial[i].squares;
    }
}

void GroupNormSums::finish(const float* weight, const float* bias, const kernels::GroupNormOptions& options, float* scale, float* shift) const {
    const std::int64_t width = m_channels / options.groups;
    const double count = static_cast<double>(m_positions);
    for (std::int64_t first = 0; first < m_channels; first += width) {
        double mean = 0, spread = 0;
        for (std::int64_t c = first; c < first + width; ++c) mean += (m_pivot[c] + m_moments[c].sum / count) / static_cast<double>(width);
        for (std::int64_t c = first; c < first + width; ++c) {
            const double own = m_moments[c].sum / count, distance = m_pivot[c] + own - mean;
            spread += m_moments[c].squares - m_moments[c].sum * own + count * distance * distance;
        }
        const double inverse = 1 / std::sqrt(std::max(0.0, spread) / (count * static_cast<double>(width)) + static_cast<double>(options.epsilon));
        for (std::int64_t c = first; c < first + width; ++c) {
            scale[c] = static_cast<float>(inverse * weight[c]);
            shift[c] = static_cast<float>(bias[c] - mean * inverse * weight[c]);
        }
    }
}

void normaliseOnCpu(kernels::HostActivations x, const float* scale, const float* shift, bool silu, kernels::HostActivationsOut y) {
    TESSERA_ASSERT(groupNormOnCpuTakes(x.element) && groupNormOnCpuTakes(y.element) && y.elements() == x.elements());
    const std::int64_t positions = x.batch * x.positions;
    const auto run = [&](const auto* from, auto* to) { normaliseAll(from, to, positions, x.channels, scale, shift, silu); };
    const bool from = x.element == Element::Float32, to = y.element == Element::Float32;
    const auto* const singles = static_cast<const float*>(x.data);
    const auto* const halves = static_cast<const BFloat16*>(x.data);
    if (from && to) run(singles, static_cast<float*>(y.data));
    else if (from) run(singles, static_cast<BFloat16*>(y.data));
    else if (to) run(halves, static_cast<float*>(y.data));
    else run(halves, static_cast<BFloat16*>(y.data));
}

void groupNormOnCpu(kernels::HostActivations x, kernels::HostFloats weight, kernels::HostFloats bias, const kernels::GroupNormOptions& options,
                    kernels::HostActivationsOut y) {
    TESSERA_ASSERT(x.channels % options.groups == 0 && weight.size == x.channels && bias.size == x.channels && y.elements() == x.elements());
    const std::int64_t size = x.positions * x.channels;
    std::vector<float> scale(static_cast<std::size_t>(x.channels)), shift(scale.size());
    for (std::int64_t sample = 0; sample < x.batch; ++sample) {
        const kernels::HostActivations from{static_cast<const std::byte*>(x.data) + sample * size * kernels::byteSize(x.element), x.element, 1, x.positions, x.channels};
        const kernels::HostActivationsOut to{static_cast<std::byte*>(y.data) + sample * size * kernels::byteSize(y.element), y.element, 1, x.positions, x.channels};
        GroupNormSums sums(x.channels);
        sums.add(from);
        sums.finish(weight.data, bias.data, options, scale.data(), shift.data());
        normaliseOnCpu(from, scale.data(), shift.data(), options.silu, to);
    }
}

}  // namespace tessera
