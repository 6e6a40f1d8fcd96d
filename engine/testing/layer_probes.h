// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

// Parts of the engine on plain numbers, for tests: no tensor type goes in or comes out. Activations are dense
// [batch, height, width, channels], channels fastest.
namespace tessera::testing_probes {

struct Shape {
    std::int64_t batch = 1, height = 1, width = 1, channels = 1;
    std::int64_t elements() const { return batch * height * width * channels; }
};

/// Convolutions that ran in 16 bits since the program started.
std::uint64_t lowPrecisionConvolutions();

struct ConvolutionCase {
    int in = 1, out = 1, kernel = 3, stride = 1;
    enum class Border { None, Same, BelowRight } border = Border::Same;
    std::vector<float> weight;  ///< [out,in,k,k]
    std::vector<float> bias;    ///< [out]
};
/// The layer's result after nearest-neighbour doubling of x.
std::vector<float> convolutionOnDoubled(const ConvolutionCase& layer, std::span<const float> x, Shape shape, bool bf16 = false);
/// The layer's result, or `added` + that where `added` is not empty.
std::vector<float> convolution(const ConvolutionCase& layer, std::span<const float> x, Shape shape, std::span<const float> added = {}, bool bf16 = false);
/// How often the layer reports that it got on, and looks whether to stop.
int progressReportsOf(const ConvolutionCase& layer, std::span<const float> x, Shape shape);
/// The same by sums of products in double.
std::vector<float> convolutionBySums(const ConvolutionCase& layer, std::span<const float> x, Shape shape, std::span<const float> added = {});
/// Whether such a layer runs by Winograd's algorithm here.
bool usesWinograd(int in, int out);

struct GroupNormCase {
    int groups = 1;
    float epsilon = 1e-6f;
    bool silu = false;
    std::vector<float> weight, bias;  ///< [channels]
};
/// The layer's result; `bf16` rounds x to bfloat16 first and the result to it.
std::vector<float> groupNorm(const GroupNormCase& layer, std::span<const float> x, Shape shape, bool bf16 = false);

/// The same read in bands: see setBandBytes.
std::vector<float> groupNormInBands(const GroupNormCase& layer, std::span<const float> x, Shape shape, bool bf16 = false);

struct AttentionCase {
    struct Projection {
        std::vector<float> weight, bias;  ///< [C,C], [C]
    };
    GroupNormCase norm;
    Projection query, key, value, out;
};
/// The block's result, and what the pass was told to note.
std::vector<float> attention(const AttentionCase& layer, std::span<const float> x, Shape shape, std::vector<std::string>* notes = nullptr);

/// Most bytes of an activation that layers compute in one piece from now on; 0: as usual.
void setBandBytes(std::int64_t bytes);

/// Makes two large tensors one after the other; whether the second lies where the first did.
bool largeMemoryIsReused(std::int64_t bytes);
/// Bytes that are kept for reuse and used by nobody.
std::size_t keptMemory();
void releaseKeptMemory();

}  // namespace tessera::testing_probes
