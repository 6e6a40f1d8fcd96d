// SPDX-License-Identifier: Apache-2.0
#include "device/activation_memory.h"

#include <sys/mman.h>

#include <list>
#include <mutex>
#include <new>
#include <unordered_map>

#include <c10/core/CPUAllocator.h>

namespace tessera {
namespace {

constexpr std::size_t kHugePage = std::size_t(2) << 20;
constexpr std::size_t kLarge = std::size_t(1) << 20;      ///< smaller tensors are LibTorch's own business
constexpr std::size_t kMostKept = std::size_t(512) << 20;  ///< a network at 256 x 256 fits; larger pictures compute longer than they allocate

struct Block {
    void* data = nullptr;
    std::size_t size = 0;
};

std::size_t roundedUp(std::size_t size, std::size_t step) {
    return (size + step - 1) / step * step;
}

Block mapped(std::size_t bytes) {
    const Block block{nullptr, roundedUp(bytes, kHugePage)};
    void* const region = ::mmap(nullptr, block.size + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (region == MAP_FAILED) throw std::bad_alloc();
    // Only whole huge pages, so that the kernel can give them as such.
    auto* const begin = static_cast<std::byte*>(region);
    const std::size_t before = roundedUp(reinterpret_cast<std::uintptr_t>(region), kHugePage) - reinterpret_cast<std::uintptr_t>(region);
    if (before > 0) ::munmap(begin, before);
    if (before < kHugePage) ::munmap(begin + before + block.size, kHugePage - before);
    ::madvise(begin + before, block.size, MADV_HUGEPAGE);
    return {begin + before, block.size};
}

class ActivationAllocator final : public c10::Allocator {
public:
    explicit ActivationAllocator(c10::Allocator& small) : m_small(small) {}

    c10::DataPtr allocate(std::size_t bytes) override {
        void* const data = bytes < kLarge ? m_small.raw_allocate(bytes) : taken(bytes);
        return {data, data, &freed, c10::Device(c10::DeviceType::CPU)};
    }
    /// LibTorch also hands out memory without a tensor around it, and gives back nothing but the address.
    c10::DeleterFnPtr raw_deleter() const override { return &freed; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }

    void release() {
        std::list<Block> blocks;
        {
            const std::lock_guard lock(m_mutex);
            blocks.swap(m_free);
            m_kept = 0;
        }
        for (const Block& block : blocks) ::munmap(block.data, block.size);
    }
    std::size_t kept() const {
        const std::lock_guard lock(m_mutex);
        return m_kept;
    }

private:
    /// The smallest free block that is large enough without wasting half of itself, else a new one.
    void* taken(std::size_t bytes) {
        {
            const std::lock_guard lock(m_mutex);
            auto best = m_free.end();
            for (auto it = m_free.begin(); it != m_free.end(); ++it) {
                if (it->size >= bytes && it->size / 2 <= roundedUp(bytes, kHugePage) && (best == m_free.end() || it->size < best->size)) best = it;
            }
            if (best != m_free.end()) {
                const Block block = *best;
                m_kept -= block.size;
                m_free.erase(best);
                m_used.emplace(block.data, block.size);
                return block.data;
            }
        }
        const Block block = fresh(bytes);
        const std::lock_guard lock(m_mutex);
        m_used.emplace(block.data, block.size);
        return block.data;
    }

    Block fresh(std::size_t bytes) {
        try {
            return mapped(bytes);
        } catch (const std::bad_alloc&) {
            release();
            return mapped(bytes);
        }
    }

    void give(void* data) {
        std::list<Block> surplus;
        {
            const std::lock_guard lock(m_mutex);
            const auto used = m_used.find(data);
            const Block block{data, used == m_used.end() ? 0 : used->second};
            if (block.size == 0) return m_small.raw_deallocate(data);
            m_used.erase(used);
            (block.size > kMostKept / 2 ? surplus : m_free).push_back(block);
            if (surplus.empty()) m_kept += block.size;
            while (m_kept > kMostKept) {
                m_kept -= m_free.front().size;
                surplus.splice(surplus.end(), m_free, m_free.begin());
            }
        }
        for (const Block& each : surplus) ::munmap(each.data, each.size);
    }

    static void freed(void* data);

    c10::Allocator& m_small;
    mutable std::mutex m_mutex;
    std::unordered_map<void*, std::size_t> m_used;
    std::list<Block> m_free;  ///< the longest unused first
    std::size_t m_kept = 0;
};

/// Never destroyed: tensors may outlive static objects.
ActivationAllocator& allocator() {
    static ActivationAllocator& one = *new ActivationAllocator(*c10::GetCPUAllocator());
    return one;
}

void ActivationAllocator::freed(void* data) {
    ActivationAllocator& one = allocator();
    // Blocks begin at huge pages, small memory nearly never does.
    if (reinterpret_cast<std::uintptr_t>(data) % kHugePage == 0) return one.give(data);
    one.m_small.raw_deallocate(data);
}

}  // namespace

void keepActivationMemory() {
#if !defined(__SANITIZE_ADDRESS__)
    static std::once_flag once;
    std::call_once(once, [] { c10::SetCPUAllocator(&allocator(), 1); });
#endif
}

void releaseActivationMemory() {
    allocator().release();
}

std::size_t keptActivationMemory() {
    return allocator().kept();
}

}  // namespace tessera
