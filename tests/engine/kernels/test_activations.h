// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <random>
#include <vector>

#include "kernels/device_view.h"
#include "kernels/small_floats.h"

namespace tessera::kernels::test {

/// [B,N,C] values that are exact in their element type, in 16-byte aligned memory.
class TestActivations {
public:
    TestActivations(Element element, std::int64_t batch, std::int64_t positions, std::int64_t channels)
        : m_element(element), m_batch(batch), m_positions(positions), m_channels(channels), m_words((size() * byteSize(element) + 15) / 16) {}

    /// Normal values about `mean`, rounded to the element type.
    TestActivations& fill(float mean, float deviation, unsigned seed = 1) {
        std::mt19937 random(seed);
        std::normal_distribution<float> normal(mean, deviation);
        for (std::size_t i = 0; i < size(); ++i) set(i, normal(random));
        return *this;
    }

    std::size_t size() const { return static_cast<std::size_t>(m_batch * m_positions * m_channels); }
    float at(std::size_t index) const {
        if (m_element == Element::Float32) return read<float>(index);
        const auto bits = read<std::uint16_t>(index);
        return m_element == Element::BFloat16 ? floatFromBFloat16(bits) : floatFromFloat16(bits);
    }
    void set(std::size_t index, float value) {
        if (m_element == Element::Float32) return write(index, value);
        write(index, m_element == Element::BFloat16 ? bfloat16FromFloat(value) : float16FromFloat(value));
    }

    HostActivations host() const { return {m_words.data(), m_element, m_batch, m_positions, m_channels}; }
    HostActivationsOut hostOut() { return {m_words.data(), m_element, m_batch, m_positions, m_channels}; }
    /// For kernels that run on the CPU.
    DeviceActivations device() const { return {m_words.data(), m_element, m_batch, m_positions, m_channels}; }
    DeviceActivationsOut deviceOut() { return {m_words.data(), m_element, m_batch, m_positions, m_channels}; }

private:
    struct alignas(16) Bytes16 {
        std::byte bytes[16];
    };
    template <typename T>
    T read(std::size_t index) const {
        T value;
        std::memcpy(&value, reinterpret_cast<const std::byte*>(m_words.data()) + index * sizeof(T), sizeof(T));
        return value;
    }
    template <typename T>
    void write(std::size_t index, T value) {
        std::memcpy(reinterpret_cast<std::byte*>(m_words.data()) + index * sizeof(T), &value, sizeof(T));
    }

    Element m_element;
    std::int64_t m_batch, m_positions, m_channels;
    std::vector<Bytes16> m_words;
};

inline std::vector<float> normalValues(std::int64_t count, float mean, float deviation, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(mean, deviation);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = normal(random);
    return values;
}

}  // namespace tessera::kernels::test
