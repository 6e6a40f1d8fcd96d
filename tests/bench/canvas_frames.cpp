// SPDX-License-Identifier: Apache-2.0
// How long the canvas takes to draw a frame while 16 panes pan and zoom together, at 1280 x 800: the median and the slowest
// of 120 frames and the processor time of one, a scene per line. Run it under software GL: packaging/with-display build/release/tests/bench/tessera-bench-canvas
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "canvas/canvas.h"
#include "widgets/canvas/gl_context.h"
#include "widgets/canvas/pictures.h"

namespace {

using namespace tessera;
using namespace tessera::canvas;

constexpr int kWidth = 1280, kHeight = 800, kAcross = 4, kDown = 4, kSide = 1024, kFrames = 120;
constexpr int kGap = 8, kCaption = 22;  // device pixels

using Pictures = std::vector<std::shared_ptr<const Picture>>;

Pictures colours() {
    Pictures pictures;
    for (std::uint32_t i = 0; i < kAcross * kDown; ++i) pictures.push_back(test::noisePicture(kSide, kSide, 3, i + 1));
    return pictures;
}

Pictures fields() {
    Pictures pictures;
    for (int i = 0; i < kAcross * kDown; ++i) {
        pictures.push_back(test::pictureOf<float>(kSide, kSide, 3, [i](int x, int y, int c) { return static_cast<float>((x * 7 + y * 13 + c + i) % 255) / 255 - 0.5F; }));
    }
    return pictures;
}

std::vector<Pane> panesOf(const Pictures& pictures, const std::function<void(Pane&)>& dress) {
    std::vector<Pane> panes;
    constexpr float kCellWidth = static_cast<float>(kWidth) / kAcross, kCellHeight = static_cast<float>(kHeight) / kDown;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        Pane pane;
        pane.body = {static_cast<float>(i % kAcross) * kCellWidth + kGap, static_cast<float>(i / kAcross) * kCellHeight + kCaption, kCellWidth - 2 * kGap,
                     kCellHeight - kCaption - kGap};
        pane.picture = pictures[i];
        pane.group = static_cast<int>(i / kAcross);
        dress(pane);
        panes.push_back(pane);
    }
    return panes;
}

/// Camera of a frame: pans in a circle while it zooms a little in and out.
Camera cameraAt(int frame, double zoom, double breath) {
    const double turn = frame * 0.0524;
    return {0.5 + 0.1 * std::sin(turn), 0.5 + 0.1 * std::cos(turn), zoom * (1 + breath * std::sin(turn * 2))};
}

void measure(const std::string& name, Canvas& canvas, std::vector<Pane> panes, double zoom, double breath) {
    canvas.setPanes(std::move(panes));
    const double wanted = zoom > 0 ? zoom : canvas.fitZoom();
    test::Target target(kWidth, kHeight);
    std::vector<double> milliseconds;
    std::clock_t processor = 0;
    for (int frame = -20; frame < kFrames; ++frame) {  // the first ones upload and compile
        canvas.setCamera(cameraAt(frame, wanted, breath));
        target.bind();
        const auto begun = std::chrono::steady_clock::now();
        const std::string failed = canvas.draw(kWidth, kHeight);
        glFinish();
        if (!failed.empty()) std::printf("%s\n", failed.c_str());
        if (frame < 0) processor = std::clock();
        if (frame >= 0) milliseconds.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
    }
    std::ranges::sort(milliseconds);
    const double busy = 1000.0 * static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC / kFrames;
    std::printf("%-36s median %6.2f ms, 95 %% %6.2f ms, slowest %6.2f ms, %6.2f ms of all cores\n", name.c_str(), milliseconds[kFrames / 2],
                milliseconds[kFrames * 95 / 100], milliseconds.back(), busy);
    std::fflush(stdout);
}

}  // namespace

int main(int argumentCount, char** arguments) {
    const std::string only = argumentCount > 1 ? arguments[1] : "";
    test::GlContext context;
    Canvas canvas;
    Canvas::Options options;
    options.fontFile = TESSERA_SOURCE_DIR "/resources/fonts/Roboto-Regular.ttf";
    if (const std::string failed = canvas.initialise(options); !failed.empty()) return std::printf("%s\n", failed.c_str()), 1;
    const Pictures pictures = colours(), errors = fields();
    const auto scene = [&](const std::string& name, const Pictures& shown, double zoom, double breath, const std::function<void(Pane&)>& dress) {
        if (name.find(only) != std::string::npos) measure(name, canvas, panesOf(shown, dress), zoom, breath);
    };
    const auto plain = [](Pane&) {};
    const auto magnitude = [](Pane& pane) { pane.look.mapping = FieldMapping::Absolute; };
    const auto bilinear = [](Pane& pane) { pane.look.sampling = Sampling::Bilinear; };
    scene("colour, fit, panning", pictures, 0, 0, plain);
    scene("colour, fit, zooming", pictures, 0, 0.3, plain);
    scene("colour, 100 %, zooming", pictures, 1.2, 0.3, plain);
    scene("colour, 400 %, panning, nearest", pictures, 4, 0, plain);
    scene("colour, 400 %, zooming, nearest", pictures, 4, 0.3, plain);
    scene("colour, 400 %, zooming, bilinear", pictures, 4, 0.3, bilinear);
    scene("colour, 1600 %, zooming, grid", pictures, 24, 0.3, plain);
    scene("colour, 6400 %, panning, values", pictures, 64, 0, plain);
    scene("field, fit, zooming", errors, 0, 0.3, magnitude);
    scene("field, 400 %, zooming, nearest", errors, 4, 0.3, magnitude);
    scene("exposed, fit, zooming", pictures, 0, 0.3, [](Pane& pane) { pane.look.exposureStops = 1; });
    scene("brush and stripes, fit, zooming", errors, 0, 0.3, [](Pane& pane) {
        pane.look.mapping = FieldMapping::Absolute;
        pane.look.clipping = true;
        pane.look.brush.emplace(0.1F, 0.2F);
    });
    const auto against = [&](Compare compare) {
        return [&, compare](Pane& pane) {
            pane.other = pictures.front();
            pane.compare = compare;
        };
    };
    scene("wipe, fit, zooming", pictures, 0, 0.3, against(Compare::Wipe));
    scene("onion, fit, zooming", pictures, 0, 0.3, against(Compare::Onion));
    scene("difference, fit, zooming", pictures, 0, 0.3, against(Compare::Difference));
    canvas.release();
    return 0;
}
