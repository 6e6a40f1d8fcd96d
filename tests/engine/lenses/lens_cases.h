// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/wait.h>

#include "support/golden_case.h"
#include "support/test_engine.h"

namespace tessera::test {

/// Lenses through the public interface, in fp32 on the CPU.
class LensTest : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    /// The picture as it is: no crop, no resize.
    static ParameterSet whole(ParameterSet more = {}) {
        more.insert({{"size", std::int64_t(0)}, {"crop", std::string("whole")}});
        return more;
    }
    CellRef cell(const std::string& model, const Image& image) {
        const auto opened = openModel(*s_engine, model);
        EXPECT_TRUE(opened) << toLine(opened.error());
        return {.source = s_engine->addSource({.pixels = image, .name = "test"}), .model = opened ? opened.value().id : ModelId{}};
    }
    Picture picture(const std::string& lens, const CellRef& cell, ParameterSet parameters, std::vector<CellRef> others = {}) {
        auto result = askFor(*s_engine, {lens, cell, std::move(parameters), std::move(others)});
        EXPECT_TRUE(result) << toLine(result.error());
        return result ? std::move(result).value() : Picture();
    }
    static std::vector<float> floats(const Image& image) {
        const auto samples = std::get<SharedArray<float>>(image.samples()).span();
        return {samples.begin(), samples.end()};
    }
    static Image floatImage(int width, int height, const std::function<float(int, int, int)>& sample) {
        std::vector<float> samples;
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                for (int c = 0; c < 3; ++c) samples.push_back(sample(x, y, c));
            }
        }
        return Image(width, height, 3, SharedArray<float>(std::move(samples)));
    }

    /// The one line that a person reads where there is no picture; empty where there is one.
    std::string refused(const std::string& lens, const CellRef& cell, ParameterSet parameters, std::vector<CellRef> others = {}) {
        const auto result = askFor(*s_engine, {lens, cell, std::move(parameters), std::move(others)});
        return result ? std::string() : toLine(result.error());
    }
    /// What the encoder gives for the whole picture.
    TensorMap encoded(const CellRef& cell) {
        auto result = wait<TensorMap>([&](auto observer) { return s_engine->encode(cell, whole(), std::move(observer)); });
        EXPECT_TRUE(result) << toLine(result.error());
        return result ? std::move(result).value() : TensorMap();
    }
    /// What the decoder makes of latents [1,C,h,w].
    Image decoded(ModelId model, std::vector<std::int64_t> shape, const std::vector<float>& latents) {
        auto result = wait<std::vector<Picture>>([&](auto observer) { return s_engine->decode(model, {{"latents", float32Tensor(std::move(shape), latents)}}, std::move(observer)); });
        EXPECT_TRUE(result) << toLine(result.error());
        return result ? result.value().at(0).image : Image();
    }
    /// How often a stage ran since the engine was opened.
    static std::uint64_t runsOf(const std::string& stage) {
        const auto runs = s_engine->status().stagesRun;
        const auto found = runs.find(stage);
        return found == runs.end() ? 0 : found->second;
    }

    static inline std::shared_ptr<Engine> s_engine;
};

/// The case tessera_autoencoder/tiny: two pictures of 48 x 32 px, 8 channels of 6 x 4 latents.
class GoldenLensTest : public LensTest {
protected:
    static constexpr int kWidth = 48, kHeight = 32, kColumns = 6, kRows = 4, kChannels = 8, kCell = 8;

    GoldenLensTest() {
        for (const GoldenCase& each : goldenCases("tessera_autoencoder")) {
            if (each.name() == "tessera_autoencoder/tiny") m_case.emplace(each);
        }
        m_input = valuesOf(m_case->tensors("in.").at("in.image"));
        const TensorMap out = m_case->tensors("out.");
        m_latents = valuesOf(out.at("out.latents"));
        m_reconstruction = valuesOf(out.at("out.reconstruction"));
        for (int sample = 0; sample < 2; ++sample) m_cells.push_back(cell(m_case->model().string(), floatImage(kWidth, kHeight, [&](int x, int y, int c) { return float(pixel(m_input, sample, x, y, c)); })));
    }
    static double pixel(const std::vector<double>& of, int sample, int x, int y, int c) { return of[static_cast<std::size_t>(((sample * 3 + c) * kHeight + y) * kWidth + x)]; }
    double latent(int sample, int channel, int row, int column) const {
        return m_latents[static_cast<std::size_t>(((sample * kChannels + channel) * kRows + row) * kColumns + column)];
    }
    /// The recorded tolerance: what float32 arithmetic of another library may differ by.
    static double near(double recorded) { return 1e-4 + 1e-3 * std::abs(recorded); }

    std::optional<GoldenCase> m_case;
    std::vector<double> m_input, m_latents, m_reconstruction;
    std::vector<CellRef> m_cells;
};

/// Leading eigenpairs of a symmetric matrix by power iteration with deflation; no code of the engine's.
struct Eigenpair {
    double value = 0;
    std::vector<double> vector;
};
inline std::vector<Eigenpair> leadingPairs(std::vector<std::vector<double>> matrix, int count) {
    const std::size_t n = matrix.size();
    std::vector<Eigenpair> pairs;
    for (int k = 0; k < count; ++k) {
        std::vector<double> v(n);
        for (std::size_t i = 0; i < n; ++i) v[i] = 1 + 0.37 * static_cast<double>((i * 7 + static_cast<std::size_t>(k)) % n);
        double value = 0;
        for (int turn = 0; turn < 20'000; ++turn) {
            std::vector<double> next(n, 0.0);
            for (std::size_t i = 0; i < n; ++i) next[i] = std::inner_product(v.begin(), v.end(), matrix[i].begin(), 0.0);
            value = std::sqrt(std::inner_product(next.begin(), next.end(), next.begin(), 0.0));
            for (std::size_t i = 0; i < n; ++i) v[i] = next[i] / value;
        }
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j) matrix[i][j] -= value * v[i] * v[j];
        }
        const auto largest = std::ranges::max_element(v, {}, [](double entry) { return std::abs(entry); });
        if (*largest < 0) {
            for (double& entry : v) entry = -entry;
        }
        pairs.push_back({value, v});
    }
    return pairs;
}

}  // namespace tessera::test
