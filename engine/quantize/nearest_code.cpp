// SPDX-License-Identifier: Apache-2.0
#include "quantize/nearest_code.h"

#include <vector>

#include <ATen/Parallel.h>

#include "core/error.h"
#include "quantize/code_search.h"

namespace tessera {

PreparedCodebook::PreparedCodebook(const at::Tensor& codebook) : m_codewords(codebook.contiguous()) {
    TESSERA_ASSERT(codebook.dim() == 2 && codebook.numel() > 0 && codebook.scalar_type() == at::kFloat);
    const at::Tensor onCpu = m_codewords.cpu();
    const std::shared_ptr<const float> codewords(onCpu.const_data_ptr<float>(), [onCpu](const float*) {});
    m_onCpu = std::make_unique<SearchableCodebook>(codewords, onCpu.size(0), onCpu.size(1));
}

PreparedCodebook::~PreparedCodebook() = default;

at::Tensor residualCodes(const at::Tensor& vectors, std::span<const PreparedCodebook* const> codebooks, DeviceLane& lane) {
    TESSERA_ASSERT(vectors.dim() == 2 && vectors.scalar_type() == at::kFloat);
    const at::Tensor onCpu = vectors.cpu().contiguous();
    std::vector<const SearchableCodebook*> depths;
    for (const PreparedCodebook* codebook : codebooks) depths.push_back(&codebook->onCpu());
    const at::Tensor codes = at::empty({onCpu.size(0), static_cast<std::int64_t>(depths.size())}, at::kLong);
    searchCodes(onCpu.const_data_ptr<float>(), onCpu.size(0), depths, codes.mutable_data_ptr<std::int64_t>(), at::get_num_threads(), [&] { return lane.stopRequested(); });
    lane.checkStopped();
    return codes.to(vectors.device());
}

at::Tensor nearestCodes(const at::Tensor& vectors, const at::Tensor& codebook, DeviceLane& lane) {
    const PreparedCodebook prepared(codebook);
    const PreparedCodebook* const one = &prepared;
    return residualCodes(vectors, {&one, 1}, lane).squeeze(1);
}

}  // namespace tessera
