// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>

#include "quantize/coarse_codebook.h"

namespace tessera {

/// A codebook [K,D] ready for any number of searches on the CPU: its coarse copy is made once. Safe from several threads.
class SearchableCodebook {
public:
    /// Keeps the codewords: row-major float32, all finite, K at most 2^31, D at most 65536.
    SearchableCodebook(std::shared_ptr<const float> codewords, std::int64_t count, std::int64_t dim);
    /// With a coarse copy of the caller's choice.
    SearchableCodebook(std::shared_ptr<const float> codewords, std::int64_t count, std::int64_t dim, Coarse kind, const CoarseScan& scan);

    std::int64_t count() const { return m_count; }
    std::int64_t dim() const { return m_dim; }
    const float* codeword(std::int64_t code) const { return m_codewords.get() + code * m_dim; }
    ExactCodewords exact() const;

    /// The copy to search with. Bytes that turned out to tell too few codewords apart are replaced by float32, made by the first who asks.
    const CoarseCodebook& coarse() const;
    /// After `vectors` of them met `measured` codewords whose distance had to be measured.
    void count(std::int64_t vectors, std::int64_t measured) const;
    std::size_t byteSize() const;  ///< of the copies

private:
    std::shared_ptr<const float> m_codewords;
    std::int64_t m_count, m_dim;
    std::unique_ptr<const CoarseCodebook> m_coarse;
    mutable std::atomic<bool> m_tooCoarse = false;
    mutable std::once_flag m_onceFine;
    mutable std::unique_ptr<const CoarseCodebook> m_fine;
};

/// Nearest codes, residual over depths: codes[n][d] = argmin_k |r - e_d[k]|^2 with kernels::squaredDistance, the lowest k among equals; then r -= e_d[code] in float32.
///
/// vectors [N,D], one codebook for every depth, all of the same D; codes [N,depths]. The answer does not depend on threads, processor or coarse copies: those only
/// exclude codewords that are surely farther, and every one that is left is measured. A block of vectors passes all depths while it is in the cache; where there are
/// fewer blocks than threads, codewords are shared out instead. Scratch memory of each thread: at most 256 (8 D + 2000) bytes.
/// `stopped` is asked between blocks and depths, from any thread: once it is true the codes are incomplete.
void searchCodes(const float* vectors, std::int64_t count, std::span<const SearchableCodebook* const> depths, std::int64_t* codes, int threads, const std::function<bool()>& stopped);

}  // namespace tessera
