// SPDX-License-Identifier: Apache-2.0
#include "image/metrics.h"

#include <cmath>
#include <limits>

#include "core/error.h"
#include "image/lpips.h"
#include "image/metric_input.h"

namespace tessera {
namespace {

constexpr int kSsimSide = 11, kMsSsimSide = 161;

std::string sidesAtLeast(int side) {
    return "both sides must be at least " + std::to_string(side) + " px";
}

}  // namespace

Image clampedRgb(const Image& image) {
    const Image rgb = image.toFloatRgb();
    const auto samples = std::get<SharedArray<float>>(rgb.samples()).span();
    bool inside = true;
    for (const float sample : samples) inside &= sample >= 0 && sample <= 1;
    if (inside) return rgb;
    std::vector<float> clamped(samples.begin(), samples.end());
    for (float& sample : clamped) sample = sample > 0 ? std::min(sample, 1.0F) : 0.0F;
    return Image(rgb.width(), rgb.height(), 3, SharedArray<float>(std::move(clamped)));
}

void checkSameSize(const Image& reference, const Image& image) {
    if (!reference.empty() && reference.width() == image.width() && reference.height() == image.height()) return;
    const auto size = [](const Image& i) { return std::to_string(i.width()) + " x " + std::to_string(i.height()); };
    throw Failure(ErrorCode::Invalid, "pictures of different size cannot be compared: " + size(reference) + " and " + size(image) + " px", {},
                  "crop or resize one of them");
}

double psnr(const Image& reference, const Image& image) {
    checkSameSize(reference, image);
    const Image a = clampedRgb(reference), b = clampedRgb(image);
    const auto x = std::get<SharedArray<float>>(a.samples()).span(), y = std::get<SharedArray<float>>(b.samples()).span();
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double d = static_cast<double>(x[i]) - static_cast<double>(y[i]);
        sum += d * d;
    }
    if (sum == 0) return std::numeric_limits<double>::infinity();
    return -10 * std::log10(sum / static_cast<double>(x.size()));
}

double meanAbsoluteError(const Image& reference, const Image& image) {
    checkSameSize(reference, image);
    const Image a = clampedRgb(reference), b = clampedRgb(image);
    const auto x = std::get<SharedArray<float>>(a.samples()).span(), y = std::get<SharedArray<float>>(b.samples()).span();
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i]));
    return sum / static_cast<double>(x.size());
}

std::vector<Measure> imageMeasures(const Image& reference, const Image& image, bool withFlip) {
    checkSameSize(reference, image);
    const Image a = clampedRgb(reference), b = clampedRgb(image);
    const std::string domain = "sRGB, 0..1, all " + std::to_string(a.width()) + " x " + std::to_string(a.height()) + " px";
    const SsimPair pair = ssimPair(a, b);
    std::vector<Measure> measures;
    measures.push_back({"psnr", psnr(a, b), Unit::Decibels, domain + ", mean over RGB"});
    measures.push_back({"ssim", pair.ssim, Unit::None, pair.ssim ? domain + ", Gaussian window 11 px" : sidesAtLeast(kSsimSide)});
    measures.push_back({"ms_ssim", pair.msSsim, Unit::None, pair.msSsim ? domain + ", 5 scales, window 11 px" : sidesAtLeast(kMsSsimSide)});
    if (!withFlip) return measures;
    measures.push_back({"flip", flip(a, b).mean, Unit::None, domain + ", 67 px per degree; 0 is equal"});
    const LpipsResult perceptual = lpips(a, b);
    measures.push_back({"lpips", perceptual.value, Unit::None, perceptual.value ? domain + ", " + perceptual.detail : perceptual.detail});
    return measures;
}

}  // namespace tessera
