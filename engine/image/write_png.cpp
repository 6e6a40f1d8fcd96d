// SPDX-License-Identifier: Apache-2.0
#include "core/error.h"
#include "core/regular_file.h"
#include "image/image_file.h"
#include "image/png_encoder.h"

namespace tessera {
namespace {

bool isKeyword(const std::string& keyword) {
    if (keyword.empty() || keyword.size() > 79 || keyword.front() == ' ' || keyword.back() == ' ') return false;
    for (const char c : keyword)
        if (c < ' ' || c > '~') return false;
    return true;
}

}  // namespace

void writePng(const std::filesystem::path& path, const Image& image, const std::map<std::string, std::string>& text, std::stop_token stop) {
    if (image.empty()) throw Failure(ErrorCode::Invalid, "there are no pixels to write", path.string());
    for (const auto& [keyword, value] : text)
        if (!isKeyword(keyword) || value.find('\0') != std::string::npos)
            throw Failure(ErrorCode::Invalid, "\"" + keyword + "\" cannot be a PNG text", path.string());
    codecs::PngRows rows{{}, image.width(), image.height(), image.channels(), 8, std::move(stop)};
    std::vector<std::uint8_t> rounded;
    if (const auto* bytes = std::get_if<SharedArray<std::uint8_t>>(&image.samples())) {
        rows.samples = std::as_bytes(bytes->span());
    } else if (const auto* words = std::get_if<SharedArray<std::uint16_t>>(&image.samples())) {
        rows.samples = std::as_bytes(words->span());
        rows.bits = 16;
    } else {
        const auto& reals = std::get<SharedArray<float>>(image.samples());
        rounded.reserve(reals.size());
        for (const float real : reals.span())  // NaN becomes black
            rounded.push_back(real > 0 ? static_cast<std::uint8_t>((real < 1 ? real : 1.0F) * 255.0F + 0.5F) : std::uint8_t(0));
        rows.samples = std::as_bytes(std::span(rounded));
    }
    TemporaryFile file(path);
    file.write(codecs::encodePng(rows, text));
    file.rename();
}

}  // namespace tessera
