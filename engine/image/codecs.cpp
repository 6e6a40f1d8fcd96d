// SPDX-License-Identifier: Apache-2.0
#include "image/codecs.h"

#include "core/error.h"

namespace tessera::codecs {
namespace {

constexpr std::uint64_t kLargestSide = 65535;
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION  // pictures of a gigapixel would be all that a fuzzer has time for
constexpr std::uint64_t kMostPixels = 4'000'000;
#else
constexpr std::uint64_t kMostPixels = 1'000'000'000;
#endif
constexpr std::uint64_t kMostBytes = std::uint64_t(4) << 30;

std::string readable(std::string_view text) {
    std::string result;
    for (const char c : text.substr(0, 120)) result += c >= ' ' && c <= '~' ? c : '?';
    return result;
}

// Bounds-checked reader of either byte order; outside the data everything is 0.
struct ByteReader {
    std::span<const std::byte> bytes;
    bool bigEndian = false;

    std::uint32_t at(std::size_t offset, int count) const {
        if (offset > bytes.size() || bytes.size() - offset < static_cast<std::size_t>(count)) return 0;
        std::uint32_t value = 0;
        for (int i = 0; i < count; ++i) {
            const int shift = 8 * (bigEndian ? count - 1 - i : i);
            value |= std::to_integer<std::uint32_t>(bytes[offset + static_cast<std::size_t>(i)]) << shift;
        }
        return value;
    }
};

}  // namespace

void checkSize(std::uint64_t width, std::uint64_t height, int channels, int bytesPerSample, const std::string& name) {
    if (width == 0 || height == 0) throw Failure(ErrorCode::Invalid, "the picture has no pixels", name);
    const bool sidesFit = width <= kLargestSide && height <= kLargestSide;
    // No overflow: sides are at most 65535 here, channels and bytes at most 8 each.
    if (sidesFit && width * height <= kMostPixels &&
        width * height * static_cast<std::uint64_t>(channels) * static_cast<std::uint64_t>(bytesPerSample) <= kMostBytes)
        return;
    throw Failure(ErrorCode::Unsupported,
                  "the picture is too large: " + std::to_string(width) + " x " + std::to_string(height) + " px",
                  name,
                  "reduce it to at most 65535 px per side, 1 gigapixel and 4 GiB of samples");
}

void failTruncated(std::string_view format, const std::string& name) {
    throw Failure(ErrorCode::Invalid, "the " + std::string(format) + " file is truncated", name, "copy or download it again");
}

void failDamaged(std::string_view format, const std::string& name, std::string_view detail) {
    std::string message = "the " + std::string(format) + " file is damaged";
    if (!detail.empty()) message += " (" + readable(detail) + ")";
    throw Failure(ErrorCode::Invalid, message, name, "copy or download it again");
}

void failUnsupported(const std::string& message, const std::string& name) {
    throw Failure(ErrorCode::Unsupported, message, name, "save it as 8-bit PNG or JPEG");
}

int exifOrientation(std::span<const std::byte> exif) {
    ByteReader reader{exif};
    reader.bigEndian = true;
    if (reader.at(0, 4) == 0x45786966 && reader.at(4, 2) == 0) reader.bytes = exif.subspan(6);  // "Exif\0\0"
    const std::uint32_t order = reader.at(0, 2);
    if (order != 0x4949 && order != 0x4D4D) return 1;
    reader.bigEndian = order == 0x4D4D;
    if (reader.at(2, 2) != 42) return 1;
    const std::size_t directory = reader.at(4, 4);
    const std::size_t entries = reader.at(directory, 2);
    for (std::size_t i = 0; i < entries; ++i) {
        const std::size_t entry = directory + 2 + 12 * i;
        if (entry + 12 > reader.bytes.size()) break;
        if (reader.at(entry, 2) != 0x0112) continue;
        const std::uint32_t type = reader.at(entry + 2, 2);
        const std::uint32_t value = type == 3 ? reader.at(entry + 8, 2) : type == 4 ? reader.at(entry + 8, 4) : 0;
        return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
    }
    return 1;
}

}  // namespace tessera::codecs
