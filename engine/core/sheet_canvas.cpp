// SPDX-License-Identifier: Apache-2.0
#include "core/sheet_canvas.h"

#include <algorithm>
#include <cmath>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "core/error.h"

namespace tessera {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Code points of UTF-8; what is none, and control characters, become one that shows.
std::u32string decoded(std::string_view text) {
    std::u32string points;
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const std::size_t length = byte < 0x80 ? 1 : byte >> 5 == 6 ? 2 : byte >> 4 == 14 ? 3 : byte >> 3 == 30 ? 4 : 0;
        if (length == 0 || i + length > text.size()) {
            points += kReplacement, ++i;
            continue;
        }
        char32_t point = length == 1 ? byte : byte & (0xFFU >> (length + 1));
        bool valid = true;
        for (std::size_t k = 1; k < length; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            valid &= next >> 6 == 2;
            point = point << 6 | (next & 0x3FU);
        }
        if (!valid || point < 0x20 || point == 0x7F) point = kReplacement;
        points += point;
        i += valid ? length : 1;
    }
    return points;
}

std::string encoded(std::u32string_view points) {
    std::string text;
    for (const char32_t point : points) {
        if (point < 0x80) {
            text += static_cast<char>(point);
            continue;
        }
        const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
        text += static_cast<char>((0xF0U << (3 - more) & 0xFFU) | point >> (6 * more));  // 110..., 1110..., 11110...
        for (int k = more - 1; k >= 0; --k) text += static_cast<char>(0x80U | (point >> (6 * k) & 0x3FU));
    }
    return text;
}

}  // namespace

struct SheetFonts::Private {
    FT_Library library = nullptr;
    std::array<FT_Face, 2> faces{};

    ~Private() {
        for (FT_Face face : faces) {
            if (face) FT_Done_Face(face);
        }
        if (library) FT_Done_FreeType(library);
    }

    FT_Face face(TextWeight weight, int pixels) const {
        FT_Face chosen = faces[weight == TextWeight::Medium ? 1 : 0];
        FT_Set_Pixel_Sizes(chosen, 0, static_cast<FT_UInt>(pixels));
        return chosen;
    }
    /// Unhinted, so that a text is as wide at 2x as twice that at 1x.
    static double advance(FT_Face face, char32_t point) {
        return FT_Load_Char(face, point, FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP) == 0 ? static_cast<double>(face->glyph->linearHoriAdvance) / 65536.0 : 0;
    }
    double width(std::u32string_view points, int pixels, TextWeight weight) const {
        FT_Face chosen = face(weight, pixels);
        double sum = 0;
        for (const char32_t point : points) sum += advance(chosen, point);
        return sum;
    }
};

SheetFonts::SheetFonts(const std::filesystem::path& resources) : d(std::make_unique<Private>()) {
    if (FT_Init_FreeType(&d->library) != 0) throw Failure(ErrorCode::Internal, "FreeType cannot be started");
    const std::array names{"Roboto-Regular.ttf", "Roboto-Medium.ttf"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string path = (resources / "fonts" / names[i]).string();
        if (FT_New_Face(d->library, path.c_str(), 0, &d->faces[i]) != 0) {
            throw Failure(ErrorCode::NotFound, "the sheet's font is missing or no font", path, "set TESSERA_RESOURCES to Tessera's resources folder");
        }
    }
}

SheetFonts::~SheetFonts() = default;

double SheetFonts::width(std::string_view text, int pixels, TextWeight weight) const {
    return d->width(decoded(text), pixels, weight);
}

std::string SheetFonts::elided(const std::string& text, int pixels, TextWeight weight, double room, Elide where) const {
    const std::u32string points = decoded(text);
    if (d->width(points, pixels, weight) <= room) return encoded(points);
    for (std::size_t kept = points.size(); kept-- > 0;) {
        const std::size_t tail = where == Elide::Middle ? kept / 2 : 0;
        const std::u32string shorter = points.substr(0, kept - tail) + U"…" + points.substr(points.size() - tail);
        if (d->width(shorter, pixels, weight) <= room) return encoded(shorter);
    }
    return {};
}

std::vector<std::string> SheetFonts::wrapped(const std::string& text, int pixels, TextWeight weight, double room, std::size_t most) const {
    std::vector<std::string> lines;
    std::u32string rest = decoded(text);
    while (!rest.empty() && lines.size() < most) {
        if (lines.size() + 1 == most) {
            lines.push_back(elided(encoded(rest), pixels, weight, room, Elide::End));
            break;
        }
        std::size_t fits = rest.size();
        while (fits > 1 && d->width(std::u32string_view(rest).substr(0, fits), pixels, weight) > room) --fits;
        std::size_t end = fits;
        if (fits < rest.size()) {
            const std::size_t space = rest.rfind(U' ', fits);
            if (space != std::u32string::npos && space > 0) end = space;
        }
        lines.push_back(encoded(rest.substr(0, end)));
        rest.erase(0, end < rest.size() && rest[end] == U' ' ? end + 1 : end);
    }
    return lines;
}

void SheetCanvas::growTo(int height) {
    if (height <= m_height) return;
    const std::size_t from = m_pixels.size();
    m_pixels.resize(static_cast<std::size_t>(height) * static_cast<std::size_t>(m_width) * 3);
    for (std::size_t i = from; i < m_pixels.size(); ++i) m_pixels[i] = m_background[i % 3];
    m_height = height;
}

void SheetCanvas::mix(int x, int y, SheetColour colour, int opacity) {
    if (x < 0 || y < 0 || x >= m_width || y >= m_height || opacity <= 0) return;
    std::uint8_t* pixel = m_pixels.data() + (static_cast<std::size_t>(y) * static_cast<std::size_t>(m_width) + static_cast<std::size_t>(x)) * 3;
    for (std::size_t c = 0; c < 3; ++c) pixel[c] = static_cast<std::uint8_t>((pixel[c] * (255 - opacity) + colour[c] * opacity + 127) / 255);
}

void SheetCanvas::fill(const SheetRect& rect, SheetColour colour, int opacity) {
    for (int y = rect.y; y < rect.bottom(); ++y)
        for (int x = rect.x; x < rect.right(); ++x) mix(x, y, colour, opacity);
}

void SheetCanvas::frame(const SheetRect& r, int thickness, SheetColour colour) {
    fill({r.x, r.y, r.width, thickness}, colour);
    fill({r.x, r.bottom() - thickness, r.width, thickness}, colour);
    fill({r.x, r.y + thickness, thickness, r.height - 2 * thickness}, colour);
    fill({r.right() - thickness, r.y + thickness, thickness, r.height - 2 * thickness}, colour);
}

void SheetCanvas::disc(double centreX, double centreY, double radius, SheetColour colour) {
    for (int y = static_cast<int>(centreY - radius) - 1; y <= centreY + radius + 1; ++y) {
        for (int x = static_cast<int>(centreX - radius) - 1; x <= centreX + radius + 1; ++x) {
            const double inside = radius + 0.5 - std::hypot(x + 0.5 - centreX, y + 0.5 - centreY);
            mix(x, y, colour, static_cast<int>(std::lround(255 * std::clamp(inside, 0.0, 1.0))));
        }
    }
}

void SheetCanvas::place(const Image& image, int x, int y) {
    const auto& samples = std::get<SharedArray<std::uint8_t>>(image.samples());
    const int first = std::max(0, -x), last = std::min(image.width(), m_width - x);
    if (last <= first) return;
    for (int row = std::max(0, -y); row < image.height() && y + row < m_height; ++row) {
        const std::uint8_t* from = samples.data() + (static_cast<std::size_t>(row) * static_cast<std::size_t>(image.width()) + static_cast<std::size_t>(first)) * 3;
        std::uint8_t* to = m_pixels.data() + (static_cast<std::size_t>(y + row) * static_cast<std::size_t>(m_width) + static_cast<std::size_t>(x + first)) * 3;
        std::copy_n(from, static_cast<std::size_t>(last - first) * 3, to);
    }
}

void SheetCanvas::text(const SheetFonts& fonts, const SheetRect& rect, std::string_view text, int pixels, TextWeight weight, SheetColour colour) {
    FT_Face face = fonts.d->face(weight, pixels);
    const double ascent = face->size->metrics.ascender / 64.0, descent = -face->size->metrics.descender / 64.0;
    const int baseline = static_cast<int>(std::lround(rect.y + (rect.height - ascent - descent) / 2 + ascent));
    double pen = rect.x;
    for (const char32_t point : decoded(text)) {
        const double advance = SheetFonts::Private::advance(face, point);
        // A quarter of a pixel is as fine as the eye sees letters' distances; hinted up and down only.
        const double quarter = std::floor(pen * 4) / 4, whole = std::floor(quarter);
        FT_Vector shift{static_cast<FT_Pos>(std::lround((quarter - whole) * 64)), 0};
        FT_Set_Transform(face, nullptr, &shift);
        if (FT_Load_Char(face, point, FT_LOAD_RENDER | FT_LOAD_TARGET_LIGHT | FT_LOAD_NO_BITMAP) == 0) {
            const FT_GlyphSlot glyph = face->glyph;
            const int left = static_cast<int>(whole) + glyph->bitmap_left, top = baseline - glyph->bitmap_top;
            for (unsigned y = 0; y < glyph->bitmap.rows; ++y)
                for (unsigned x = 0; x < glyph->bitmap.width; ++x)
                    mix(left + static_cast<int>(x), top + static_cast<int>(y), colour, glyph->bitmap.buffer[static_cast<std::ptrdiff_t>(y) * glyph->bitmap.pitch + static_cast<std::ptrdiff_t>(x)]);
        }
        FT_Set_Transform(face, nullptr, nullptr);
        pen += advance;
    }
}

Image SheetCanvas::take() {
    return Image(m_width, m_height, 3, SharedArray<std::uint8_t>(std::move(m_pixels)));
}

}  // namespace tessera
