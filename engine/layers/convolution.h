// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <ATen/ATen.h>

#include "layers/forward_pass.h"
#include "layers/weights.h"

namespace tessera {

class WinogradConvolution;

/// Type in which a layer of so many channels computes. On a CPU low precision is for layers wide enough to gain by it.
at::ScalarType computeType(const Placement& placement, int in, int out);

/// Convolutions that ran in bfloat16 or float16 since the program started.
std::uint64_t lowPrecisionConvolutions();

/// How a convolution meets the border.
enum class Padding {
    None,
    Same,       ///< kernel / 2 zeros on every side
    BelowRight  ///< one row of zeros below, one column to the right: what downsampling autoencoders do
};

/// Square convolution with bias; tensors "weight" [out,in,k,k] and "bias" [out]. Activations are [B,C,h,w] channels-last.
/// A layer made by Weights::check has sizes but no tensors: it can count FLOPs, not run.
class Conv2d {
public:
    struct Shape {
        int in = 0, out = 0, kernel = 3, stride = 1;
        Padding padding = Padding::Same;
    };
    Conv2d(const Weights& w, Shape shape);

    /// [B,in,h,w] of any type to [B,out,h',w'] in the type in which a layer of `out` channels computes.
    at::Tensor operator()(const at::Tensor& x, ForwardPass& pass) const;
    /// silu of that result.
    at::Tensor withSilu(const at::Tensor& x, ForwardPass& pass) const;
    /// The convolution of x after nearest-neighbour doubling of both sides.
    at::Tensor onDoubled(const at::Tensor& x, ForwardPass& pass) const;
    /// sum + the result; in `sum`'s memory where types allow.
    at::Tensor addedTo(at::Tensor sum, const at::Tensor& x, ForwardPass& pass) const;

    /// What x is best given in: other types are converted.
    at::ScalarType inputType() const { return m_type; }
    double flops(double height, double width) const;  ///< of an input of that size
    int outputSide(int side) const;
    const Shape& shape() const { return m_shape; }

private:
    enum class After { Nothing, Silu };
    at::Tensor padded(const at::Tensor& x) const;
    at::Tensor run(const at::Tensor& x, After after) const;
    void count(const at::Tensor& x, ForwardPass& pass) const;

    Shape m_shape;
    at::Tensor m_weight, m_bias;  ///< weight undefined where Winograd's is used
    at::ScalarType m_type = at::kFloat, m_resultType = at::kFloat;
    bool m_packed = false;  ///< the weight is in oneDNN's own layout
    std::shared_ptr<const WinogradConvolution> m_winograd;
};

}  // namespace tessera
