// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "kernels/device_view.h"

namespace tessera::kernels {

/// How the group norm kernels share out their work; host arithmetic, known to caller and kernel alike.
///
/// A thread owns one 16-byte word of channels and walks down positions. `lanes` threads side by side cover the channels (in several
/// turns if there are more words than threads), `rows` of them stand below each other.
struct GroupNormPlan {
    static constexpr int kThreads = 256;
    static constexpr std::int64_t kMostChannels = 4096, kMostChunks = 1024, kStepsPerThread = 8;

    int words = 0, lanes = 0, rows = 0;
    std::int64_t chunkLength = 0, chunks = 0;  ///< positions per block that sums, and how many such blocks per sample
    std::int64_t applyBlocks = 0;              ///< blocks per sample that write the result

    GroupNormPlan(Element element, std::int64_t positions, std::int64_t channels) {
        words = static_cast<int>(channels / static_cast<std::int64_t>(16 / byteSize(element)));
        lanes = std::min(words, kThreads);
        rows = kThreads / lanes;
        const std::int64_t step = rows * kStepsPerThread;
        chunkLength = std::max(step, (positions + kMostChunks - 1) / kMostChunks);
        chunks = (positions + chunkLength - 1) / chunkLength;
        applyBlocks = (positions + step - 1) / step;
    }
};

}  // namespace tessera::kernels
