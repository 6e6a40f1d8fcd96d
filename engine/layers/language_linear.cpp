// SPDX-License-Identifier: Apache-2.0
#include "layers/language_linear.h"

#include <algorithm>

#include <ATen/Parallel.h>

#include "layers/int8_product.h"

namespace tessera {

using at::Tensor;

namespace {

/// Rows of a matrix that are whole numbers in memory at once.
constexpr std::int64_t kRowsTogether = 512;
/// Vectors up to which reading the weights is what takes the time.
constexpr std::int64_t kFewRows = 64;
/// Multiplications that are worth waking another thread for.
constexpr std::int64_t kGrain = 1 << 16;

/// Rows as int8 and their scales; a row of zeros has scale 0.
void quantizeRows(const Tensor& rows, Tensor codes, Tensor scales) {
    for (std::int64_t begin = 0; begin < rows.size(0); begin += kRowsTogether) {
        const std::int64_t count = std::min(kRowsTogether, rows.size(0) - begin);
        const Tensor part = rows.narrow(0, begin, count).to(at::kFloat), most = part.abs().amax(1, true) / 127;
        codes.narrow(0, begin, count).copy_((part / most.clamp_min(1e-30)).round_());
        scales.narrow(0, begin, count).copy_(most.squeeze(1));
    }
}

}  // namespace

LanguageLinear::LanguageLinear(const Weights& w, Linear::Shape shape, const Parts& parts, bool int8) : m_shape(shape) {
    const bool cpu = !w.checking() && w.placement().device.is_cpu();
    int8 = int8 && !w.checking() && !w.training();
    m_type = int8 && cpu ? at::kFloat : Linear::typeOf(w, shape);
    if (int8) {
        const auto options = at::TensorOptions().device(w.placement().device);
        m_codes = at::empty({shape.out, shape.in}, options.dtype(at::kChar));
        m_scales = at::empty({shape.out}, options.dtype(at::kFloat));
    }
    std::vector<Tensor> taken;
    std::int64_t row = 0;
    for (const auto& [name, rows] : parts) {
        Tensor part = w.takeAs(int8 ? at::kFloat : m_type, name, {rows, shape.in});
        if (int8) quantizeRows(part, m_codes.narrow(0, row, rows), m_scales.narrow(0, row, rows));
        else taken.push_back(std::move(part));
        row += rows;
    }
    if (int8) return;
    Tensor weight;
    if (!w.checking()) weight = taken.size() == 1 ? taken.front() : at::cat(taken);
    m_whole.emplace(w, shape, LinearTensors{.weight = std::move(weight), .bias = {}});
}

Tensor LanguageLinear::ofFewRows(const Tensor& x) const {
    const Tensor rows = x.reshape({-1, m_shape.in}).to(at::kFloat).contiguous();
    Tensor y = at::empty({rows.size(0), m_shape.out}, rows.options());
    const Int8Matrix matrix{m_codes.const_data_ptr<std::int8_t>(), m_scales.const_data_ptr<float>(), m_shape.in, m_shape.out};
    const float* from = rows.const_data_ptr<float>();
    float* to = y.mutable_data_ptr<float>();
    static const Int8Product product = int8Product();
    at::parallel_for(0, m_shape.out, std::max<std::int64_t>(1, kGrain / (m_shape.in * rows.size(0))), [&](std::int64_t first, std::int64_t last) { product(matrix, from, rows.size(0), to, first, last); });
    std::vector<std::int64_t> sizes = x.sizes().vec();
    sizes.back() = m_shape.out;
    return y.view(sizes);
}

Tensor LanguageLinear::operator()(const Tensor& x) const {
    if (m_whole) return (*m_whole)(x);
    const std::int64_t vectors = x.numel() / m_shape.in;
    if (m_codes.is_cpu() && vectors <= kFewRows) return ofFewRows(x);
    const Tensor input = x.to(m_type);
    std::vector<Tensor> parts;
    for (std::int64_t begin = 0; begin < m_shape.out; begin += kRowsTogether) {
        const std::int64_t count = std::min<std::int64_t>(kRowsTogether, m_shape.out - begin);
        parts.push_back(at::linear(input, m_codes.narrow(0, begin, count).to(m_type)) * m_scales.narrow(0, begin, count).to(m_type));
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts, -1);
}

}  // namespace tessera
