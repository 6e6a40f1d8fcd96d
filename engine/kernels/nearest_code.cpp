// SPDX-License-Identifier: Apache-2.0
#include "kernels/nearest_code.h"

#include <vector>

#include "kernels/nearest_code_plan.h"
#include "kernels/squared_distance.h"

namespace tessera::kernels {

bool nearestCodeTakes(std::int64_t codewords, std::int64_t dim) {
    return codewords >= 1 && codewords <= NearestCodePlan::kMostCodewords && dim >= 1 && dim <= NearestCodePlan::kMostDim;
}

std::int64_t coarseCodebookBytes(std::int64_t codewords, std::int64_t dim) {
    const NearestCodePlan plan(1, codewords, dim);
    return plan.tiles * NearestCodePlan::kTile * (plan.dim + 4 * static_cast<std::int64_t>(sizeof(float)));
}

std::int64_t nearestCodeScratch(std::int64_t vectors, std::int64_t codewords, std::int64_t dim) {
    return NearestCodePlan(vectors, codewords, dim).scratch();
}

void nearestCodes(HostMatrix vectors, const HostMatrix* books, int depths, std::int64_t* codes) {
    for (int depth = 0; depth < depths; ++depth) checkNearestCode(vectors, books[depth]);
    const std::int64_t dim = vectors.columns;
    for (std::int64_t n = 0; n < vectors.rows; ++n) {
        std::vector<float> rest(vectors.data + n * dim, vectors.data + (n + 1) * dim);
        for (int depth = 0; depth < depths; ++depth) {
            const HostMatrix& book = books[depth];
            std::int64_t nearest = 0;
            double least = squaredDistance(rest.data(), book.data, dim);
            for (std::int64_t k = 1; k < book.rows; ++k) {
                const double distance = squaredDistance(rest.data(), book.data + k * dim, dim);
                if (distance < least) least = distance, nearest = k;
            }
            *codes++ = nearest;
            for (std::int64_t i = 0; i < dim; ++i) rest[i] -= book.data[nearest * dim + i];
        }
    }
}

}  // namespace tessera::kernels
