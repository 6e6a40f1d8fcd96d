// SPDX-License-Identifier: Apache-2.0
#include "jobs/stage_cache.h"

#include <utility>

namespace tessera {

StageCache::StageCache(std::size_t budgetBytes) : m_budget(budgetBytes) {}

StageValue StageCache::find(const Hash128& key) {
    const std::lock_guard lock(m_mutex);
    const auto found = m_index.find(key);
    if (found == m_index.end()) return {};
    m_entries.splice(m_entries.begin(), m_entries, found->second);
    return found->second->value;
}

void StageCache::insert(const Hash128& key, StageValue value) {
    std::list<Entry> dropped;  // values die after the lock is released: their destructors may take long
    const std::lock_guard lock(m_mutex);
    if (const auto found = m_index.find(key); found != m_index.end()) {
        m_bytes -= found->second->value.byteSize();
        dropped.splice(dropped.begin(), m_entries, found->second);
        m_index.erase(found);
    }
    if (!value || value.byteSize() > m_budget) return;
    m_bytes += value.byteSize();
    m_entries.push_front({key, std::move(value)});
    m_index.emplace(key, m_entries.begin());
    evict(dropped);
}

void StageCache::clear() {
    std::list<Entry> dropped;
    const std::lock_guard lock(m_mutex);
    dropped.swap(m_entries);
    m_index.clear();
    m_bytes = 0;
}

void StageCache::setBudget(std::size_t bytes) {
    std::list<Entry> dropped;
    const std::lock_guard lock(m_mutex);
    m_budget = bytes;
    evict(dropped);
}

std::size_t StageCache::budget() const {
    const std::lock_guard lock(m_mutex);
    return m_budget;
}

std::size_t StageCache::bytes() const {
    const std::lock_guard lock(m_mutex);
    return m_bytes;
}

std::size_t StageCache::entries() const {
    const std::lock_guard lock(m_mutex);
    return m_entries.size();
}

void StageCache::evict(std::list<Entry>& dropped) {
    while (m_bytes > m_budget) {
        const auto last = std::prev(m_entries.end());
        m_bytes -= last->value.byteSize();
        m_index.erase(last->key);
        dropped.splice(dropped.begin(), m_entries, last);
    }
}

}  // namespace tessera
