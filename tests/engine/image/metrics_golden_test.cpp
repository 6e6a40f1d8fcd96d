// SPDX-License-Identifier: Apache-2.0
// tests/golden/metrics: what scikit-image, pytorch-msssim, flip-evaluator and lpips give, to the tolerances of its case.json.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "checkpoint/safetensors.h"
#include "image/frechet.h"
#include "image/image_file.h"
#include "image/lpips.h"
#include "image/metrics.h"

namespace tessera {
namespace {

using Json = nlohmann::json;
const std::string kFolder = TESSERA_SOURCE_DIR "/tests/golden/metrics/";

Json jsonFile(const std::string& name) {
    std::ifstream file(kFolder + name);
    return Json::parse(file);
}

const Json& reference() {
    static const Json document = jsonFile("reference.json");
    return document;
}

const Json& tolerance() {
    static const Json document = jsonFile("case.json").at("tolerance");
    return document;
}

std::vector<float> floatsOf(const std::string& name) {
    static const SafetensorsFile file = readSafetensors(kFolder + "reference.safetensors");
    const HostTensor tensor = file.tensors.at(name).toHost();
    std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
}

std::vector<double> doublesOf(const std::string& name) {
    static const SafetensorsFile file = readSafetensors(kFolder + "reference.safetensors");
    const HostTensor tensor = file.tensors.at(name).toHost();
    std::vector<double> values(static_cast<std::size_t>(tensor.elements()));
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
}

Image picture(const std::string& name) {
    const std::string path = kFolder + "images/" + name + ".png";
    return decodeImage(readFile(path), path).image;
}

class MetricsGolden : public testing::TestWithParam<std::string> {
protected:
    const Json& expected() const { return reference().at("pairs").at(GetParam()); }
    Image ref() const { return picture(GetParam() + "_ref"); }
    Image test() const { return picture(GetParam() + "_test"); }
};

TEST_P(MetricsGolden, PsnrMatches) {
    const double value = psnr(ref(), test());
    if (expected().at("psnr") == "inf") {
        EXPECT_EQ(value, std::numeric_limits<double>::infinity());
    } else {
        EXPECT_NEAR(value, expected().at("psnr").get<double>(), tolerance().at("psnr").get<double>());
    }
}

TEST_P(MetricsGolden, SsimMatches) {
    const auto value = ssim(ref(), test());
    ASSERT_TRUE(value);
    EXPECT_NEAR(*value, expected().at("ssim").get<double>(), tolerance().at("ssim").get<double>());
}

TEST_P(MetricsGolden, MsSsimMatchesWhereUpstreamHasAValue) {
    for (const auto& [key, window] : {std::pair("ms_ssim_win11", 11), std::pair("ms_ssim_win7", 7)}) {
        const auto value = msSsim(ref(), test(), window);
        ASSERT_EQ(value.has_value(), !expected().at(key).is_null()) << key;
        if (!value) continue;
        EXPECT_NEAR(*value, expected().at(key).get<double>(), tolerance().at("ms_ssim").get<double>()) << key;
    }
}

TEST_P(MetricsGolden, MeasuresSayTheSameAsTheSingleFunctions) {
    const auto measures = imageMeasures(ref(), test());
    ASSERT_EQ(measures.size(), 5U);
    EXPECT_EQ(measures[0].value, psnr(ref(), test()));
    EXPECT_EQ(measures[1].value, ssim(ref(), test()));
    EXPECT_EQ(measures[2].value, msSsim(ref(), test()));
    EXPECT_EQ(measures[3].value, flip(ref(), test()).mean);
}

TEST_P(MetricsGolden, FlipMeanMatchesAtBothDistances) {
    const double allowed = tolerance().at("flip").at("mean").get<double>();
    EXPECT_NEAR(flip(ref(), test()).mean, expected().at("flip_mean").get<double>(), allowed);
    EXPECT_NEAR(flip(ref(), test(), 30).mean, expected().at("flip_mean_ppd30").get<double>(), allowed);
}

TEST_P(MetricsGolden, FlipMaximumMatches) {
    const Image map = flip(ref(), test()).map;
    const auto values = std::get<SharedArray<float>>(map.samples()).span();
    EXPECT_NEAR(*std::max_element(values.begin(), values.end()), expected().at("flip_max").get<double>(),
                tolerance().at("flip").at("map_abs").get<double>());
}

/// The pairs whose maps are recorded pixel by pixel.
class MetricMapsGolden : public MetricsGolden {};

TEST_P(MetricMapsGolden, FlipMapMatchesEveryPixel) {
    const Image map = flip(ref(), test()).map;
    const auto values = std::get<SharedArray<float>>(map.samples()).span();
    const auto recorded = floatsOf("flip." + GetParam());
    ASSERT_EQ(values.size(), recorded.size());
    for (std::size_t i = 0; i < recorded.size(); ++i)
        ASSERT_NEAR(values[i], recorded[i], tolerance().at("flip").at("map_abs").get<double>()) << "pixel " << i;
}

TEST_P(MetricMapsGolden, SsimMapMatchesEveryPixel) {
    const auto recorded = floatsOf("ssim." + GetParam());
    const Image map = ssimMap(ref(), test());
    ASSERT_EQ(map.channels(), 1);
    for (int y = 0; y < map.height(); ++y)
        for (int x = 0; x < map.width(); ++x) {
            const auto i = 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(map.width()) + static_cast<std::size_t>(x));
            const float mean = (recorded[i] + recorded[i + 1] + recorded[i + 2]) / 3;
            ASSERT_NEAR(map.at(x, y, 0), mean, 1e-5) << x << "," << y;
        }
}

INSTANTIATE_TEST_SUITE_P(Upstream, MetricMapsGolden, testing::Values("gradient_noise", "noise_blur", "text_shift", "blocks", "identical"),
                         [](const auto& info) { return info.param; });

// The backbone that reference.json defines by a rule, so that no weights have to be shipped.
TensorMap proceduralBackbone(const std::string& net) {
    TensorMap tensors;
    for (const Json& entry : reference().at("lpips_backbone").at(net)) {
        const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
        std::size_t count = 1;
        for (const auto side : shape) count *= static_cast<std::size_t>(side);
        const auto seed = entry.at("seed").get<std::uint64_t>();
        const double bound = entry.at("bound").get<double>();
        std::vector<std::byte> bytes(count * sizeof(float));
        for (std::size_t i = 0; i < count; ++i) {
            std::uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15ULL;
            z = (z ^ z >> 30U) * 0xBF58476D1CE4E5B9ULL;
            z = (z ^ z >> 27U) * 0x94D049BB133111EBULL;
            z ^= z >> 31U;
            const auto value = static_cast<float>((2 * (static_cast<double>(z >> 40U) / 16777216.0) - 1) * bound);
            std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
        }
        tensors[entry.at("name")] = {DType::F32, shape, SharedBytes(std::move(bytes))};
    }
    return tensors;
}

const LpipsNetwork& network(const std::string& net) {
    static const LpipsNetwork alex(proceduralBackbone("alex")), vgg(proceduralBackbone("vgg"));
    return net == "alex" ? alex : vgg;
}

TEST_P(MetricsGolden, LpipsMatchesLayerByLayer) {
    for (const std::string net : {"alex", "vgg"}) {
        if (!expected().contains("lpips_" + net)) continue;  // the large pairs have AlexNet only
        const LpipsResult result = network(net).distance(ref(), test());
        ASSERT_TRUE(result.value) << result.detail;
        const double relative = tolerance().at("lpips").at("rel").get<double>(), absolute = tolerance().at("lpips").at("abs").get<double>();
        const double total = expected().at("lpips_" + net).get<double>();
        EXPECT_NEAR(*result.value, total, absolute + relative * total) << net;
        const auto layers = expected().at("lpips_" + net + "_per_layer").get<std::vector<double>>();
        ASSERT_EQ(result.perLayer.size(), layers.size());
        for (std::size_t i = 0; i < layers.size(); ++i) EXPECT_NEAR(result.perLayer[i], layers[i], absolute + relative * layers[i]) << net << " layer " << i;
    }
}

std::vector<std::string> pairNames() {
    std::vector<std::string> names;
    for (const auto& [name, pair] : reference().at("pairs").items()) names.push_back(name);
    return names;
}

INSTANTIATE_TEST_SUITE_P(Upstream, MetricsGolden, testing::ValuesIn(pairNames()), [](const auto& info) { return info.param; });

TEST(LpipsGolden, ProceduralBackboneIsTheRecordedOne) {
    const TensorMap tensors = proceduralBackbone("alex");
    for (const Json& entry : reference().at("lpips_backbone").at("alex")) {
        const auto first = entry.at("first4").get<std::vector<float>>();
        std::vector<float> values(4);
        std::memcpy(values.data(), tensors.find(entry.at("name").get<std::string>())->second.bytes.data(), 16);
        EXPECT_EQ(values, first) << entry.at("name");
    }
}

TEST(Lpips, LeavesOutWhatTakesTooLong) {
    const LpipsNetwork& alex = network("alex");
    // By hand: 184, 590, 299, 398 and 265 million multiply-adds and their additions for one 256 px picture.
    EXPECT_NEAR(alex.flops(256, 256), 2 * 1.736e9, 0.02e9);
    EXPECT_GT(network("vgg").flops(256, 256), 20 * alex.flops(256, 256));
    const Image image(64, 64, 3, SharedArray<float>(std::vector<float>(64 * 64 * 3, 0.5f)));
    const double needed = alex.flops(64, 64);
    EXPECT_TRUE(alex.distance(image, image, {.mostFlops = needed}).value);
    const LpipsResult refused = alex.distance(image, image, {.mostFlops = needed - 1});
    EXPECT_FALSE(refused.value);
    EXPECT_EQ(refused.detail.rfind("left out: AlexNet takes", 0), 0u) << refused.detail;
}

TEST(Lpips, IsLeftAtACheckpoint) {
    struct Stopped {};
    const Image image(64, 64, 3, SharedArray<float>(std::vector<float>(64 * 64 * 3, 0.5f)));
    int calls = 0;
    const auto stopAtThird = [&calls] {
        if (++calls == 3) throw Stopped();
    };
    EXPECT_THROW(network("alex").distance(image, image, {.checkpoint = stopAtThird}), Stopped);
}

struct FrechetCase {
    const char* key;
    const char *first, *second;
};

class FrechetGolden : public testing::TestWithParam<FrechetCase> {};

TEST_P(FrechetGolden, DistanceMatches) {
    const auto& [key, first, second] = GetParam();
    const FeatureStatistics a = featureStatistics(floatsOf(std::string("fid.features") + first), 64);
    const FeatureStatistics b = featureStatistics(floatsOf(std::string("fid.features") + second), 64);
    const Json& expected = reference().at("fid").at(key);
    const double value = expected.at("fid_eig").get<double>();
    const char* which = std::string(key).find("rank") == std::string::npos ? "rel" : "rank_deficient_rel";
    EXPECT_NEAR(frechetDistance(a, b), value, 1e-9 + value * tolerance().at("fid").at(which).get<double>());
    EXPECT_GE(frechetDistance(a, b), 0);
}

INSTANTIATE_TEST_SUITE_P(Upstream, FrechetGolden,
                         testing::Values(FrechetCase{"1_vs_2", "1", "2"}, FrechetCase{"1_vs_few_rank_deficient", "1", "_few"}, FrechetCase{"1_vs_1", "1", "1"}),
                         [](const auto& info) { return std::string(info.param.key); });

TEST(FrechetGoldenStatistics, MeanAndCovarianceMatchNumpy) {
    const FeatureStatistics statistics = featureStatistics(floatsOf("fid.features1"), 64);
    const auto mean = doublesOf("fid.mean1"), covariance = doublesOf("fid.cov1");
    for (std::size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(statistics.mean[i], mean[i], 1e-6);
    for (std::size_t i = 0; i < covariance.size(); ++i) EXPECT_NEAR(statistics.covariance[i], covariance[i], 1e-6);
}

}  // namespace
}  // namespace tessera
