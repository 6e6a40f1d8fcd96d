// SPDX-License-Identifier: Apache-2.0
#include "quantize/beam_search.h"

#include <algorithm>
#include <limits>

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include "core/error.h"

namespace tessera {
namespace {

using at::Tensor;

constexpr std::int64_t kVectorsAtOnce = 32;       // on the CPU: the last block is filled up, so that a vector's codes do not hang on those beside it
constexpr std::int64_t kNumbersAtOnce = 1 << 24;  // on other devices, of distances
constexpr float kFarthest = std::numeric_limits<float>::infinity();

/// Half of |r - e|^2, less half of |r|^2, is |e|^2 / 2 - r e.
struct Book {
    Tensor words, transposed, halves;  // [K,C], [C,K], [K]
};

struct Prefix {
    float left = kFarthest;  ///< half of the square of what it leaves
    std::int32_t from = 0, code = 0;
};

/// The best prefixes, in order; of equals the one that came first.
class Best {
public:
    Best(Prefix* prefixes, int most) : m_prefixes(prefixes), m_most(most) { std::fill_n(prefixes, most, Prefix{}); }
    float worst() const { return m_prefixes[m_most - 1].left; }
    void take(const Prefix& prefix) {
        int at = m_most - 1;
        for (; at > 0 && prefix.left < m_prefixes[at - 1].left; --at) m_prefixes[at] = m_prefixes[at - 1];
        m_prefixes[at] = prefix;
    }

private:
    Prefix* m_prefixes;
    int m_most;
};

/// Offers all of `scores` [count] that leave less than the worst of the best.
void offer(Best& best, const float* scores, std::int64_t count, float rest, std::int32_t from) {
    constexpr std::int64_t kAtOnce = 16;  // looked at together: hardly any of them is taken
    float bound = best.worst() - rest;
    std::int64_t k = 0;
    for (; k + kAtOnce <= count; k += kAtOnce) {
        float least = scores[k];
        for (std::int64_t i = 1; i < kAtOnce; ++i) least = std::min(least, scores[k + i]);
        if (!(least < bound)) continue;
        for (std::int64_t i = k; i < k + kAtOnce; ++i) {
            if (!(scores[i] < bound)) continue;
            best.take({scores[i] + rest, from, static_cast<std::int32_t>(i)});
            bound = best.worst() - rest;
        }
    }
    for (; k < count; ++k) {
        if (!(scores[k] < bound)) continue;
        best.take({scores[k] + rest, from, static_cast<std::int32_t>(k)});
        bound = best.worst() - rest;
    }
}

/// vectors [kVectorsAtOnce,C] to codes of the first `count`.
void searchBlock(const Tensor& vectors, std::int64_t count, const std::vector<Book>& books, int beam, std::int64_t* codes) {
    const std::int64_t n = vectors.size(0), depths = static_cast<std::int64_t>(books.size());
    Tensor rests = vectors;  // [n*width,C]
    std::vector<Prefix> prefixes(static_cast<std::size_t>(n));  // [n,width]
    const Tensor squares = (vectors.square().sum(1) / 2).contiguous();
    for (std::int64_t i = 0; i < n; ++i) prefixes[static_cast<std::size_t>(i)].left = squares.const_data_ptr<float>()[i];
    std::vector<std::int64_t> chosen;  // [n,width,depth]
    std::int64_t width = 1;
    for (std::int64_t depth = 0; depth < depths; ++depth) {
        const Book& book = books[static_cast<std::size_t>(depth)];
        const std::int64_t size = book.words.size(0), next = std::min<std::int64_t>(depth + 1 < depths ? beam : 1, width * size);
        const Tensor scores = at::addmm(book.halves, rests, book.transposed, 1, -1);  // [n*width,K]
        const Tensor parents = at::empty({n * next}, at::kLong), words = at::empty({n * next}, at::kLong);
        std::vector<Prefix> longer(static_cast<std::size_t>(n * next));
        std::vector<std::int64_t> codesOfLonger(static_cast<std::size_t>(n * next * (depth + 1)));
        for (std::int64_t i = 0; i < n; ++i) {
            Prefix* own = longer.data() + i * next;
            Best best(own, static_cast<int>(next));
            for (std::int64_t p = 0; p < width; ++p) {
                const std::int64_t row = i * width + p;
                offer(best, scores.const_data_ptr<float>() + row * size, size, prefixes[static_cast<std::size_t>(row)].left, static_cast<std::int32_t>(p));
            }
            for (std::int64_t p = 0; p < next; ++p) {
                const std::int64_t row = i * next + p, parent = i * width + own[p].from;
                parents.mutable_data_ptr<std::int64_t>()[row] = parent;
                words.mutable_data_ptr<std::int64_t>()[row] = own[p].code;
                const auto end = std::copy_n(chosen.begin() + parent * depth, depth, codesOfLonger.begin() + row * (depth + 1));
                *end = own[p].code;
            }
        }
        prefixes = std::move(longer);
        chosen = std::move(codesOfLonger);
        width = next;
        if (depth + 1 < depths) rests = rests.index_select(0, parents) - book.words.index_select(0, words);
    }
    std::copy_n(chosen.begin(), count * depths, codes);
}

Tensor codesByCpu(const Tensor& vectors, const std::vector<Book>& books, int beam, const std::function<bool()>& stopped) {
    const std::int64_t count = vectors.size(0), depths = static_cast<std::int64_t>(books.size()), blocks = (count + kVectorsAtOnce - 1) / kVectorsAtOnce;
    const Tensor codes = at::zeros({count, depths}, at::kLong);
    at::parallel_for(0, blocks, 1, [&](std::int64_t begin, std::int64_t end) {
        const c10::NoGradGuard still;
        for (std::int64_t b = begin; b < end && !(stopped && stopped()); ++b) {
            const std::int64_t first = b * kVectorsAtOnce, held = std::min(kVectorsAtOnce, count - first);
            Tensor block = vectors.narrow(0, first, held);
            if (held < kVectorsAtOnce) block = at::cat({block, at::zeros({kVectorsAtOnce - held, vectors.size(1)}, vectors.options())});
            searchBlock(block, held, books, beam, codes.mutable_data_ptr<std::int64_t>() + first * depths);
        }
    });
    return codes;
}

Tensor codesByTensors(const Tensor& vectors, const std::vector<Book>& books, int beam, const std::function<bool()>& stopped) {
    std::vector<Tensor> parts;
    const std::int64_t rows = std::max<std::int64_t>(1, kNumbersAtOnce / (beam * books.front().words.size(0)));
    for (const Tensor& some : vectors.split(rows)) {
        const std::int64_t n = some.size(0), channels = some.size(1);
        Tensor rests = some.unsqueeze(1), left = some.square().sum(1, true) / 2, codes = at::empty({n, 1, 0}, some.options().dtype(at::kLong));  // [n,width,C], [n,width], [n,width,depth]
        for (std::size_t depth = 0; depth < books.size(); ++depth) {
            const Book& book = books[depth];
            const std::int64_t size = book.words.size(0), next = std::min<std::int64_t>(depth + 1 < books.size() ? beam : 1, rests.size(1) * size);
            const Tensor scores = (book.halves - at::matmul(rests, book.transposed) + left.unsqueeze(2)).flatten(1);  // [n,width*K]
            const auto [best, places] = scores.topk(next, 1, false);
            const Tensor parents = at::div(places, size, "floor"), words = places.remainder(size);
            codes = at::cat({codes.gather(1, parents.unsqueeze(2).expand({n, next, codes.size(2)})), words.unsqueeze(2)}, 2);
            rests = rests.gather(1, parents.unsqueeze(2).expand({n, next, channels})) - book.words.index_select(0, words.flatten()).view({n, next, channels});
            left = best;
        }
        parts.push_back(codes.select(1, 0));
        if (stopped && stopped()) break;
    }
    Tensor found = at::cat(parts);
    if (found.size(0) < vectors.size(0)) found = at::cat({found, at::zeros({vectors.size(0) - found.size(0), found.size(1)}, found.options())});
    return found;
}

std::vector<Book> booksOf(const Tensor& vectors, const std::vector<Tensor>& codebooks, int beam) {
    TESSERA_ASSERT(vectors.dim() == 2 && vectors.scalar_type() == at::kFloat && !codebooks.empty() && 1 <= beam && beam <= kWidestBeam);
    std::vector<Book> books;
    for (const Tensor& words : codebooks) {
        TESSERA_ASSERT(words.dim() == 2 && words.size(1) == vectors.size(1));
        const Tensor dense = words.detach().contiguous();
        books.push_back({dense, dense.t().contiguous(), dense.square().sum(1) / 2});
    }
    return books;
}

}  // namespace

Tensor beamCodes(const Tensor& vectors, const std::vector<Tensor>& codebooks, int beam, const std::function<bool()>& stopped) {
    const c10::NoGradGuard still;
    if (!vectors.is_cpu()) return beamCodesByTensors(vectors, codebooks, beam, stopped);
    return codesByCpu(vectors.detach().contiguous(), booksOf(vectors, codebooks, beam), beam, stopped);
}

Tensor beamCodesByTensors(const Tensor& vectors, const std::vector<Tensor>& codebooks, int beam, const std::function<bool()>& stopped) {
    const c10::NoGradGuard still;
    return codesByTensors(vectors.detach().contiguous(), booksOf(vectors, codebooks, beam), beam, stopped);
}

}  // namespace tessera
