// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include <ATen/ATen.h>

namespace tessera {

/// Keys and values of the tokens that one attention has seen, in memory for all that it will see: no token is computed or copied twice.
class KeyValueCache {
public:
    KeyValueCache(std::int64_t batch, std::int64_t heads, std::int64_t positions, std::int64_t headWidth, at::TensorOptions options)
        : m_keys(at::empty({batch, heads, positions, headWidth}, options)), m_values(at::empty_like(m_keys)) {}

    /// Keeps the next tokens' key and value [B,heads,L,headWidth]; gives those of all tokens so far.
    std::pair<at::Tensor, at::Tensor> append(const at::Tensor& key, const at::Tensor& value) {
        const std::int64_t count = key.size(2);
        m_keys.narrow(2, m_length, count).copy_(key);
        m_values.narrow(2, m_length, count).copy_(value);
        m_length += count;
        return {m_keys.narrow(2, 0, m_length), m_values.narrow(2, 0, m_length)};
    }
    std::int64_t length() const { return m_length; }
    /// The same of these samples, any of them more than once, with room for so many tokens.
    KeyValueCache ofRows(const at::Tensor& rows, std::int64_t positions) const {
        KeyValueCache result(rows.size(0), m_keys.size(1), positions, m_keys.size(3), m_keys.options());
        result.append(m_keys.narrow(2, 0, m_length).index_select(0, rows), m_values.narrow(2, 0, m_length).index_select(0, rows));
        return result;
    }

private:
    at::Tensor m_keys, m_values;
    std::int64_t m_length = 0;
};

}  // namespace tessera
