// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tessera {

/// Immutable array that shares its storage: copies cost a pointer and are safe across threads.
template <typename T>
class SharedArray {
public:
    SharedArray() = default;
    SharedArray(std::vector<T> values) {
        auto owner = std::make_shared<const std::vector<T>>(std::move(values));
        m_size = owner->size();
        m_data = std::shared_ptr<const T>(owner, owner->data());
    }
    /// Shares memory that `owner` keeps alive (a mapped file, a tensor).
    SharedArray(std::shared_ptr<const void> owner, const T* data, std::size_t size)
        : m_data(std::move(owner), data), m_size(size) {}

    const T* data() const { return m_data.get(); }
    std::size_t size() const { return m_size; }
    bool empty() const { return m_size == 0; }
    const T& operator[](std::size_t index) const { return m_data.get()[index]; }
    std::span<const T> span() const { return {m_data.get(), m_size}; }
    operator std::span<const T>() const { return span(); }

private:
    std::shared_ptr<const T> m_data;
    std::size_t m_size = 0;
};

using SharedBytes = SharedArray<std::byte>;

}  // namespace tessera
