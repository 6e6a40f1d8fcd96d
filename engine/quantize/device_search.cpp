// SPDX-License-Identifier: Apache-2.0
#include "quantize/device_search.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include "core/error.h"
#include "kernels/squared_distance.h"
#include "quantize/code_search.h"
#include "quantize/nearest_code.h"

namespace tessera {
namespace {

constexpr std::int64_t kVectorsAtOnce = 65536;               ///< between two looks at whether to go on
constexpr std::int64_t kNumbersAtOnce = std::int64_t(1) << 24;  ///< 64 MiB of float32
constexpr std::int64_t kDoublesAtOnce = std::int64_t(1) << 20;
constexpr std::int64_t kChosen = 16;
constexpr double kFarthest = 0x1p20;

/// What codewords are measured from, and a power of two that brings the longest of them to a length in (1/2, 1] about it.
struct Frame {
    at::Tensor mean;  // [D]
    double scale = 1;
};

/// (values - mean) * scale in double.
at::Tensor inFrame(const at::Tensor& values, const Frame& frame) {
    return values.to(at::kDouble).sub_(frame.mean.to(at::kDouble)).mul_(frame.scale);
}

template <typename Work>
void forBlocks(const at::Tensor& matrix, std::int64_t rows, const Work& work) {
    for (std::int64_t first = 0; first < matrix.size(0); first += rows) work(matrix.narrow(0, first, std::min(rows, matrix.size(0) - first)), first);
}

std::int64_t rowsAtOnce(std::int64_t numbers, std::int64_t each) {
    return std::max<std::int64_t>(1, numbers / each);
}

Frame frameOf(const at::Tensor& codewords) {
    const std::int64_t rows = rowsAtOnce(kDoublesAtOnce, codewords.size(1));
    at::Tensor sum = at::zeros({codewords.size(1)}, codewords.options().dtype(at::kDouble)), longest = at::zeros({}, sum.options());
    forBlocks(codewords, rows, [&](const at::Tensor& block, std::int64_t) { sum.add_(block.to(at::kDouble).sum(0)); });
    Frame frame{sum.div_(static_cast<double>(codewords.size(0))).to(at::kFloat), 1};
    forBlocks(codewords, rows, [&](const at::Tensor& block, std::int64_t) { longest = at::maximum(longest, inFrame(block, frame).norm(2, {1}).max()); });
    if (const double length = longest.item<double>(); length > 0) frame.scale = std::ldexp(1.0, -(std::ilogb(length) + 1));
    return frame;
}

/// Float32 products are of float32: no TF32 while this lives.
class TrueFloats {
public:
    TrueFloats() : m_before(at::globalContext().allowTF32CuBLAS()) { at::globalContext().setAllowTF32CuBLAS(false); }
    ~TrueFloats() { at::globalContext().setAllowTF32CuBLAS(m_before); }
    TrueFloats(const TrueFloats&) = delete;
    TrueFloats& operator=(const TrueFloats&) = delete;

private:
    bool m_before;
};

/// kernels::squaredDistance of each vector [n,D] and its codewords [n,m,D], the same bits: [n,m].
at::Tensor measured(const at::Tensor& vectors, const at::Tensor& codewords) {
    const std::int64_t dim = vectors.size(1);
    at::Tensor sums = at::zeros({codewords.size(0), codewords.size(1), kernels::kDistanceSums}, vectors.options().dtype(at::kDouble));
    for (std::int64_t i = 0; i < dim; i += kernels::kDistanceSums) {
        const std::int64_t width = std::min<std::int64_t>(kernels::kDistanceSums, dim - i);
        const at::Tensor difference = vectors.narrow(1, i, width).to(at::kDouble).unsqueeze(1) - codewords.narrow(2, i, width).to(at::kDouble);
        sums.narrow(2, 0, width).add_(difference * difference);
    }
    for (std::int64_t half = kernels::kDistanceSums / 2; half > 0; half /= 2) sums = sums.narrow(2, 0, half) + sums.narrow(2, half, half);
    return sums.squeeze(2);
}

/// One codebook, as blocks of vectors are led past it.
struct FrameCodebook {
    explicit FrameCodebook(const PreparedCodebook& book) : book(book), frame(frameOf(book.codewords())) {
        const at::Tensor& words = book.codewords();  // [K,D]
        copies = at::empty_like(words);
        halves = at::empty({words.size(0)}, words.options());
        forBlocks(words, rowsAtOnce(kDoublesAtOnce, words.size(1)), [&](const at::Tensor& block, std::int64_t first) {
            const at::Tensor scaled = inFrame(block, frame);
            copies.narrow(0, first, block.size(0)).copy_(scaled);
            halves.narrow(0, first, block.size(0)).copy_(scaled.square().sum(1) / 2);
        });
    }

    /// Codes [n] of vectors [n,D].
    at::Tensor codesOf(const at::Tensor& vectors) const {
        const std::int64_t count = copies.size(0), dim = copies.size(1), chosen = std::min(kChosen, count);
        const at::Tensor scaled = inFrame(vectors, frame), length = scaled.norm(2, {1});
        const auto [scores, candidates] = at::addmm(halves, scaled.to(at::kFloat), copies.t(), 1, -1).topk(chosen, 1, /*largest=*/false);  // [n,chosen]
        const at::Tensor distances = measured(vectors, book.codewords().index_select(0, candidates.reshape({-1})).reshape({vectors.size(0), chosen, dim}));
        at::Tensor codes = at::where(distances == distances.amin({1}, true), candidates, count).amin({1});
        // A score, |e|^2 / 2 - x.e with |e| at most 1, is wrong by this at most, however its sum was ordered; and equal distances may have been rounded.
        const at::Tensor error = (length + 1) * (static_cast<double>(dim + 16) * 0x1p-22) + (length + 1).square() * 0x1p-35 + 0x1p-100;
        at::Tensor proven = codes < count;
        if (chosen < count) proven = proven & (length <= kFarthest) & (scores.amax({1}).to(at::kDouble) > scores.amin({1}).to(at::kDouble) + 2 * error);
        const at::Tensor open = proven.logical_not().nonzero().squeeze(1);
        if (open.size(0) > 0) codes.index_put_({open}, onCpu(vectors.index_select(0, open)));
        return codes;
    }

    at::Tensor onCpu(const at::Tensor& vectors) const {
        const at::Tensor here = vectors.cpu(), codes = at::empty({vectors.size(0)}, at::kLong);
        const SearchableCodebook* const one = &book.onCpu();
        searchCodes(here.const_data_ptr<float>(), here.size(0), {&one, 1}, codes.mutable_data_ptr<std::int64_t>(), at::get_num_threads(), [] { return false; });
        return codes.to(vectors.device());
    }

    const PreparedCodebook& book;
    Frame frame;
    at::Tensor copies, halves;  // [K,D], [K]: codewords in the frame, half their squared lengths
};

void require(const char* failure) {
    if (failure) throw std::runtime_error(failure);  // describeException asks whether the device lives
}

}  // namespace

KernelCodebook::KernelCodebook(const CudaPlugin& plugin, const at::Tensor& codewords) : m_codewords(codewords) {
    const Frame frame = frameOf(codewords);
    m_mean = frame.mean;
    m_scale = frame.scale;
    m_coarse = at::empty({kernels::coarseCodebookBytes(codewords.size(0), codewords.size(1))}, codewords.options().dtype(at::kByte));
    require(plugin.prepareCodebook(codewords.device().index(), view()));
}

kernels::DeviceCodebook KernelCodebook::view() const {
    return {{m_codewords.const_data_ptr<float>(), m_codewords.size(0), m_codewords.size(1)}, m_mean.const_data_ptr<float>(), m_scale, m_coarse.data_ptr()};
}

at::Tensor codesByKernel(const CudaPlugin& plugin, const at::Tensor& vectors, std::span<const KernelCodebook* const> codebooks, const DeviceLane& lane) {
    const at::Tensor dense = vectors.contiguous();
    const std::int64_t count = dense.size(0), dim = dense.size(1), depths = static_cast<std::int64_t>(codebooks.size());
    const at::Tensor codes = at::empty({count, depths}, dense.options().dtype(at::kLong));
    std::vector<kernels::DeviceCodebook> books;
    std::int64_t largest = 1;
    for (const KernelCodebook* codebook : codebooks) {
        books.push_back(codebook->view());
        largest = std::max(largest, books.back().codewords.rows);
    }
    const at::Tensor scratch = at::empty({kernels::nearestCodeScratch(std::min(count, kVectorsAtOnce), largest, dim)}, dense.options().dtype(at::kByte));
    forBlocks(dense, kVectorsAtOnce, [&](const at::Tensor& block, std::int64_t first) {
        lane.checkStopped();
        require(plugin.nearestCodes(dense.device().index(), {block.const_data_ptr<float>(), block.size(0), dim}, books.data(), static_cast<int>(depths),
                                    codes.mutable_data_ptr<std::int64_t>() + first * depths, scratch.mutable_data_ptr()));
    });
    return codes;
}

at::Tensor codesByTensors(const at::Tensor& vectors, std::span<const PreparedCodebook* const> codebooks, const DeviceLane& lane) {
    const TrueFloats exact;
    std::vector<std::unique_ptr<const FrameCodebook>> books;
    std::vector<const FrameCodebook*> depths;
    std::int64_t rows = kVectorsAtOnce;
    for (std::size_t depth = 0; depth < codebooks.size(); ++depth) {
        const auto same = std::find(codebooks.begin(), codebooks.begin() + static_cast<std::ptrdiff_t>(depth), codebooks[depth]) - codebooks.begin();
        if (same == static_cast<std::ptrdiff_t>(depth)) books.push_back(std::make_unique<const FrameCodebook>(*codebooks[depth]));
        depths.push_back(same == static_cast<std::ptrdiff_t>(depth) ? books.back().get() : depths[same]);
        const at::Tensor& words = codebooks[depth]->codewords();
        rows = std::min({rows, rowsAtOnce(kNumbersAtOnce, words.size(0)), rowsAtOnce(kNumbersAtOnce, kChosen * words.size(1))});
    }
    const at::Tensor codes = at::empty({vectors.size(0), static_cast<std::int64_t>(depths.size())}, vectors.options().dtype(at::kLong));
    forBlocks(vectors, rows, [&](const at::Tensor& block, std::int64_t first) {
        at::Tensor rest = block;
        for (std::size_t depth = 0; depth < depths.size(); ++depth) {
            lane.checkStopped();
            const at::Tensor found = depths[depth]->codesOf(rest);
            codes.narrow(0, first, block.size(0)).select(1, static_cast<std::int64_t>(depth)).copy_(found);
            if (depth + 1 < depths.size()) rest = rest - codebooks[depth]->codewords().index_select(0, found);
        }
    });
    return codes;
}

}  // namespace tessera
