// SPDX-License-Identifier: Apache-2.0
#include "layers/winograd.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/error.h"
#include "device/cpu_features.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tessera {
namespace {

constexpr int kSide = 4, kPoints = kSide * kSide;  ///< of a transformed tile
constexpr int kRows = 12, kLanes = 32;             ///< block of the product that stays in registers: tiles x output channels
constexpr int kStrip = 5 * kRows;                  ///< tiles that one thread takes through all three steps while they are in its cache

/// From LibTorch, whose large tensors lie in huge pages.
std::shared_ptr<float> allocated(std::int64_t count) {
    const at::Tensor memory = at::empty({count}, at::kFloat);
    return {memory.data_ptr<float>(), [memory](float*) {}};
}

/// Of a map whose sides were doubled, rows 2n and 2n + 1 are equal: their difference, one row and one column of the points, is nothing.
constexpr bool vanishes(int row, int column, bool doubled) {
    return doubled && (row == 2 || column == 2);
}

/// Where tiles lie: tile t is 2x2 results at rows 2 * (t / columns), columns 2 * (t % columns) of its sample.
struct Tiles {
    explicit Tiles(const WinogradConvolution::Map& map) : map(map), rows((map.height + 1) / 2), columns((map.width + 1) / 2), count(map.batch * rows * columns) {}
    struct Place {
        std::int64_t sample, row, column;
    };
    Place of(std::int64_t tile) const {
        const std::int64_t inSample = tile % (rows * columns);
        return {tile / (rows * columns), inSample / columns * 2, inSample % columns * 2};
    }
    WinogradConvolution::Map map;
    std::int64_t rows, columns, count;
};

/// Some tiles, one after the other.
struct Strip {
    std::int64_t first = 0, count = 0;
};

#if defined(__x86_64__)
#define TESSERA_AVX512 __attribute__((target("avx512f")))

/// One dimension of the input transform: 4 values to 4.
TESSERA_AVX512 inline void spread(__m512 (&v)[kSide]) {
    const __m512 a = _mm512_sub_ps(v[0], v[2]), b = _mm512_add_ps(v[1], v[2]), c = _mm512_sub_ps(v[2], v[1]), d = _mm512_sub_ps(v[1], v[3]);
    v[0] = a, v[1] = b, v[2] = c, v[3] = d;
}

/// inputs [16][kStrip][in]; what was there of tiles beyond the strip's stays there.
template <bool kDoubled>
TESSERA_AVX512 void transformInput(const float* x, const Tiles& tiles, Strip strip, int in, float* inputs) {
    const std::int64_t h = tiles.map.height, w = tiles.map.width, shift = kDoubled ? 1 : 0;
    const std::int64_t above = tiles.map.above, first = -above, last = h + tiles.map.below, inSample = above + (h >> shift) + tiles.map.below;
    for (std::int64_t t = 0; t < strip.count; ++t) {
        const Tiles::Place place = tiles.of(strip.first + t);
        const float* pixels[kSide][kSide];
        for (int i = 0; i < kSide; ++i) {
            for (int j = 0; j < kSide; ++j) {
                const std::int64_t row = place.row + i - 1, column = place.column + j - 1;
                const bool inside = row >= first && row < last && column >= 0 && column < w;
                pixels[i][j] = inside ? x + ((place.sample * inSample + above + (row >> shift)) * (w >> shift) + (column >> shift)) * in : nullptr;
            }
        }
        for (int c = 0; c < in; c += 16) {
            __m512 d[kSide][kSide];
            for (int i = 0; i < kSide; ++i) {
                for (int j = 0; j < kSide; ++j) d[i][j] = pixels[i][j] ? _mm512_loadu_ps(pixels[i][j] + c) : _mm512_setzero_ps();
                spread(d[i]);
            }
            for (int j = 0; j < kSide; ++j) {
                __m512 column[kSide] = {d[0][j], d[1][j], d[2][j], d[3][j]};
                spread(column);
                for (int i = 0; i < kSide; ++i) {
                    if (!vanishes(i, j, kDoubled)) _mm512_storeu_ps(inputs + ((i * kSide + j) * kStrip + t) * in + c, column[i]);
                }
            }
        }
    }
}

/// product [kRows][32] = tiles [kRows][in] x weight [in][32].
TESSERA_AVX512 void multiplyBlock(const float* tiles, const float* weight, int in, float* product, int stride) {
    __m512 sums[kRows][2];
    for (auto& row : sums) row[0] = row[1] = _mm512_setzero_ps();
    for (int k = 0; k < in; ++k) {
        const __m512 w0 = _mm512_load_ps(weight + k * kLanes), w1 = _mm512_load_ps(weight + k * kLanes + 16);
#pragma GCC unroll 12
        for (int r = 0; r < kRows; ++r) {
            const __m512 value = _mm512_set1_ps(tiles[r * in + k]);
            sums[r][0] = _mm512_fmadd_ps(value, w0, sums[r][0]);
            sums[r][1] = _mm512_fmadd_ps(value, w1, sums[r][1]);
        }
    }
    for (int r = 0; r < kRows; ++r) {
        _mm512_storeu_ps(product + r * stride, sums[r][0]);
        _mm512_storeu_ps(product + r * stride + 16, sums[r][1]);
    }
}

/// One dimension of the output transform: 4 values to 2.
TESSERA_AVX512 inline void gather(const __m512 (&v)[kSide], __m512& first, __m512& second) {
    first = _mm512_add_ps(_mm512_add_ps(v[0], v[1]), v[2]);
    second = _mm512_sub_ps(_mm512_sub_ps(v[1], v[2]), v[3]);
}

template <bool kDoubled>
TESSERA_AVX512 void transformOutput(const float* products, const float* bias, const Tiles& tiles, Strip strip, int out, float* y, bool accumulate) {
    const std::int64_t h = tiles.map.height, w = tiles.map.width;
    for (std::int64_t t = 0; t < strip.count; ++t) {
        const Tiles::Place place = tiles.of(strip.first + t);
        float* pixel = y + ((place.sample * h + place.row) * w + place.column) * out;
        const bool below = place.row + 1 < h, right = place.column + 1 < w;
        for (int c = 0; c < out; c += 16) {
            __m512 rows[2][kSide];
            for (int j = 0; j < kSide; ++j) {
                __m512 column[kSide];
                for (int i = 0; i < kSide; ++i) {
                    const bool nothing = vanishes(i, j, kDoubled);
                    column[i] = nothing ? _mm512_setzero_ps() : _mm512_loadu_ps(products + ((i * kSide + j) * kStrip + t) * out + c);
                }
                gather(column, rows[0][j], rows[1][j]);
            }
            const __m512 constant = _mm512_loadu_ps(bias + c);
            for (int i = 0; i < (below ? 2 : 1); ++i) {
                __m512 results[2];
                gather(rows[i], results[0], results[1]);
                for (int j = 0; j < (right ? 2 : 1); ++j) {
                    float* at = pixel + (i * w + j) * out + c;
                    __m512 value = _mm512_add_ps(results[j], constant);
                    if (accumulate) value = _mm512_add_ps(value, _mm512_loadu_ps(at));
                    _mm512_storeu_ps(at, value);
                }
            }
        }
    }
}
#endif

}  // namespace

bool WinogradConvolution::takes(int in, int out) {
    // Fewer channels than these spend more time on the transforms than they save.
    constexpr int kLeast = 64;
    return cpuFeatures().avx512 && in >= kLeast && out >= kLeast && in % 16 == 0 && out % kLanes == 0;
}

WinogradConvolution::WinogradConvolution(const float* weight, const float* bias, int in, int out)
    : m_in(in), m_out(out), m_bias(bias, bias + out) {
    TESSERA_ASSERT(takes(in, out));
    const auto transformed = allocated(std::int64_t(kPoints) * in * out);
    at::parallel_for(0, out, 8, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t o = begin; o < end; ++o) {
            for (std::int64_t i = 0; i < in; ++i) {
                // G g G^T with G = [1 0 0; .5 .5 .5; .5 -.5 .5; 0 0 1], in double: it is done once.
                const float* g = weight + (o * in + i) * 9;
                double rows[kSide][3];
                for (int c = 0; c < 3; ++c) {
                    const double a = g[c], b = g[3 + c], d = g[6 + c];
                    rows[0][c] = a, rows[1][c] = (a + b + d) / 2, rows[2][c] = (a - b + d) / 2, rows[3][c] = d;
                }
                for (int r = 0; r < kSide; ++r) {
                    const double a = rows[r][0], b = rows[r][1], d = rows[r][2];
                    const double values[kSide] = {a, (a + b + d) / 2, (a - b + d) / 2, d};
                    for (int c = 0; c < kSide; ++c) {
                        const std::int64_t panel = (std::int64_t(r * kSide + c) * (out / kLanes) + o / kLanes) * in + i;
                        transformed.get()[panel * kLanes + o % kLanes] = static_cast<float>(values[c]);
                    }
                }
            }
        }
    });
    m_weight = transformed;
}

void WinogradConvolution::run(const float* x, float* y, Map map, bool accumulate) const {
    runStrips<false>(x, y, map, accumulate);
}

void WinogradConvolution::runOnDoubled(const float* x, float* y, Map map) const {
    TESSERA_ASSERT(map.height % 2 == 0 && map.width % 2 == 0);
    runStrips<true>(x, y, map, false);
}

template <bool kDoubled>
void WinogradConvolution::runStrips(const float* x, float* y, Map map, bool accumulate) const {
#if defined(__x86_64__)
    const Tiles tiles(map);
    const std::int64_t strips = (tiles.count + kStrip - 1) / kStrip;
    at::parallel_for(0, strips, 1, [&](std::int64_t begin, std::int64_t end) {
        // Rows of a last, partial block hold what was there before; their products are never read.
        const auto inputs = allocated(std::int64_t(kPoints) * kStrip * m_in), products = allocated(std::int64_t(kPoints) * kStrip * m_out);
        for (std::int64_t number = begin; number < end; ++number) {
            const Strip strip{number * kStrip, std::min<std::int64_t>(kStrip, tiles.count - number * kStrip)};
            transformInput<kDoubled>(x, tiles, strip, m_in, inputs.get());
            for (int point = 0; point < kPoints; ++point) {
                if (vanishes(point / kSide, point % kSide, kDoubled)) continue;
                for (int lane = 0; lane < m_out; lane += kLanes) {
                    const float* weight = m_weight.get() + (std::int64_t(point) * m_out + lane) * m_in;
                    for (std::int64_t row = std::int64_t(point) * kStrip; row < point * kStrip + strip.count; row += kRows) {
                        multiplyBlock(inputs.get() + row * m_in, weight, m_in, products.get() + row * m_out + lane, m_out);
                    }
                }
            }
            transformOutput<kDoubled>(products.get(), m_bias.data(), tiles, strip, m_out, y, accumulate);
        }
    });
#else
    (void)x, (void)y, (void)map, (void)accumulate;
    TESSERA_ASSERT(false);  // takes() is false here
#endif
}

}  // namespace tessera
