// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <unordered_map>

#include "jobs/stage.h"

namespace tessera {

/// Stage values by key within a memory budget, least recently used out. Thread-safe.
/// A value larger than the whole budget is not kept. Those who hold a value keep it alive after it left the cache.
class StageCache {
public:
    explicit StageCache(std::size_t budgetBytes);

    StageValue find(const Hash128& key);  ///< empty if absent; counts as a use
    void insert(const Hash128& key, StageValue value);
    void clear();
    void setBudget(std::size_t bytes);
    std::size_t budget() const;
    std::size_t bytes() const;
    std::size_t entries() const;

private:
    struct Entry {
        Hash128 key;
        StageValue value;
    };
    void evict(std::list<Entry>& dropped);
    mutable std::mutex m_mutex;
    std::size_t m_budget, m_bytes = 0;
    std::list<Entry> m_entries;  ///< most recently used first
    std::unordered_map<Hash128, std::list<Entry>::iterator> m_index;
};

}  // namespace tessera
