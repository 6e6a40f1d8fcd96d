// SPDX-License-Identifier: Apache-2.0
#include <cctype>

#include "image/codecs.h"

namespace tessera::codecs {
namespace {

// Netpbm's binary grey (P5) and colour (P6) pictures: the one format that needs no library.
class Reader {
public:
    Reader(std::span<const std::byte> bytes, const std::string& name) : m_bytes(bytes), m_name(name) {}

    RawPicture read() {
        RawPicture picture;
        picture.model = character(1) == '5' ? ColourModel::Grey : ColourModel::Rgb;
        picture.channels = colourChannels(picture.model);
        m_position = 2;
        const unsigned width = number(), height = number(), highest = number();
        ++m_position;  // one white space ends the header
        if (highest == 0 || highest > 65535) failDamaged("PNM", m_name, "highest value outside 1..65535");
        const int sampleBytes = highest > 255 ? 2 : 1;
        checkSize(width, height, picture.channels, sampleBytes, m_name);
        picture.width = static_cast<int>(width);
        picture.height = static_cast<int>(height);
        picture.bitsPerChannel = 8 * sampleBytes;
        const std::size_t count = std::size_t(width) * height * static_cast<std::size_t>(picture.channels);
        if (m_position > m_bytes.size() || m_bytes.size() - m_position < count * static_cast<std::size_t>(sampleBytes))
            failTruncated("PNM", m_name);
        if (sampleBytes == 1) picture.samples = samples<std::uint8_t>(count, highest);
        else picture.samples = samples<std::uint16_t>(count, highest);
        return picture;
    }

private:
    char character(std::size_t position) const {
        if (position >= m_bytes.size()) failTruncated("PNM", m_name);
        return std::to_integer<char>(m_bytes[position]);
    }

    unsigned number() {
        while (true) {
            const char c = character(m_position);
            if (c == '#') {
                while (character(m_position) != '\n') ++m_position;
            } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
                break;
            }
            ++m_position;
        }
        unsigned value = 0;
        std::size_t digits = 0;
        for (; std::isdigit(static_cast<unsigned char>(character(m_position))) != 0; ++m_position) {
            if (++digits > 8) failDamaged("PNM", m_name, "number too long");
            value = 10 * value + static_cast<unsigned>(character(m_position) - '0');
        }
        if (digits == 0) failDamaged("PNM", m_name, "number missing");
        return value;
    }

    // Samples are 0..highest, most significant byte first.
    template <typename T>
    AnySamples samples(std::size_t count, unsigned highest) const {
        constexpr unsigned kWhite = sizeof(T) == 1 ? 255 : 65535;
        Samples<T> result(count);
        const std::byte* from = m_bytes.data() + m_position;
        for (std::size_t i = 0; i < count; ++i) {
            unsigned value = std::to_integer<unsigned>(*from++);
            if constexpr (sizeof(T) == 2) value = value << 8U | std::to_integer<unsigned>(*from++);
            if (value > highest) value = highest;
            result.data[i] = static_cast<T>(highest == kWhite ? value : (value * kWhite + highest / 2) / highest);
        }
        return result;
    }

    std::span<const std::byte> m_bytes;
    std::string m_name;
    std::size_t m_position = 0;
};

}  // namespace

RawPicture decodePnm(std::span<const std::byte> bytes, const std::string& name) {
    return Reader(bytes, name).read();
}

}  // namespace tessera::codecs
