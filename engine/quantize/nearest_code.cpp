// SPDX-License-Identifier: Apache-2.0
#include "quantize/nearest_code.h"

#include <algorithm>
#include <vector>

#include <ATen/Parallel.h>

#include "core/error.h"
#include "device/cuda_ops.h"
#include "quantize/code_search.h"
#include "quantize/device_search.h"

namespace tessera {

PreparedCodebook::PreparedCodebook(const at::Tensor& codebook) : m_codewords(codebook.contiguous()) {
    TESSERA_ASSERT(codebook.dim() == 2 && codebook.numel() > 0 && codebook.scalar_type() == at::kFloat);
    if (m_codewords.is_cpu()) onCpu();
}

PreparedCodebook::~PreparedCodebook() = default;

const SearchableCodebook& PreparedCodebook::onCpu() const {
    std::call_once(m_onceOnCpu, [this] {
        const at::Tensor here = m_codewords.cpu();
        const std::shared_ptr<const float> codewords(here.const_data_ptr<float>(), [here](const float*) {});
        m_onCpu = std::make_unique<SearchableCodebook>(codewords, here.size(0), here.size(1));
    });
    return *m_onCpu;
}

const KernelCodebook& PreparedCodebook::forKernel(const CudaPlugin& plugin) const {
    std::call_once(m_onceForKernel, [&] { m_forKernel = std::make_unique<KernelCodebook>(plugin, m_codewords); });
    return *m_forKernel;
}

namespace {

at::Tensor codesByCpu(const at::Tensor& vectors, std::span<const PreparedCodebook* const> codebooks, DeviceLane& lane) {
    const at::Tensor dense = vectors.contiguous();
    std::vector<const SearchableCodebook*> depths;
    for (const PreparedCodebook* codebook : codebooks) depths.push_back(&codebook->onCpu());
    const at::Tensor codes = at::empty({dense.size(0), static_cast<std::int64_t>(depths.size())}, at::kLong);
    searchCodes(dense.const_data_ptr<float>(), dense.size(0), depths, codes.mutable_data_ptr<std::int64_t>(), at::get_num_threads(), [&] { return lane.stopRequested(); });
    lane.checkStopped();
    return codes;
}

bool kernelTakes(std::span<const PreparedCodebook* const> codebooks) {
    return std::ranges::all_of(codebooks, [](const PreparedCodebook* book) { return kernels::nearestCodeTakes(book->codewords().size(0), book->codewords().size(1)); });
}

}  // namespace

at::Tensor residualCodes(const at::Tensor& vectors, std::span<const PreparedCodebook* const> codebooks, DeviceLane& lane) {
    TESSERA_ASSERT(vectors.dim() == 2 && vectors.scalar_type() == at::kFloat);
    if (vectors.is_cpu()) return codesByCpu(vectors, codebooks, lane);
    const CudaPlugin* plugin = codeSearchPlugin(vectors.device());
    if (!plugin || !kernelTakes(codebooks)) return codesByTensors(vectors, codebooks, lane);
    std::vector<const KernelCodebook*> depths;
    for (const PreparedCodebook* codebook : codebooks) depths.push_back(&codebook->forKernel(*plugin));
    return codesByKernel(*plugin, vectors, depths, lane);
}

at::Tensor nearestCodes(const at::Tensor& vectors, const at::Tensor& codebook, DeviceLane& lane) {
    const PreparedCodebook prepared(codebook);
    const PreparedCodebook* const one = &prepared;
    return residualCodes(vectors, {&one, 1}, lane).squeeze(1);
}

}  // namespace tessera
