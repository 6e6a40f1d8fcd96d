// SPDX-License-Identifier: Apache-2.0
#include "layers/linear.h"

#include <algorithm>

#include "layers/convolution.h"
#include "layers/onednn.h"

namespace tessera {
namespace {

namespace packed {

using onednn::operation, onednn::Scalars, onednn::Word;

at::Tensor weight(const at::Tensor& dense) {
    static const auto reorder = operation<at::Tensor(const at::Tensor&, std::optional<std::int64_t>)>("mkldnn::_reorder_linear_weight", "");
    return reorder.call(dense, std::nullopt);
}

at::Tensor multiply(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, std::string_view after, Word algorithm) {
    static const auto run = operation<at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, std::string_view, Scalars, Word)>(
        "mkldnn::_linear_pointwise", "");
    return run.call(x, weight, bias.defined() ? std::optional(bias) : std::nullopt, after, Scalars(), algorithm);
}

}  // namespace packed

constexpr double kQuickSlope = 1.702;

std::string_view nameOf(Gelu gelu) {
    return gelu == Gelu::Tanh ? "tanh" : "none";
}

/// The parts of a tensor whose first side is `rows`, one below the other.
at::Tensor stacked(const Weights& w, at::ScalarType type, const std::array<std::string_view, 3>& names, std::int64_t rows, const std::vector<std::int64_t>& others) {
    const std::int64_t count = std::ranges::count_if(names, [](std::string_view name) { return !name.empty(); });
    if (count == 0) return {};
    std::vector<std::int64_t> shape{rows / count};
    shape.insert(shape.end(), others.begin(), others.end());
    std::vector<at::Tensor> parts;
    for (const std::string_view name : names) {
        if (!name.empty()) parts.push_back(w.takeAs(type, name, shape));
    }
    if (w.checking()) return {};
    return count == 1 ? parts.front() : at::cat(parts);
}

}  // namespace

LinearTensors LinearTensors::rows(std::int64_t begin, std::int64_t count) const {
    const auto part = [&](const at::Tensor& all) { return all.defined() ? all.narrow(0, begin, count) : all; };
    return {part(weight), part(bias)};
}

LinearTensors Linear::take(const Weights& w, Shape shape, const LinearNames& names) {
    return {stacked(w, at::kFloat, names.weights, shape.out, {shape.in}), stacked(w, at::kFloat, names.biases, shape.out, {})};
}

at::ScalarType Linear::typeOf(const Weights& w, Shape shape) { return w.checking() ? at::kFloat : computeType(w.placement(), shape.in, shape.out); }

Linear::Linear(const Weights& w, Shape shape, const LinearNames& names)
    : Linear(w, shape, LinearTensors{stacked(w, typeOf(w, shape), names.weights, shape.out, {shape.in}), stacked(w, typeOf(w, shape), names.biases, shape.out, {})}) {}

Linear::Linear(const Weights& w, Shape shape, const LinearTensors& tensors) : m_shape(shape) {
    if (w.checking()) return;
    m_type = typeOf(w, shape);
    m_weight = tensors.weight.to(m_type).contiguous();
    if (tensors.bias.defined()) m_bias = tensors.bias.to(m_type).contiguous();
    m_packed = w.placement().device.is_cpu() && onednn::takes(m_type) && !w.training();
    if (m_packed) m_weight = packed::weight(m_weight);
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
    const at::Tensor input = x.to(m_type);
    if (m_packed) return packed::multiply(input, m_weight, m_bias, "none", std::nullopt);
    return at::linear(input, m_weight, m_bias);
}

at::Tensor Linear::withGelu(const at::Tensor& x, Gelu gelu) const {
    if (gelu == Gelu::Quick) {
        const at::Tensor y = (*this)(x);
        return at::sigmoid(y * kQuickSlope) * y;
    }
    const at::Tensor input = x.to(m_type);
    if (m_packed) return packed::multiply(input, m_weight, m_bias, "gelu", nameOf(gelu));
    at::Tensor y = at::linear(input, m_weight, m_bias);
    return y.requires_grad() ? at::gelu(y, nameOf(gelu)) : at::gelu_(y, nameOf(gelu));
}

}  // namespace tessera
