// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

#include <ATen/Context.h>

namespace tessera::train {

/// While one lives, attention is a product, a softmax and a product in this process: the fused one's gradient on the CPU goes through every head of every picture by itself, which
/// for the short rows of training takes longer than all the rest of a step.
class PlainAttention {
public:
    PlainAttention() {
        const std::scoped_lock lock(s_mutex);
        if (s_users++ == 0) {
            s_fused = at::globalContext().userEnabledFlashSDP();
            at::globalContext().setSDPUseFlash(false);
        }
    }
    ~PlainAttention() {
        const std::scoped_lock lock(s_mutex);
        if (--s_users == 0) at::globalContext().setSDPUseFlash(s_fused);
    }
    PlainAttention(const PlainAttention&) = delete;
    PlainAttention& operator=(const PlainAttention&) = delete;

private:
    static inline std::mutex s_mutex;
    static inline int s_users = 0;
    static inline bool s_fused = true;
};

}  // namespace tessera::train
