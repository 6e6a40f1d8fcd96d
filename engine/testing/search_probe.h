// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tessera {
struct CudaPlugin;
}

/// What tests and benches see of searches for codes: values in, codes out, no tensors.
namespace tessera::probes {

/// Residual codes of the same vectors [N,D] in the same codebooks [K,D], one a depth, by whatever way.
class CodeSearch {
public:
    /// device: "cpu" or "cuda". Throws Failure if there is no such device.
    CodeSearch(const std::string& device, std::int64_t dim, std::span<const float> vectors, const std::vector<std::vector<float>>& codebooks);
    ~CodeSearch();

    /// Codes [N,depths] as a quantizer takes them.
    std::vector<std::int64_t> codes();
    std::vector<std::int64_t> codesByTensors();
    /// By this table's kernels, which read what the device's tensors hold.
    std::vector<std::int64_t> codesByKernel(const CudaPlugin& plugin);
    /// By a beam (quantize/beam_search.h); a search that is stopped from the beginning leaves codes incomplete.
    std::vector<std::int64_t> beamCodes(int beam, bool stopped = false);
    std::vector<std::int64_t> beamCodesByTensors(int beam, bool stopped = false);
    /// Whether codes() takes a kernel.
    bool hasKernel() const;

    /// What the first search keeps on a GPU with the codebooks.
    std::uint64_t keptBytes() const;

    /// codes() once, until the device is done. Scratch: what tensors on a GPU took at most beside those that were there, codes included.
    struct Run {
        double seconds = 0, processorSeconds = 0;
        std::uint64_t scratchBytes = 0;
    };
    Run run();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::probes
