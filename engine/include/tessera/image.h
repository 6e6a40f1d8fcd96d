// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <variant>

#include <tessera/shared_array.h>

namespace tessera {

/// Immutable picture of 1 (grey), 3 (RGB) or 4 (RGBA, straight alpha) channels, or 5 in an error field; layout (height, width, channels), top row first.
/// u8 and u16 are sRGB-encoded integers; float is sRGB-encoded with 0 black and 1 white, values outside allowed.
class Image {
public:
    using Samples = std::variant<SharedArray<std::uint8_t>, SharedArray<std::uint16_t>, SharedArray<float>>;

    Image() = default;
    /// Asserts that the samples number width * height * channels.
    Image(int width, int height, int channels, Samples samples);

    int width() const { return m_width; }
    int height() const { return m_height; }
    int channels() const { return m_channels; }
    bool empty() const { return m_width == 0; }
    const Samples& samples() const { return m_samples; }
    std::size_t byteSize() const;

    /// One sample as 0 black to 1 white, whatever the storage.
    float at(int x, int y, int channel) const;
    /// RGB float copy (or shared, if it is that already); grey is spread over three channels, alpha dropped.
    Image toFloatRgb() const;
    /// RGB u8 copy, clamped and rounded.
    Image toU8Rgb() const;

private:
    int m_width = 0, m_height = 0, m_channels = 0;
    Samples m_samples;
};

}  // namespace tessera
