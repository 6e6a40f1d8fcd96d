// SPDX-License-Identifier: Apache-2.0
#include "layers/attention_windows.h"

#include <algorithm>

#include "core/error.h"

namespace tessera {

std::vector<AttentionWindow> attentionWindows(std::int64_t length, std::int64_t size, std::int64_t overlap) {
    TESSERA_ASSERT(length > 0 && size > overlap && overlap >= 0);
    if (length <= size) return {{0, std::vector<float>(static_cast<std::size_t>(length), 1.f)}};
    const std::int64_t step = size - overlap, count = (length - overlap + step - 1) / step;
    std::vector<AttentionWindow> windows;
    std::vector<float> sums(static_cast<std::size_t>(length));
    for (std::int64_t k = 0; k < count; ++k) {
        AttentionWindow window{k * (length - size) / (count - 1), std::vector<float>(static_cast<std::size_t>(size))};
        for (std::int64_t i = 0; i < size; ++i) {
            // Rises from the window's ends, but not where the map ends.
            const std::int64_t fromBegin = k == 0 ? overlap : i + 1, fromEnd = k + 1 == count ? overlap : size - i;
            window.share[i] = overlap == 0 ? 1.f : static_cast<float>(std::min({fromBegin, fromEnd, overlap})) / static_cast<float>(overlap);
            sums[window.begin + i] += window.share[i];
        }
        windows.push_back(std::move(window));
    }
    for (AttentionWindow& window : windows) {
        for (std::int64_t i = 0; i < size; ++i) window.share[i] /= sums[window.begin + i];
    }
    return windows;
}

}  // namespace tessera
