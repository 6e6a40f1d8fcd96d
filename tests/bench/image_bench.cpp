// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "bench/photo.h"
#include "image/image_file.h"
#include "image/metrics.h"
#include "image/resize.h"
#include "support/temporary_folder.h"

namespace tessera::bench {
namespace {

constexpr int kWidth = 4000, kHeight = 3000;  // 12 megapixels

const Image& photo() {
    static const Image image(kWidth, kHeight, 3, SharedArray<std::uint8_t>(photoPixels(kWidth, kHeight)));
    return image;
}

const std::vector<std::byte>& photoFile() {
    static const std::vector<std::byte> file = jpegOf(photoPixels(kWidth, kHeight), kWidth, kHeight);
    return file;
}

/// The photograph's middle at size x size, and the same after some damage.
std::pair<Image, Image> pair(int size) {
    const Image image = resample(photo(), {0, 0, kHeight, kHeight}, size, size, Filter::Bicubic);
    const Image small = resample(image, {0, 0, double(size), double(size)}, size / 4, size / 4, Filter::Box);
    return {image, resample(small, {0, 0, size / 4.0, size / 4.0}, size, size, Filter::Bicubic)};
}

void decodeJpeg(benchmark::State& state) {
    const auto& file = photoFile();
    for (auto _ : state) benchmark::DoNotOptimize(decodeImage(file, "photo.jpg", {.atLeast = static_cast<int>(state.range(0))}));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * file.size()));
}
BENCHMARK(decodeJpeg)->Name("image/decode 12 MP JPEG, at least")->Arg(0)->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();

void resampleTo256(benchmark::State& state) {
    const Image& image = photo();
    for (auto _ : state) benchmark::DoNotOptimize(resample(image, {500, 0, kHeight, kHeight}, 256, 256, Filter::Bicubic));
}
BENCHMARK(resampleTo256)->Name("image/resample 12 MP to 256, float")->Unit(benchmark::kMillisecond)->UseRealTime();

void resampleU8To256(benchmark::State& state) {
    const Image& image = photo();
    for (auto _ : state) benchmark::DoNotOptimize(resampleU8(image, {500, 0, kHeight, kHeight}, 256, 256, Filter::Bicubic));
}
BENCHMARK(resampleU8To256)->Name("image/resample 12 MP to 256, u8")->Unit(benchmark::kMillisecond)->UseRealTime();

template <typename Measured>
void measure(benchmark::State& state, Measured measured) {
    const auto [reference, image] = pair(static_cast<int>(state.range(0)));
    for (auto _ : state) benchmark::DoNotOptimize(measured(reference, image));
}
BENCHMARK_CAPTURE(measure, psnr, [](const Image& a, const Image& b) { return psnr(a, b); })
    ->Name("image/psnr")->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(measure, ssim, [](const Image& a, const Image& b) { return ssim(a, b); })
    ->Name("image/ssim")->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(measure, msSsim, [](const Image& a, const Image& b) { return msSsim(a, b); })
    ->Name("image/ms-ssim")->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(measure, flip, [](const Image& a, const Image& b) { return flip(a, b); })
    ->Name("image/flip")->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();

void writePngFile(benchmark::State& state) {
    const int size = static_cast<int>(state.range(0));
    const Image image = pair(size).first.toU8Rgb();
    const test::TemporaryFolder folder;
    for (auto _ : state) writePng(folder.path() / "image.png", image);
}
BENCHMARK(writePngFile)->Name("image/write PNG")->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tessera::bench
