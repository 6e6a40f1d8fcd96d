// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace tessera {

/// 3x3 convolution, stride 1, one zero of padding, in float32, by Winograd's F(2x2, 3x3): 16 products where the direct way takes 36.
/// Its rounding error is a few times that of direct summation; the transforms use nothing but sums and halves.
///
/// Activations are dense [batch, height, width, channels] (channels-last).
class WinogradConvolution {
public:
    /// Needs AVX-512, and numbers of channels that fill its registers; is worth it from some size on.
    static bool takes(int in, int out);

    /// weight [out,in,3,3] row-major; bias [out].
    WinogradConvolution(const float* weight, const float* bias, int in, int out);

    /// Size of the result, which may be a band of rows of a larger one: then x also holds the neighbours above and below that there are, and
    /// only where there are none the border is zeros.
    struct Map {
        std::int64_t batch = 0, height = 0, width = 0;
        std::int64_t above = 0, below = 0;  ///< rows of x, 0 or 1, beyond those under the result
    };
    /// y = convolution(x) + bias, or y += that. x [batch,above+height+below,width,in], y [batch,height,width,out], not overlapping. Uses LibTorch's threads.
    void run(const float* x, float* y, Map map, bool accumulate) const;
    /// The convolution of x after nearest-neighbour doubling of both sides, x [batch,above+height/2+below,width/2,in]: 9 products instead of 36.
    void runOnDoubled(const float* x, float* y, Map map) const;

private:
    template <bool kDoubled>
    void runStrips(const float* x, float* y, Map map, bool accumulate) const;

    int m_in, m_out;
    std::shared_ptr<const float> m_weight;  ///< [16][out/32][in][32]
    std::vector<float> m_bias;
};

}  // namespace tessera
