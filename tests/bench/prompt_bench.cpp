// SPDX-License-Identifier: Apache-2.0
// How long a prompt that nobody typed before takes to become maps of pictures that are encoded already.
//
//   tessera-bench-prompts MODEL PICTURES [RUNS]
//
// PICTURES sources of noise are asked for their map of a first prompt, which encodes them; then RUNS times (9) all of them at once for another. Prints one
// JSON object: seconds from the first request to the last picture.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <stdexcept>
#include <thread>

#include "support/test_engine.h"

namespace {

using namespace tessera;

Image noise(int side, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(side) * side * 3);
    for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(random());
    return Image(side, side, 3, SharedArray<std::uint8_t>(std::move(pixels)));
}

/// Seconds until every picture has its map.
double secondsFor(Engine& engine, const std::vector<CellRef>& cells, const std::string& prompt) {
    std::atomic<std::size_t> left = cells.size(), failed = 0;
    std::vector<Subscription> jobs;
    const auto start = std::chrono::steady_clock::now();
    for (const CellRef& cell : cells) {
        Observer<Picture> observer;
        observer.onDone = [&](const Result<Picture>& result) {
            if (!result && failed++ == 0) std::fprintf(stderr, "%s\n", toLine(result.error()).c_str());
            --left;
            left.notify_one();
        };
        jobs.push_back(engine.request({.lens = "text_similarity", .cell = cell, .parameters = {{"prompts", prompt}}}, Priority::Visible, std::move(observer)));
    }
    for (std::size_t now = left; now > 0; now = left) left.wait(now);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (failed > 0) throw std::runtime_error("some maps were not drawn");
    return seconds;
}

int run(const std::string& reference, int pictures, int runs) {
    const std::shared_ptr<Engine> engine = test::openCpuEngine(std::size_t(4) << 30);
    const Result<ModelInfo> model = test::openModel(*engine, reference, Precision::Auto);
    if (!model) throw std::runtime_error(toLine(model.error()));
    std::vector<CellRef> cells;
    for (int i = 0; i < pictures; ++i) cells.push_back({.source = engine->addSource({.pixels = noise(256, static_cast<unsigned>(i)), .name = "noise"}), .model = model.value().id});
    const double first = secondsFor(*engine, cells, "a first prompt");
    std::vector<double> seconds;
    for (int i = 0; i < runs; ++i) seconds.push_back(secondsFor(*engine, cells, "a photo of a cat on the grass " + std::to_string(i)));
    std::ranges::sort(seconds);
    std::printf("{\"model\": \"%s\", \"precision\": \"%s\", \"pictures\": %d, \"runs\": %d, \"encoding_seconds\": %.4f, \"seconds\": {\"median\": %.4f, \"min\": %.4f, \"max\": %.4f}}\n", model.value().name.c_str(),
                model.value().precision.c_str(), pictures, runs, first, seconds[seconds.size() / 2], seconds.front(), seconds.back());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const int pictures = argc > 2 ? std::atoi(argv[2]) : 0, runs = argc > 3 ? std::atoi(argv[3]) : 9;
    if (argc < 3 || argc > 4 || pictures < 1 || runs < 1) {
        std::fprintf(stderr, "usage: tessera-bench-prompts MODEL PICTURES [RUNS]\n");
        return 2;
    }
    try {
        return run(argv[1], pictures, runs);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tessera-bench-prompts: %s\n", error.what());
        return 1;
    }
}
