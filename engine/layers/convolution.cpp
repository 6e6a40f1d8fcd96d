// SPDX-License-Identifier: Apache-2.0
#include "layers/convolution.h"

#include <atomic>

#include "core/error.h"
#include "device/cpu_features.h"
#include "layers/in_place.h"
#include "layers/onednn.h"
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

// Convolutions with weights in oneDNN's own layout.
namespace packed {

using onednn::operation, onednn::Scalars, onednn::Word;
using Ints = at::IntArrayRef;

at::Tensor weight(const at::Tensor& dense, std::int64_t padding, std::int64_t stride) {
    static const auto reorder = operation<at::Tensor(const at::Tensor&, Ints, Ints, Ints, std::int64_t, at::OptionalIntArrayRef)>("mkldnn::_reorder_convolution_weight", "");
    return reorder.call(dense, {padding, padding}, {stride, stride}, {1, 1}, 1, std::nullopt);
}

/// Zeros beyond the four sides.
struct Border {
    std::int64_t rows = 0, columns = 0;
};

at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, Border padding, std::int64_t stride, std::string_view after) {
    static const auto run = operation<at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, Ints, Ints, Ints, std::int64_t, std::string_view, Scalars, Word)>(
        "mkldnn::_convolution_pointwise", "");
    return run.call(x, weight, bias, {padding.rows, padding.columns}, {stride, stride}, {1, 1}, 1, after, Scalars(), std::nullopt);
}

void convolveInto(at::Tensor& sum, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, Border padding, std::int64_t stride) {
    static const auto run = operation<at::Tensor&(at::Tensor&, const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, Ints, Ints, Ints, std::int64_t, std::string_view,
                                                  std::optional<at::Scalar>, Word, Scalars, Word)>("mkldnn::_convolution_pointwise_", "binary");
    run.call(sum, x, weight, bias, {padding.rows, padding.columns}, {stride, stride}, {1, 1}, 1, "add", at::Scalar(1.0), std::nullopt, Scalars(), std::nullopt);
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
    m_training = w.training();
    const bool plain = shape.kernel == 3 && shape.stride == 1 && shape.padding == Padding::Same;
    if (cpu && plain && !m_training && m_type == at::kFloat && WinogradConvolution::takes(shape.in, shape.out)) {
        m_winograd = std::make_shared<WinogradConvolution>(m_weight.const_data_ptr<float>(), m_bias.const_data_ptr<float>(), shape.in, shape.out);
        m_weight.reset();
        return;
    }
    m_weight = m_weight.to(m_type);
    m_bias = m_bias.to(m_type);
    m_packed = cpu && onednn::takes(m_type) && !m_training;
    m_weight = m_packed ? packed::weight(m_weight, shape.padding == Padding::Same ? shape.kernel / 2 : 0, shape.stride) : channelsLast(m_weight);
}

at::Tensor Conv2d::padded(const at::Tensor& x) const {
    at::Tensor input = channelsLast(x.to(m_type));
    if (m_shape.padding != Padding::BelowRight) return input;
    if (m_training) return at::constant_pad_nd(input, {0, 1, 0, 1});
    const std::int64_t h = x.size(2), w = x.size(3);
    at::Tensor larger = at::empty({x.size(0), x.size(1), h + 1, w + 1}, input.options(), at::MemoryFormat::ChannelsLast);
    larger.narrow(2, 0, h).narrow(3, 0, w).copy_(input);
    larger.narrow(2, h, 1).zero_();
    larger.narrow(3, w, 1).zero_();
    return larger;
}

void Conv2d::countLowPrecision() const {
    if (m_type != at::kFloat) ++g_lowPrecisionConvolutions;
}

at::Tensor Conv2d::run(const at::Tensor& x, After after) const {
    const at::Tensor input = padded(x);
    const std::int64_t padding = m_shape.padding == Padding::Same ? m_shape.kernel / 2 : 0;
    at::Tensor result;
    if (m_winograd) {
        result = at::empty({x.size(0), m_shape.out, x.size(2), x.size(3)}, input.options(), at::MemoryFormat::ChannelsLast);
        m_winograd->run(input.const_data_ptr<float>(), result.data_ptr<float>(), {x.size(0), x.size(2), x.size(3)}, false);
    } else if (m_packed) {
        result = packed::convolve(input, m_weight, m_bias, {padding, padding}, m_shape.stride, after == After::Silu ? "swish" : "none");
        return result.to(m_resultType);
    } else {
        result = at::conv2d(input, m_weight, m_bias, m_shape.stride, padding);
    }
    if (after == After::Silu) result = result.requires_grad() ? at::silu(result) : at::silu_(result);
    return result.to(m_resultType);
}

at::Tensor Conv2d::runOnDoubled(const at::Tensor& x) const {
    const std::int64_t h = x.size(2) * 2, w = x.size(3) * 2;
    if (!m_winograd) return run(at::upsample_nearest2d(x, {h, w}), After::Nothing);
    const at::Tensor input = padded(x);
    at::Tensor result = at::empty({x.size(0), m_shape.out, h, w}, input.options(), at::MemoryFormat::ChannelsLast);
    m_winograd->runOnDoubled(input.const_data_ptr<float>(), result.data_ptr<float>(), {x.size(0), h, w});
    return result.to(m_resultType);
}

void Conv2d::runInto(at::Tensor& sum, const at::Tensor& x) const {
    const bool inPlace = sum.scalar_type() == m_type && sum.is_contiguous(at::MemoryFormat::ChannelsLast) && m_shape.stride == 1;
    if (inPlace && m_winograd) {
        const at::Tensor input = padded(x);
        m_winograd->run(input.const_data_ptr<float>(), sum.data_ptr<float>(), {x.size(0), x.size(2), x.size(3)}, true);
    } else if (inPlace && m_packed) {
        const std::int64_t padding = m_shape.padding == Padding::Same ? m_shape.kernel / 2 : 0;
        packed::convolveInto(sum, padded(x), m_weight, m_bias, {padding, padding}, 1);
    } else {
        sum = addedInPlace(sum, run(x, After::Nothing));
    }
}

Rows Conv2d::reachOf(Rows rows, bool doubled) const {
    if (doubled) return {rows.begin / 2 - 1, rows.end / 2 + 1};
    const std::int64_t before = m_shape.padding == Padding::Same ? m_shape.kernel / 2 : 0;
    return {rows.begin * m_shape.stride - before, (rows.end - 1) * m_shape.stride - before + m_shape.kernel};
}

void Conv2d::winogradRows(RowSource& x, Rows rows, bool doubled, bool accumulate, at::Tensor& y) const {
    const std::int64_t factor = doubled ? 2 : 1;
    const Rows under{rows.begin / factor, rows.end / factor};
    const std::int64_t above = under.begin > 0 ? 1 : 0, below = under.end < x.map().height() ? 1 : 0;
    const at::Tensor input = x.rows({under.begin - above, under.end + below}, at::kFloat);
    const WinogradConvolution::Map map{y.size(0), rows.count(), y.size(3), above, below};
    if (doubled) m_winograd->runOnDoubled(input.const_data_ptr<float>(), y.data_ptr<float>(), map);
    else m_winograd->run(input.const_data_ptr<float>(), y.data_ptr<float>(), map, accumulate);
}

at::Tensor Conv2d::runRows(RowSource& x, Rows rows, After after, bool doubled) const {
    at::Tensor result;
    if (m_winograd) {
        const auto options = at::TensorOptions().dtype(at::kFloat).device(x.map().device());
        result = at::empty({x.map().batch(), m_shape.out, rows.count(), resultOf(x.map(), doubled).width}, options, at::MemoryFormat::ChannelsLast);
        winogradRows(x, rows, doubled, false, result);
    } else {
        at::Tensor input = x.rows(reachOf(rows, doubled), m_type, m_shape.padding == Padding::BelowRight ? 1 : 0);
        if (doubled) {  // the reach is a row wider than the kernel's on each side, once doubled
            input = at::upsample_nearest2d(input, {input.size(2) * 2, input.size(3) * 2}).narrow(2, 1, rows.count() + 2);
        }
        const std::int64_t columns = m_shape.padding == Padding::Same ? m_shape.kernel / 2 : 0;
        if (m_packed) {
            return packed::convolve(channelsLast(input), m_weight, m_bias, {0, columns}, m_shape.stride, after == After::Silu ? "swish" : "none").to(m_resultType);
        }
        result = at::conv2d(channelsLast(input), m_weight, m_bias, m_shape.stride, at::IntArrayRef{0, columns});
    }
    if (after == After::Silu) at::silu_(result);
    return result.to(m_resultType);
}

void Conv2d::runRowsInto(at::Tensor sum, RowSource& x, Rows rows) const {
    const bool inPlace = sum.scalar_type() == m_type && sum.is_contiguous(at::MemoryFormat::ChannelsLast) && m_shape.stride == 1;
    if (inPlace && m_winograd) {
        winogradRows(x, rows, false, true, sum);
    } else if (inPlace && m_packed) {
        const std::int64_t columns = m_shape.padding == Padding::Same ? m_shape.kernel / 2 : 0;
        packed::convolveInto(sum, x.rows(reachOf(rows, false), m_type), m_weight, m_bias, {0, columns}, 1);
    } else {
        sum.add_(runRows(x, rows, After::Nothing, false));
    }
}

Conv2d::Extent Conv2d::resultOf(const Activation& x, bool doubled) const {
    if (doubled) return {x.height() * 2, x.width() * 2};
    return {outputSide(static_cast<int>(x.height())), outputSide(static_cast<int>(x.width()))};
}

std::vector<Rows> Conv2d::planned(const Activation& x, bool doubled) const {
    const Extent result = resultOf(x, doubled);
    if (m_training) return {{0, result.height}};
    const std::int64_t read = x.batch() * x.channels() * x.width() * static_cast<std::int64_t>(c10::elementSize(m_type)) * m_shape.stride / (doubled ? 2 : 1);
    const std::int64_t written = x.batch() * m_shape.out * result.width * static_cast<std::int64_t>(c10::elementSize(m_resultType));
    return bandsOf(result.height, std::max(read, written), x.device());
}

Activation Conv2d::convolve(RowSource x, After after, bool doubled, ForwardPass& pass) const {
    countLowPrecision();
    const std::vector<Rows> bands = planned(x.map(), doubled);
    const Extent size = resultOf(x.map(), doubled);
    const double flopsPerRow = static_cast<double>(x.map().batch()) * 2.0 * m_shape.in * m_shape.out * m_shape.kernel * m_shape.kernel * static_cast<double>(size.width);
    if (bands.size() == 1 && x.map().inOnePiece()) {
        const at::Tensor input = x.whole(m_type);
        Activation result = doubled ? runOnDoubled(input) : run(input, after);
        pass.did(flopsPerRow * static_cast<double>(size.height));
        return result;
    }
    Activation result;
    for (const Rows& rows : bands) {
        result.append(runRows(x, rows, after, doubled));
        x.releaseAbove(reachOf({rows.end, rows.end + 1}, doubled).begin);
        pass.did(flopsPerRow * static_cast<double>(rows.count()));
    }
    return result;
}

Activation Conv2d::operator()(RowSource x, ForwardPass& pass) const {
    return convolve(std::move(x), After::Nothing, false, pass);
}

Activation Conv2d::withSilu(RowSource x, ForwardPass& pass) const {
    return convolve(std::move(x), After::Silu, false, pass);
}

Activation Conv2d::onDoubled(RowSource x, ForwardPass& pass) const {
    return convolve(std::move(x), After::Nothing, true, pass);
}

Activation Conv2d::addedTo(Activation sum, RowSource x, ForwardPass& pass) const {
    countLowPrecision();
    const std::vector<Rows> bands = planned(x.map(), false);
    const double flopsOfAll = flops(static_cast<double>(x.map().height()), static_cast<double>(x.map().width())) * static_cast<double>(x.map().batch());
    if (bands.size() == 1 && x.map().inOnePiece() && sum.inOnePiece()) {
        at::Tensor whole = std::move(sum).whole();
        runInto(whole, x.whole(m_type));
        pass.did(flopsOfAll);
        return whole;
    }
    const std::int64_t step = bands.front().count();
    for (std::size_t i = 0; i < sum.bands(); ++i) {
        const Rows band = sum.rowsOf(i);
        for (std::int64_t begin = band.begin; begin < band.end; begin += step) {
            const Rows rows{begin, std::min(band.end, begin + step)};
            runRowsInto(sum.band(i).narrow(2, begin - band.begin, rows.count()), x, rows);
            x.releaseAbove(reachOf({rows.end, rows.end + 1}, false).begin);
            pass.did(flopsOfAll * static_cast<double>(rows.count()) / static_cast<double>(sum.height()));
        }
    }
    return sum;
}

std::pair<Activation, Activation> Conv2d::together(const Conv2d& first, RowSource x, const Conv2d& second, RowSource z, ForwardPass& pass) {
    const std::vector<Rows> bandsOfFirst = first.planned(x.map(), false), bandsOfSecond = second.planned(z.map(), false);
    if (bandsOfFirst.size() == 1 && bandsOfSecond.size() == 1 && x.map().inOnePiece()) {
        Activation y = first(std::move(x), pass);
        return {std::move(y), second(std::move(z), pass)};
    }
    TESSERA_ASSERT(first.m_shape.stride == second.m_shape.stride);
    first.countLowPrecision();
    second.countLowPrecision();
    const double height = static_cast<double>(x.map().height()), width = static_cast<double>(x.map().width());
    const double flopsOfAll = (first.flops(height, width) + second.flops(height, width)) * static_cast<double>(x.map().batch());
    const std::vector<Rows>& bands = bandsOfFirst.size() >= bandsOfSecond.size() ? bandsOfFirst : bandsOfSecond;
    std::pair<Activation, Activation> results;
    for (const Rows& rows : bands) {
        results.first.append(first.runRows(x, rows, After::Nothing, false));
        results.second.append(second.runRows(z, rows, After::Nothing, false));
        const Rows next{rows.end, rows.end + 1};
        x.releaseAbove(first.reachOf(next, false).begin);
        z.releaseAbove(second.reachOf(next, false).begin);
        pass.did(flopsOfAll * static_cast<double>(rows.count()) / static_cast<double>(bands.back().end));
    }
    return results;
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
