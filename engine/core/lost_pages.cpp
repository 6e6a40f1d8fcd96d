// SPDX-License-Identifier: Apache-2.0
#include "core/lost_pages.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "core/error.h"

namespace tessera {

/// The handler of SIGBUS and what it reads. It calls nothing but mmap, sigaction and raise: none of them waits or allocates.
struct BusErrors {
    static_assert(std::atomic<std::uintptr_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free && std::atomic<GuardedRange*>::is_always_lock_free);

    static inline std::atomic<GuardedRange*> s_ranges = nullptr;  ///< grows at its head, never shrinks
    static inline std::uintptr_t s_page = 0;
    static inline struct sigaction s_previous {};

    static bool install() {
        s_page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
        struct sigaction action {};
        action.sa_sigaction = onSignal;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        sigemptyset(&action.sa_mask);
        // Known before the handler can run.
        return ::sigaction(SIGBUS, nullptr, &s_previous) == 0 && ::sigaction(SIGBUS, &action, nullptr) == 0;
    }

    static void onSignal(int signal, siginfo_t* info, void* context) {
        const int error = errno;
        const bool mended = info->si_code == BUS_ADRERR && mend(reinterpret_cast<std::uintptr_t>(info->si_addr));
        if (!mended) pass(signal, info, context);
        errno = error;
    }

    /// True if the instruction can be tried again.
    static bool mend(std::uintptr_t address) {
        for (GuardedRange* range = s_ranges; range; range = range->m_next) {
            const std::uintptr_t begin = range->m_begin, end = range->m_end;
            // A range that is being reused by another thread may give a begin and an end that do not belong together.
            if (begin == 0 || address < begin || address >= end || range->m_begin != begin) continue;
            range->m_lost = true;  // before anybody can read a zero
            const std::uintptr_t page = address / s_page * s_page;
            constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
            // Not through mmap(), which the thread sanitizer takes for a write: others may read the same page meanwhile, and see zeros or come here too.
            return ::syscall(SYS_mmap, page, end - page, PROT_READ, kFlags, -1L, 0L) != -1;
        }
        return false;
    }

    static void pass(int signal, siginfo_t* info, void* context) {
        const bool sent = info->si_code <= 0;  // by kill(): the instruction is not tried again
        if (s_previous.sa_flags & SA_SIGINFO) {
            s_previous.sa_sigaction(signal, info, context);
        } else if (s_previous.sa_handler == SIG_DFL || (s_previous.sa_handler == SIG_IGN && !sent)) {
            struct sigaction plain {};
            plain.sa_handler = SIG_DFL;
            ::sigaction(signal, &plain, nullptr);
            if (sent) ::raise(signal);
        } else if (s_previous.sa_handler != SIG_IGN) {
            s_previous.sa_handler(signal);
        }
    }
};

GuardedRange* guardPages(const void* begin, std::size_t size) {
    static const bool installed = BusErrors::install();
    TESSERA_ASSERT(installed);
    GuardedRange* range = BusErrors::s_ranges;
    while (range && range->m_taken.exchange(true)) range = range->m_next;
    if (!range) {
        range = new GuardedRange;
        range->m_taken = true;
        range->m_next = BusErrors::s_ranges;
        while (!BusErrors::s_ranges.compare_exchange_weak(range->m_next, range)) continue;
    }
    const auto address = reinterpret_cast<std::uintptr_t>(begin);
    range->m_lost = false;
    range->m_end = address + size;
    range->m_begin = address;
    return range;
}

void releaseGuard(GuardedRange* range) {
    range->m_begin = 0;
    range->m_taken = false;
}

std::uintptr_t pageSize() {
    static const auto size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

}  // namespace tessera
