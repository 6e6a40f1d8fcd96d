// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace tessera {

/// While it lives, only the pages of these bytes of a mapped file that are touched are read, and none around them: a few bytes here and there in gigabytes would else read
/// megabytes each. Other memory is left alone.
class SparseReading {
public:
    explicit SparseReading(std::span<const std::byte> bytes);
    ~SparseReading();
    SparseReading(const SparseReading&) = delete;
    SparseReading& operator=(const SparseReading&) = delete;

private:
    void* m_begin = nullptr;
    std::size_t m_size = 0;
};

}  // namespace tessera
