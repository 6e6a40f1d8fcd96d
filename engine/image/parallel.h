// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace tessera {

/// Calls work(begin, end) for disjoint parts that together cover [0, count), one part per core, none smaller than `grain`.
/// Runs on the calling thread alone where one part is enough. Rethrows the first exception.
template <typename Work>
void parallelFor(int count, int grain, Work&& work) {
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    const int parts = std::clamp(count / std::max(1, grain), 1, cores);
    const auto bound = [&](int part) { return static_cast<int>(static_cast<long long>(count) * part / parts); };
    std::vector<std::exception_ptr> failures(static_cast<std::size_t>(parts));
    const auto run = [&](int part) {
        try {
            work(bound(part), bound(part + 1));
        } catch (...) {
            failures[static_cast<std::size_t>(part)] = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int part = 1; part < parts; ++part) threads.emplace_back(run, part);
        run(0);
    }
    for (const std::exception_ptr& failure : failures)
        if (failure) std::rethrow_exception(failure);
}

}  // namespace tessera
