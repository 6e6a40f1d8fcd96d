// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <tessera/image.h>
#include <tessera/value.h>

namespace tessera {

/// How a picture's samples become colours.
enum class FieldMapping {
    Colour,    ///< samples are sRGB, shown as they are
    Absolute,  ///< mean over the first three channels of |sample|
    Signed,    ///< mean over the first three channels of sample, colour map centred on 0
    Squared,   ///< mean over the first three channels of sample^2
    Flip,      ///< the fourth channel: FLIP error, 0..1
    Scalar,    ///< one channel, through the colour map as it is
    Ssim,      ///< the fifth channel: 1 - SSIM, 0 where both are equal
};

/// Colour maps of resources/colormaps.
enum class ColourMap { Grey, Magma, Viridis, Cividis, RedWhiteBlue };

/// Colour bar of a scalar picture.
struct Legend {
    double low = 0, high = 1;
    ColourMap map = ColourMap::Magma;
    Unit unit = Unit::None;
    std::string label;  ///< "abs", "FLIP", ...
    bool operator==(const Legend&) const = default;
};

/// One number that belongs to a picture, with everything needed to quote it.
struct Measure {
    std::string name;  ///< "psnr", "ssim", "ms_ssim", "flip", "lpips", "snr", "mean", "max", ...
    std::optional<double> value;  ///< absent if it cannot be computed; +infinity is a value
    Unit unit = Unit::None;
    std::string detail;  ///< domain, crop and size, or why it is absent: "needs weights"
    bool operator==(const Measure&) const = default;
};

/// Something a person must know about how a picture came about.
struct Note {
    enum class Kind { Information, Warning };
    Kind kind = Kind::Information;
    std::string text;  ///< "NaN in bf16, decoder re-run in fp32"
    bool operator==(const Note&) const = default;
};

/// Seconds spent in one stage, or 0 if it came from the cache.
struct StageTiming {
    std::string stage;
    double seconds = 0;
    bool cached = false;
    bool operator==(const StageTiming&) const = default;
};

/// Numbers that a picture was drawn from, as rows under named columns: one row per channel, per frequency, ...
struct Table {
    struct Column {
        std::string name;    ///< "channel", "mean", ...
        Unit unit = Unit::None;
        std::string detail;  ///< what the number is, with its domain
        bool operator==(const Column&) const = default;
    };
    std::vector<Column> columns;
    std::vector<double> values;  ///< row by row; NaN where there is no number

    std::size_t rows() const { return columns.empty() ? 0 : values.size() / columns.size(); }
    double at(std::size_t row, std::size_t column) const { return values[row * columns.size() + column]; }
};

/// Numbers that a probe reads instead of a picture's samples: what stands behind colours that are only labels. On a grid over the picture's region.
struct Readings {
    std::vector<std::string> names;  ///< one per plane: "depth 1", ...
    int width = 0, height = 0;
    std::vector<float> values;  ///< (height, width, names)
    int shown = 0;              ///< the plane that the picture was drawn from

    bool empty() const { return values.empty(); }
    float at(int x, int y, std::size_t plane) const { return values[(static_cast<std::size_t>(y) * width + x) * names.size() + plane]; }
};

/// What a lens drew for one cell. Immutable, shared storage.
struct Picture {
    Image image;  ///< pixels (Colour) or field values (all other mappings; float)
    FieldMapping mapping = FieldMapping::Colour;
    std::optional<Legend> legend;
    bool partial = false;       ///< a coarser stand-in (a scaled decode); the final picture follows
    int sourceWidth = 0;        ///< the source's own size, so that pictures of different size stay aligned
    int sourceHeight = 0;
    /// Part of the source that the picture covers, in source pixels: x, y, width, height.
    struct Region { double x = 0, y = 0, width = 0, height = 0; bool operator==(const Region&) const = default; } region;
    std::string summary;        ///< "256 x 256 px" or "32 x 32 x 16 latents": the header's third row
    std::string precision;      ///< "fp32", "bf16", ...: what the numbers were computed in
    std::vector<Measure> measures;
    Readings readings;          ///< empty unless the samples are labels
    Table table;                ///< empty unless the picture is a plot of numbers
    std::vector<Note> notes;
    std::vector<StageTiming> timings;

    const Measure* measure(std::string_view name) const;
    std::size_t byteSize() const;
};

/// True if both hold the same samples and the same words.
bool equal(const Picture& a, const Picture& b);

}  // namespace tessera
