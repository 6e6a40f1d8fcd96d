// SPDX-License-Identifier: Apache-2.0
#include "quantize/code_search.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include "core/error.h"

namespace tessera {
namespace {

constexpr std::int64_t kFewest = 32, kMost = 256;  ///< vectors of a block

/// Vectors that pass the codebooks together: their rests, which shrink from depth to depth.
struct Block {
    Block(const float* vectors, std::int64_t first, std::int64_t count, std::int64_t dim)
        : first(first), count(count), rests(vectors + first * dim, vectors + (first + count) * dim) {}
    std::int64_t first, count;
    std::vector<float> rests;  // [count][D]
};

/// What one thread needs to lead a block past one codebook.
class Workspace {
public:
    /// Nearest of the codewords in panels [first,last) for every vector of the block.
    std::span<const VectorSearch> search(const Block& block, const SearchableCodebook& book, std::int64_t first, std::int64_t last) {
        const CoarseCodebook& coarse = book.coarse();
        const std::int64_t rows = (block.count + 7) / 8 * 8, begin = first * CoarseCodebook::kPanel, end = std::min(last * CoarseCodebook::kPanel, book.count());
        m_searches.assign(rows, {});
        m_copies.resize(rows * coarse.rowBytes());
        m_room.resize(book.dim());
        for (std::int64_t n = 0; n < rows; ++n) {
            VectorSearch& search = m_searches[n];
            search.best = -std::numeric_limits<float>::infinity();  // of rows that fill up the last group
            if (n < block.count && !coarse.begin(block.rests.data() + n * book.dim(), m_room.data(), copyOf(coarse, n), search)) measureAll(search, book.exact(), begin, end);
        }
        Passage passage{m_searches.data(), rows, coarse.view(), book.exact(), begin, end};
        coarse.kind() == Coarse::Bytes ? passBytes(coarse, passage) : passProducts(coarse, passage, first, last);
        measureWaiting(m_searches, passage.exact);
        std::int64_t measured = 0;
        for (const VectorSearch& search : m_searches) measured += search.measured;
        book.count(block.count, measured);
        return {m_searches.data(), static_cast<std::size_t>(block.count)};
    }

private:
    std::byte* copyOf(const CoarseCodebook& coarse, std::int64_t n) { return m_copies.data() + n * coarse.rowBytes(); }

    void passBytes(const CoarseCodebook& coarse, Passage& passage) {
        const std::int64_t width = coarse.scan().width;
        passage.last = (passage.last + width - 1) / width * width;
        m_sums.resize(passage.count * width);
        coarse.scan().bytes(passage, reinterpret_cast<const std::uint8_t*>(m_copies.data()), m_sums.data());
    }

    void passProducts(const CoarseCodebook& coarse, Passage& passage, std::int64_t first, std::int64_t last) {
        constexpr std::int64_t kWidth = CoarseCodebook::kPanel;
        m_products.resize(passage.count * kWidth);
        for (std::int64_t panel = first; panel < last; ++panel) {
            multiply(coarse, panel, passage.count);
            passage.first = panel * kWidth;
            passage.last = passage.first + kWidth;
            coarse.scan().products(passage, m_products.data());
        }
        at::native::cpublas::brgemm_release(coarse.vnni());
    }

    void multiply(const CoarseCodebook& coarse, std::int64_t panel, std::int64_t rows) {
        const auto run = [&]<typename T>(const T* copies) {
            const std::int64_t dim = coarse.view().dim, width = CoarseCodebook::kPanel;
            at::native::cpublas::brgemm(rows, width, dim, dim, width, width, false, copies, static_cast<const T*>(coarse.panel(panel)), m_products.data(), coarse.vnni());
        };
        coarse.kind() == Coarse::Brain ? run(reinterpret_cast<const at::BFloat16*>(m_copies.data())) : run(reinterpret_cast<const float*>(m_copies.data()));
    }

    std::vector<VectorSearch> m_searches;
    std::vector<std::byte> m_copies;
    std::vector<double> m_room;
    std::vector<std::int32_t> m_sums;
    std::vector<float> m_products;
};

/// Writes the code of a vector at one depth and leaves the rest of it.
void settle(Block& block, std::int64_t n, std::uint32_t code, const SearchableCodebook& book, std::int64_t depth, std::int64_t depths, std::int64_t* codes) {
    codes[(block.first + n) * depths + depth] = code;
    float* rest = block.rests.data() + n * book.dim();
    const float* codeword = book.codeword(code);
    for (std::int64_t i = 0; i < book.dim(); ++i) rest[i] -= codeword[i];
}

/// Fewer blocks than threads: each depth's codewords are shared out, and the nearest of every share compared.
void searchInParts(std::vector<Block>& blocks, std::span<const SearchableCodebook* const> depths, std::int64_t parts, std::int64_t* codes, const std::function<bool()>& stopped) {
    struct Nearest {
        double distance;
        std::uint32_t code;
    };
    const auto blockCount = static_cast<std::int64_t>(blocks.size()), depthCount = static_cast<std::int64_t>(depths.size());
    std::vector<Nearest> found(blockCount * parts * kMost);
    for (std::int64_t depth = 0; depth < depthCount && !stopped(); ++depth) {
        const SearchableCodebook& book = *depths[depth];
        const std::int64_t panels = book.coarse().panels();
        at::parallel_for(0, blockCount * parts, 1, [&](std::int64_t begin, std::int64_t end) {
            Workspace workspace;
            for (std::int64_t task = begin; task < end; ++task) {
                const std::int64_t part = task % parts;
                Nearest* to = found.data() + task * kMost;
                for (const VectorSearch& search : workspace.search(blocks[task / parts], book, panels * part / parts, panels * (part + 1) / parts)) {
                    *to++ = {search.distance, search.code};
                }
            }
        });
        for (std::int64_t b = 0; b < blockCount; ++b) {
            for (std::int64_t n = 0; n < blocks[b].count; ++n) {
                Nearest nearest = found[b * parts * kMost + n];
                for (std::int64_t part = 1; part < parts; ++part) {
                    const Nearest& other = found[(b * parts + part) * kMost + n];
                    if (other.distance < nearest.distance) nearest = other;
                }
                settle(blocks[b], n, nearest.code, book, depth, depthCount, codes);
            }
        }
    }
}

}  // namespace

SearchableCodebook::SearchableCodebook(std::shared_ptr<const float> codewords, std::int64_t count, std::int64_t dim)
    : SearchableCodebook(std::move(codewords), count, dim, fastestCoarse(coarseScan()), coarseScan()) {}

SearchableCodebook::SearchableCodebook(std::shared_ptr<const float> codewords, std::int64_t count, std::int64_t dim, Coarse kind, const CoarseScan& scan)
    : m_codewords(std::move(codewords)), m_count(count), m_dim(dim), m_coarse(std::make_unique<CoarseCodebook>(m_codewords.get(), count, dim, kind, scan)) {}

ExactCodewords SearchableCodebook::exact() const {
    return {m_codewords.get(), m_count, m_dim, m_coarse->scale()};
}

const CoarseCodebook& SearchableCodebook::coarse() const {
    if (!m_tooCoarse) return *m_coarse;
    std::call_once(m_onceFine, [this] { m_fine = std::make_unique<CoarseCodebook>(m_codewords.get(), m_count, m_dim, Coarse::Single, m_coarse->scan()); });
    return *m_fine;
}

void SearchableCodebook::count(std::int64_t vectors, std::int64_t measured) const {
    // Measuring one codeword in 32 takes about as long as the finer copy would.
    if (m_coarse->kind() != Coarse::Single && measured > vectors * std::max<std::int64_t>(64, m_count / 32)) m_tooCoarse = true;
}

std::size_t SearchableCodebook::byteSize() const {
    return m_coarse->byteSize() + (m_fine ? m_fine->byteSize() : 0);
}

void searchCodes(const float* vectors, std::int64_t count, std::span<const SearchableCodebook* const> depths, std::int64_t* codes, int threads, const std::function<bool()>& stopped) {
    if (count == 0 || depths.empty()) return;
    const std::int64_t dim = depths[0]->dim(), depthCount = static_cast<std::int64_t>(depths.size());
    for (const SearchableCodebook* book : depths) TESSERA_ASSERT(book->dim() == dim);
    const std::int64_t each = std::clamp((count + threads - 1) / threads, kFewest, kMost), size = (each + 7) / 8 * 8, blocks = (count + size - 1) / size;
    const auto blockAt = [&](std::int64_t b) { return Block(vectors, b * size, std::min(size, count - b * size), dim); };
    if (blocks < threads && depths[0]->coarse().panels() > 1) {
        std::vector<Block> all;
        for (std::int64_t b = 0; b < blocks; ++b) all.push_back(blockAt(b));
        return searchInParts(all, depths, (threads + blocks - 1) / blocks, codes, stopped);
    }
    at::parallel_for(0, blocks, 1, [&](std::int64_t begin, std::int64_t end) {
        Workspace workspace;
        for (std::int64_t b = begin; b < end; ++b) {
            Block block = blockAt(b);
            for (std::int64_t depth = 0; depth < depthCount; ++depth) {
                if (stopped()) return;
                const SearchableCodebook& book = *depths[depth];
                const std::span<const VectorSearch> found = workspace.search(block, book, 0, book.coarse().panels());
                for (std::int64_t n = 0; n < block.count; ++n) settle(block, n, found[n].code, book, depth, depthCount, codes);
            }
        }
    });
}

}  // namespace tessera
