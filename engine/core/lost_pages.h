// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tessera {

/// A range of mapped memory whose pages may get lost: the file behind it became shorter, or its disk or network failed.
/// The kernel answers a touch of such a page with SIGBUS, which would end the program. Here the page and all after it become
/// zeros instead, and the range remembers. A SIGBUS anywhere else goes to the handler that was there before.
class GuardedRange {
public:
    /// Some page got lost: what was read from the range may be zeros. Any thread.
    bool lost() const { return m_lost; }

private:
    friend GuardedRange* guardPages(const void* begin, std::size_t size);
    friend void releaseGuard(GuardedRange* range);
    friend struct BusErrors;

    // Read by the signal handler, which may not wait for anybody.
    std::atomic<std::uintptr_t> m_begin = 0, m_end = 0;  ///< begin 0: free to be used again
    std::atomic<bool> m_lost = false;
    std::atomic<bool> m_taken = false;
    GuardedRange* m_next = nullptr;
};

/// `begin` is the start of a page of a private mapping. The range must be released before it is unmapped. Any thread.
GuardedRange* guardPages(const void* begin, std::size_t size);
void releaseGuard(GuardedRange* range);

std::uintptr_t pageSize();

}  // namespace tessera
