// SPDX-License-Identifier: Apache-2.0
#include "layers/convolution.h"

#include <atomic>

#include <ATen/core/dispatch/Dispatcher.h>

#include "device/cpu_features.h"
#include "layers/winograd.h"

namespace tessera {
namespace {

std::atomic<std::uint64_t> g_lowPrecisionConvolutions = 0;

at::ScalarType lowType(Precision precision) {
    switch (precision) {
        case Precision::Bf16: return at::kBFloat16;
        case Precision::Fp16: return at::kHalf;
        default: return at::kFloat;
    }
}

at::Tensor channelsLast(const at::Tensor& x) {
    return x.contiguous(at::MemoryFormat::ChannelsLast);
}

// oneDNN's convolutions with weights that were brought into its own layout once. LibTorch calls them by name only.
namespace packed {

using Ints = at::IntArrayRef;
using Word = std::optional<std::string_view>;
using Scalars = c10::List<std::optional<at::Scalar>>;

template <typename Signature>
auto operation(const char* name, const char* overload) {
    return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

at::Tensor weight(const at::Tensor& dense, std::int64_t padding, std::int64_t stride) {
    static const auto reorder = operation<at::Tensor(const at::Tensor&, Ints, Ints, Ints, std::int64_t, at::OptionalIntArrayRef)>("mkldnn::_reorder_convolution_weight", "");
    return reorder.call(dense, {padding, padding}, {stride, stride}, {1, 1}, 1, std::nullopt);
}

at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, std::int64_t padding, std::int64_t stride, std::string_view after) {
    static const auto run = operation<at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, Ints, Ints, Ints, std::int64_t, std::string_view, Scalars, Word)>(
        "mkldnn::_convolution_pointwise", "");
    return run.call(x, weight, bias, {padding, padding}, {stride, stride}, {1, 1}, 1, after, Scalars(), std::nullopt);
}

void convolveInto(at::Tensor& sum, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, std::int64_t padding, std::int64_t stride) {
    static const auto run = operation<at::Tensor&(at::Tensor&, const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, Ints, Ints, Ints, std::int64_t, std::string_view,
                                                  std::optional<at::Scalar>, Word, Scalars, Word)>("mkldnn::_convolution_pointwise_", "binary");
    run.call(sum, x, weight, bias, {padding, padding}, {stride, stride}, {1, 1}, 1, "add", at::Scalar(1.0), std::nullopt, Scalars(), std::nullopt);
}

bool available(at::ScalarType type) {
    return at::globalContext().hasMKLDNN() && (type == at::kFloat || (type == at::kBFloat16 && cpuIsFastAtBf16()));
}

}  // namespace packed

}  // namespace

at::ScalarType computeType(const Placement& placement, int in, int out) {
    const at::ScalarType low = lowType(placement.precision);
    if (!placement.device.is_cpu()) return low;
    // Measured: tile products gain from 32 channels on, dot products of pairs need more to make up for the conversions.
    const int least = cpuFeatures().amxBf16 ? 32 : 128;
    return std::min(in, out) >= least ? low : at::kFloat;
}

std::uint64_t lowPrecisionConvolutions() {
    return g_lowPrecisionConvolutions;
}

Conv2d::Conv2d(const Weights& w, Shape shape)
    : m_shape(shape),
      m_weight(w.take("weight", {shape.out, shape.in, shape.kernel, shape.kernel})),
      m_bias(w.take("bias", {shape.out})) {
    if (w.checking()) return;
    const bool cpu = w.placement().device.is_cpu();
    m_type = computeType(w.placement(), shape.in, shape.out);
    m_resultType = computeType(w.placement(), shape.out, shape.out);
    const bool plain = shape.kernel == 3 && shape.stride == 1 && shape.padding == Padding::Same;
    if (cpu && plain && m_type == at::kFloat && WinogradConvolution::takes(shape.in, shape.out)) {
        m_winograd = std::make_shared<WinogradConvolution>(m_weight.const_data_ptr<float>(), m_bias.const_data_ptr<float>(), shape.in, shape.out);
        m_weight.reset();
        return;
    }
    m_weight = m_weight.to(m_type);
    m_bias = m_bias.to(m_type);
    m_packed = cpu && packed::available(m_type);
    m_weight = m_packed ? packed::weight(m_weight, shape.padding == Padding::Same ? shape.kernel / 2 : 0, shape.stride) : channelsLast(m_weight);
}

at::Tensor Conv2d::padded(const at::Tensor& x) const {
    at::Tensor input = channelsLast(x.to(m_type));
    if (m_shape.padding != Padding::BelowRight) return input;
    const std::int64_t h = x.size(2), w = x.size(3);
    at::Tensor larger = at::empty({x.size(0), x.size(1), h + 1, w + 1}, input.options(), at::MemoryFormat::ChannelsLast);
    larger.narrow(2, 0, h).narrow(3, 0, w).copy_(input);
    larger.narrow(2, h, 1).zero_();
    larger.narrow(3, w, 1).zero_();
    return larger;
}

void Conv2d::count(const at::Tensor& x, ForwardPass& pass) const {
    if (m_type != at::kFloat) ++g_lowPrecisionConvolutions;
    pass.did(flops(static_cast<double>(x.size(2)), static_cast<double>(x.size(3))) * static_cast<double>(x.size(0)));
}

at::Tensor Conv2d::run(const at::Tensor& x, After after) const {
    const at::Tensor input = padded(x);
    const std::int64_t padding = m_shape.padding == Padding::Same ? m_shape.kernel / 2 : 0;
    at::Tensor result;
    if (m_winograd) {
        result = at::empty({x.size(0), m_shape.out, x.size(2), x.size(3)}, input.options(), at::MemoryFormat::ChannelsLast);
        m_winograd->run(input.const_data_ptr<float>(), result.data_ptr<float>(), {x.size(0), x.size(2), x.size(3)}, false);
    } else if (m_packed) {
        result = packed::convolve(input, m_weight, m_bias, padding, m_shape.stride, after == After::Silu ? "swish" : "none");
        return result.to(m_resultType);
    } else {
        result = at::conv2d(input, m_weight, m_bias, m_shape.stride, padding);
    }
    if (after == After::Silu) at::silu_(result);
    return result.to(m_resultType);
}

at::Tensor Conv2d::operator()(const at::Tensor& x, ForwardPass& pass) const {
    at::Tensor result = run(x, After::Nothing);
    count(x, pass);
    return result;
}

at::Tensor Conv2d::withSilu(const at::Tensor& x, ForwardPass& pass) const {
    at::Tensor result = run(x, After::Silu);
    count(x, pass);
    return result;
}

at::Tensor Conv2d::onDoubled(const at::Tensor& x, ForwardPass& pass) const {
    const std::int64_t h = x.size(2) * 2, w = x.size(3) * 2;
    if (!m_winograd) return (*this)(at::upsample_nearest2d(x, {h, w}), pass);
    const at::Tensor input = padded(x);
    at::Tensor result = at::empty({x.size(0), m_shape.out, h, w}, input.options(), at::MemoryFormat::ChannelsLast);
    m_winograd->runOnDoubled(input.const_data_ptr<float>(), result.data_ptr<float>(), {x.size(0), h, w});
    count(result, pass);
    return result.to(m_resultType);
}

at::Tensor Conv2d::addedTo(at::Tensor sum, const at::Tensor& x, ForwardPass& pass) const {
    const bool inPlace = sum.scalar_type() == m_type && sum.is_contiguous(at::MemoryFormat::ChannelsLast) && m_shape.stride == 1;
    if (inPlace && m_winograd) {
        const at::Tensor input = padded(x);
        m_winograd->run(input.const_data_ptr<float>(), sum.data_ptr<float>(), {x.size(0), x.size(2), x.size(3)}, true);
    } else if (inPlace && m_packed) {
        packed::convolveInto(sum, padded(x), m_weight, m_bias, m_shape.padding == Padding::Same ? m_shape.kernel / 2 : 0, 1);
    } else {
        sum.add_(run(x, After::Nothing));
    }
    count(x, pass);
    return sum;
}

int Conv2d::outputSide(int side) const {
    switch (m_shape.padding) {
        case Padding::None: return (side - m_shape.kernel) / m_shape.stride + 1;
        case Padding::Same: return (side + m_shape.kernel / 2 * 2 - m_shape.kernel) / m_shape.stride + 1;
        case Padding::BelowRight: return (side + 1 - m_shape.kernel) / m_shape.stride + 1;
    }
    return 0;
}

double Conv2d::flops(double height, double width) const {
    const double points = static_cast<double>(outputSide(static_cast<int>(height))) * outputSide(static_cast<int>(width));
    return 2.0 * m_shape.in * m_shape.out * m_shape.kernel * m_shape.kernel * points;
}

}  // namespace tessera
