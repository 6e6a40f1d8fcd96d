// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace tessera {

/// While it lives, work that is too little to be shared stays on its own thread: waking the others, and waiting for one that another program keeps from running, would take longer.
class FewThreads {
public:
    /// `flops` of a run of many small layers, such as one token's.
    FewThreads(double flops, at::Device device) : m_threads(at::get_num_threads()), m_few(device.is_cpu() && m_threads > 1 && flops < kWorthSharing) {
        if (m_few) at::set_num_threads(1);
    }
    ~FewThreads() {
        if (m_few) at::set_num_threads(m_threads);
    }
    FewThreads(const FewThreads&) = delete;
    FewThreads& operator=(const FewThreads&) = delete;

private:
    static constexpr double kWorthSharing = 2e8;  ///< some milliseconds of one core, which a hundred layers' waits would add to
    int m_threads;
    bool m_few;
};

}  // namespace tessera
