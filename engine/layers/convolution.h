// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "layers/activation.h"
#include "layers/forward_pass.h"
#include "layers/row_source.h"
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

/// Square convolution with bias; tensors "weight" [out,in,k,k] and "bias" [out]. Activations are [B,C,h,w] channels-last, and go through
/// band by band where they are large: every band of the result is computed from its rows of x and those around that the kernel reaches.
/// A layer made by Weights::check has sizes but no tensors: it can count FLOPs, not run.
class Conv2d {
public:
    struct Shape {
        int in = 0, out = 0, kernel = 3, stride = 1;
        Padding padding = Padding::Same;
    };
    Conv2d(const Weights& w, Shape shape);

    /// [B,in,h,w] of any type to [B,out,h',w'] in the type in which a layer of `out` channels computes.
    Activation operator()(RowSource x, ForwardPass& pass) const;
    /// silu of that result.
    Activation withSilu(RowSource x, ForwardPass& pass) const;
    /// The convolution of x after nearest-neighbour doubling of both sides.
    Activation onDoubled(RowSource x, ForwardPass& pass) const;
    /// sum + the result; in `sum`'s memory where types allow.
    Activation addedTo(Activation sum, RowSource x, ForwardPass& pass) const;
    /// What two layers of equal stride make of x and z, which are two readings of one activation: none of its rows stays longer than both need it.
    static std::pair<Activation, Activation> together(const Conv2d& first, RowSource x, const Conv2d& second, RowSource z, ForwardPass& pass);

    /// What x is best given in: other types are converted.
    at::ScalarType inputType() const { return m_type; }
    double flops(double height, double width) const;  ///< of an input of that size
    int outputSide(int side) const;
    const Shape& shape() const { return m_shape; }

private:
    enum class After { Nothing, Silu };
    struct Extent {  ///< of a map
        std::int64_t height = 0, width = 0;
    };
    Extent resultOf(const Activation& x, bool doubled) const;
    /// The bands in which the result is made.
    std::vector<Rows> planned(const Activation& x, bool doubled) const;
    Activation convolve(RowSource x, After after, bool doubled, ForwardPass& pass) const;

    // One piece: as large as the map.
    at::Tensor padded(const at::Tensor& x) const;
    at::Tensor run(const at::Tensor& x, After after) const;
    at::Tensor runOnDoubled(const at::Tensor& x) const;
    void runInto(at::Tensor& sum, const at::Tensor& x) const;

    // A band of the result.
    at::Tensor runRows(RowSource& x, Rows rows, After after, bool doubled) const;
    void runRowsInto(at::Tensor sum, RowSource& x, Rows rows) const;
    /// Rows of x that the kernel reaches for these rows of the result.
    Rows reachOf(Rows rows, bool doubled) const;
    /// y (+)= the rows by Winograd's algorithm.
    void winogradRows(RowSource& x, Rows rows, bool doubled, bool accumulate, at::Tensor& y) const;
    void countLowPrecision() const;

    Shape m_shape;
    at::Tensor m_weight, m_bias;  ///< weight undefined where Winograd's is used
    at::ScalarType m_type = at::kFloat, m_resultType = at::kFloat;
    bool m_training = false;  ///< computes what can be differentiated, in one piece
    bool m_packed = false;    ///< the weight is in oneDNN's own layout
    std::shared_ptr<const WinogradConvolution> m_winograd;
};

}  // namespace tessera
