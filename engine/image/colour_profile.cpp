// SPDX-License-Identifier: Apache-2.0
#include "image/colour_profile.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <type_traits>

#include <lcms2.h>

#include "image/parallel.h"

namespace tessera::codecs {
namespace {

using Context = std::unique_ptr<std::remove_pointer_t<cmsContext>, decltype(&cmsDeleteContext)>;
using Profile = std::unique_ptr<void, decltype(&cmsCloseProfile)>;
using Transform = std::unique_ptr<void, decltype(&cmsDeleteTransform)>;

Profile sRgb(cmsContext context) {
    return {cmsCreate_sRGBProfileTHR(context), cmsCloseProfile};
}

// Grey with the sRGB curve, so that grey pictures keep their one channel.
Profile sGrey(cmsContext context) {
    const std::array<cmsFloat64Number, 5> parameters{2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    cmsToneCurve* curve = cmsBuildParametricToneCurve(context, 4, parameters.data());
    Profile profile(cmsCreateGrayProfileTHR(context, cmsD50_xyY(), curve), cmsCloseProfile);
    cmsFreeToneCurve(curve);
    return profile;
}

std::string nameOf(cmsHPROFILE profile) {
    std::array<char, 80> text{};
    cmsGetProfileInfoASCII(profile, cmsInfoDescription, "en", "US", text.data(), text.size() - 1);
    std::string name;
    for (const char c : text)
        if (c >= ' ' && c <= '~') name += c;
    return name.empty() ? "the colour profile" : name;
}

cmsUInt32Number colourSpaceOf(ColourModel model) {
    return model == ColourModel::Grey ? PT_GRAY : model == ColourModel::Rgb ? PT_RGB : PT_CMYK;
}

template <typename T>
cmsUInt32Number layoutOf(ColourModel model, bool alpha, bool invertedInk) {
    const cmsUInt32Number bytes = sizeof(T);
    const bool real = std::is_same_v<T, float>;
    return FLOAT_SH(real) | COLORSPACE_SH(colourSpaceOf(model)) | EXTRA_SH(alpha) |
           CHANNELS_SH(static_cast<cmsUInt32Number>(colourChannels(model))) | BYTES_SH(bytes) | FLAVOR_SH(invertedInk);
}

// True if the profile moves no 8-bit value by more than one step: an sRGB profile, whatever it calls itself.
bool isIdentity(cmsContext context, cmsHPROFILE profile, cmsHPROFILE target, ColourModel model) {
    const auto layout = layoutOf<std::uint8_t>(model, false, false);
    const Transform transform(cmsCreateTransformTHR(context, profile, layout, target, layout, INTENT_PERCEPTUAL, cmsFLAGS_NOCACHE),
                              cmsDeleteTransform);
    if (!transform) return false;
    std::vector<std::uint8_t> samples;
    constexpr int kStep = 17;
    for (int r = 0; r < 256; r += kStep) {
        if (model == ColourModel::Grey) {
            samples.push_back(static_cast<std::uint8_t>(r));
            continue;
        }
        for (int g = 0; g < 256; g += kStep)
            for (int b = 0; b < 256; b += kStep)
                for (const int value : {r, g, b}) samples.push_back(static_cast<std::uint8_t>(value));
    }
    std::vector<std::uint8_t> moved(samples.size());
    const std::size_t pixels = samples.size() / static_cast<std::size_t>(colourChannels(model));
    cmsDoTransform(transform.get(), samples.data(), moved.data(), static_cast<cmsUInt32Number>(pixels));
    return std::equal(samples.begin(), samples.end(), moved.begin(), [](int a, int b) { return std::abs(a - b) <= 1; });
}

template <typename T>
Samples<T> transformed(cmsHTRANSFORM transform, const RawPicture& picture, const Samples<T>& samples, ColourModel target) {
    const std::size_t width = static_cast<std::size_t>(picture.width);
    const std::size_t from = static_cast<std::size_t>(colourChannels(picture.model) + (picture.alpha ? 1 : 0)) * width;
    const std::size_t to = static_cast<std::size_t>(colourChannels(target) + (picture.alpha ? 1 : 0)) * width;
    Samples<T> result(to * static_cast<std::size_t>(picture.height));
    parallelFor(picture.height, 32, [&](int begin, int end) {
        for (auto y = static_cast<std::size_t>(begin); y < static_cast<std::size_t>(end); ++y)
            cmsDoTransform(transform, samples.data.get() + y * from, result.data.get() + y * to, static_cast<cmsUInt32Number>(width));
    });
    return result;
}

// False if the profile cannot be used; the notes then say why.
bool convertByProfile(RawPicture& picture) {
    const Context context(cmsCreateContext(nullptr, nullptr), cmsDeleteContext);
    if (!context) throw std::bad_alloc();
    const Profile profile(cmsOpenProfileFromMemTHR(context.get(), picture.profile.data(), static_cast<cmsUInt32Number>(picture.profile.size())),
                          cmsCloseProfile);
    if (!profile) {
        picture.notes.emplace_back("damaged colour profile left out");
        return false;
    }
    const std::string name = nameOf(profile.get());
    if (static_cast<cmsUInt32Number>(_cmsLCMScolorSpace(cmsGetColorSpace(profile.get()))) != colourSpaceOf(picture.model)) {
        picture.notes.push_back(name + " left out: it is for other channels");
        return false;
    }
    const ColourModel target = picture.model == ColourModel::Grey ? ColourModel::Grey : ColourModel::Rgb;
    const Profile screen = target == ColourModel::Grey ? sGrey(context.get()) : sRgb(context.get());
    if (picture.model != ColourModel::Cmyk && isIdentity(context.get(), profile.get(), screen.get(), picture.model)) return true;
    bool usable = false;
    std::visit(
        [&]<typename T>(Samples<T>& samples) {
            const Transform transform(
                cmsCreateTransformTHR(context.get(), profile.get(), layoutOf<T>(picture.model, picture.alpha, picture.invertedInk),
                                      screen.get(), layoutOf<T>(target, picture.alpha, false), INTENT_PERCEPTUAL,
                                      cmsFLAGS_NOCACHE | cmsFLAGS_COPY_ALPHA),
                cmsDeleteTransform);
            if (!transform) return;
            samples = transformed(transform.get(), picture, samples, target);
            usable = true;
        },
        picture.samples);
    if (usable) picture.model = target;
    picture.notes.push_back(usable ? name + " converted to sRGB" : name + " left out: it cannot be converted");
    return usable;
}

// R = (1 - C)(1 - K): what browsers and libraries do where no profile says more.
template <typename T>
Samples<T> plainRgb(const Samples<T>& inks, bool inverted, bool alpha) {
    constexpr float kWhite = std::is_same_v<T, float> ? 1.0F : static_cast<float>(std::numeric_limits<T>::max());
    const std::size_t from = alpha ? 5 : 4, to = alpha ? 4 : 3;
    Samples<T> result(inks.size / from * to);
    const auto light = [&](T ink) { return inverted ? static_cast<float>(ink) : kWhite - static_cast<float>(ink); };
    constexpr float kHalf = std::is_same_v<T, float> ? 0.0F : 0.5F;
    for (std::size_t i = 0, o = 0; i < inks.size; i += from, o += to) {
        const float black = light(inks.data[i + 3]) / kWhite;
        for (std::size_t c = 0; c < 3; ++c) result.data[o + c] = static_cast<T>(light(inks.data[i + c]) * black + kHalf);
        if (alpha) result.data[o + 3] = inks.data[i + 4];
    }
    return result;
}

}  // namespace

void convertToSrgb(RawPicture& picture) {
    const bool done = !picture.profile.empty() && convertByProfile(picture);
    if (done || picture.model != ColourModel::Cmyk) return;
    std::visit([&](auto& samples) { samples = plainRgb(samples, picture.invertedInk, picture.alpha); }, picture.samples);
    picture.model = ColourModel::Rgb;
    picture.notes.emplace_back("CMYK converted without a profile");
}

}  // namespace tessera::codecs
