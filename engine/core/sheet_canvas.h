// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/image.h>

namespace tessera {

using SheetColour = std::array<std::uint8_t, 3>;

/// In pixels of the sheet, top left origin.
struct SheetRect {
    int x = 0, y = 0, width = 0, height = 0;
    int right() const { return x + width; }
    int bottom() const { return y + height; }
};

enum class TextWeight { Regular, Medium };
enum class Elide { Middle, End };

/// The interface's two faces. Not for several threads at once.
class SheetFonts {
public:
    /// Throws Failure that names the font that is missing.
    explicit SheetFonts(const std::filesystem::path& resources);
    ~SheetFonts();
    SheetFonts(const SheetFonts&) = delete;
    SheetFonts& operator=(const SheetFonts&) = delete;

    double width(std::string_view text, int pixels, TextWeight weight = TextWeight::Regular) const;
    /// The text, or as much of it as `room` pixels hold with "…" in place of the rest.
    std::string elided(const std::string& text, int pixels, TextWeight weight, double room, Elide where) const;
    /// Lines of at most `room` pixels, broken at spaces where there are any; the last of `most` lines is elided.
    std::vector<std::string> wrapped(const std::string& text, int pixels, TextWeight weight, double room, std::size_t most) const;

private:
    friend class SheetCanvas;
    struct Private;
    std::unique_ptr<Private> d;
};

/// u8 RGB pixels that grow downwards.
class SheetCanvas {
public:
    SheetCanvas(int width, SheetColour background) : m_width(width), m_background(background) {}

    int width() const { return m_width; }
    int height() const { return m_height; }
    void growTo(int height);
    /// `opacity` 0 to 255.
    void fill(const SheetRect& rect, SheetColour colour, int opacity = 255);
    void frame(const SheetRect& rect, int thickness, SheetColour colour);
    /// A disc with antialiased edge.
    void disc(double centreX, double centreY, double radius, SheetColour colour);
    void place(const Image& u8Rgb, int x, int y);
    /// One line, vertically centred in the height of `rect`, starting at its left edge and cut off nowhere.
    void text(const SheetFonts& fonts, const SheetRect& rect, std::string_view text, int pixels, TextWeight weight, SheetColour colour);
    Image take();

private:
    void mix(int x, int y, SheetColour colour, int opacity);

    int m_width, m_height = 0;
    SheetColour m_background;
    std::vector<std::uint8_t> m_pixels;
};

}  // namespace tessera
