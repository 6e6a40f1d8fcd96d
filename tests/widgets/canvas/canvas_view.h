// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>

#include <tessera/colour_map.h>

#include "canvas/canvas.h"
#include "widgets/canvas/gl_context.h"
#include "widgets/canvas/pictures.h"

namespace tessera::canvas {

/// A canvas in a context, drawn into a framebuffer of its own.
class CanvasView {
public:
    explicit CanvasView(Canvas::Options options = withFont()) {
        const std::string failed = canvas.initialise(options);
        EXPECT_EQ(failed, "");
        canvas.setBackground(background);
    }
    ~CanvasView() { canvas.release(); }

    static Canvas::Options withFont() {
        Canvas::Options options;
        options.fontFile = TESSERA_SOURCE_DIR "/resources/fonts/Roboto-Regular.ttf";
        return options;
    }

    test::Frame draw(int width, int height) {
        test::Target target(width, height);
        EXPECT_EQ(canvas.draw(width, height), "");
        return target.read();
    }
    /// One pane over the whole canvas, at 100 %: a device pixel per pixel.
    test::Frame drawAtFullSize(const std::shared_ptr<const Picture>& picture, const PaneLook& look) {
        Pane pane;
        pane.body = {0, 0, static_cast<float>(picture->image.width()), static_cast<float>(picture->image.height())};
        pane.picture = picture;
        pane.look = look;
        canvas.setPanes({pane});
        canvas.setCamera({0.5, 0.5, 1});
        return draw(picture->image.width(), picture->image.height());
    }

    test::GlContext context;
    Canvas canvas;
    Colour background{0, 0, 1, 1};
};

inline Pane paneOf(Rect body, std::shared_ptr<const Picture> picture, PaneLook look = {}) {
    Pane pane;
    pane.body = body;
    pane.picture = std::move(picture);
    pane.look = look;
    return pane;
}

/// A look without numbers and lines.
inline PaneLook bare(Sampling sampling = Sampling::Automatic) {
    PaneLook look;
    look.sampling = sampling;
    look.values = false;
    look.grid = false;
    return look;
}

inline int distance(const std::array<int, 3>& a, const std::array<int, 3>& b) {
    return std::max({std::abs(a[0] - b[0]), std::abs(a[1] - b[1]), std::abs(a[2] - b[2])});
}

/// The largest difference of a channel between a frame and a u8 RGB picture of its size, and where it is.
struct Deviation {
    int levels = 0, x = 0, y = 0;
};
inline Deviation deviation(const test::Frame& frame, const Image& expected) {
    Deviation worst;
    for (int y = 0; y < frame.height; ++y) {
        for (int x = 0; x < frame.width; ++x) {
            std::array<int, 3> pixel{};
            for (int c = 0; c < 3; ++c) pixel[static_cast<std::size_t>(c)] = static_cast<int>(std::lround(expected.at(x, y, c) * 255));
            const int levels = distance(frame.at(x, y), pixel);
            if (levels > worst.levels) worst = {levels, x, y};
        }
    }
    return worst;
}

}  // namespace tessera::canvas
