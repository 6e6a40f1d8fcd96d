// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/image.h>

#include "local/stage_values.h"

namespace tessera {

using PlotColour = std::array<std::uint8_t, 3>;

inline constexpr PlotColour kPlotInk{222, 224, 228}, kPlotFaint{64, 68, 76}, kPlotBlue{86, 156, 235}, kPlotOrange{240, 150, 60};

/// A drawing of numbers for lenses whose picture is a plot: dark paper, lines, bars, small letters. Pixels from the top left.
class Plot {
public:
    Plot(int width, int height);

    int width() const { return m_width; }
    int height() const { return m_height; }
    void fill(int left, int top, int right, int bottom, PlotColour colour);          ///< right and bottom are outside
    void line(double x0, double y0, double x1, double y1, PlotColour colour);        ///< 2 px wide, antialiased
    void text(int left, int top, std::string_view words, PlotColour colour);         ///< digits, small letters, . , - + / ( ) %, K, L and N
    static int textWidth(std::string_view words);
    static int textHeight();
    Image image() const;

private:
    void mix(int x, int y, PlotColour colour, double share);

    int m_width, m_height;
    std::vector<std::uint8_t> m_pixels;
};

/// "0.25", "1e-05".
std::string plotNumber(double value);
/// Round numbers of equal distance between two others, at most about `most`.
std::vector<double> evenTicks(double low, double high, int most);

struct PlotSize {
    int width, height;
};
/// Of the same shape as the input's place on its source, so that a cell shows it undistorted.
PlotSize plotSizeFor(const ModelInput& origin);

}  // namespace tessera
