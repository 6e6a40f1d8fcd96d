// SPDX-License-Identifier: Apache-2.0
// Lenses of codes, over the tiny autoencoder with codebooks drawn at random; the search is written out here once more.
#include <random>
#include <set>

#include <tessera/code_colour.h>
#include <tessera/files.h>
#include <tessera/token_edit.h>

#include "engine/lenses/lens_cases.h"
#include "support/model_folder.h"
#include "support/temporary_folder.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;

constexpr int kDepths = 3, kCodewords = 12, kPatch = 2;

class CodeLenses : public GoldenLensTest {
protected:
    static constexpr int kGridRows = kRows / kPatch, kGridColumns = kColumns / kPatch, kDim = kPatch * kPatch * kChannels, kCells = kGridRows * kGridColumns;

    CodeLenses() {
        ModelFolder folder("tessera_autoencoder/tiny");
        std::mt19937 random(7);
        std::normal_distribution<float> normal(0, 0.8F);
        for (int i = 0; i < kChannels; ++i) m_scale.push_back(0.5F + 0.25F * static_cast<float>(i));
        for (int i = 0; i < kDepths * kCodewords * kDim; ++i) m_books.push_back(normal(random) / static_cast<float>(1 + i / (kCodewords * kDim)));
        folder.tensors["quantizer.scale"] = float32Tensor({kChannels}, m_scale);
        folder.tensors["quantizer.codebooks"] = float32Tensor({kDepths, kCodewords, kDim}, m_books);
        folder.config["quantizer"] = {{"depths", kDepths}, {"codebook_size", kCodewords}, {"patch", kPatch}};
        m_cells.clear();
        const std::string model = folder.write();
        for (int sample = 0; sample < 2; ++sample) m_cells.push_back(cell(model, floatImage(kWidth, kHeight, [&](int x, int y, int c) { return float(pixel(m_input, sample, x, y, c)); })));
    }

    /// Scaled latents of one grid cell in the order (row, column, channel).
    std::vector<double> vectorAt(const std::vector<double>& latents, int cell) const {
        std::vector<double> vector;
        for (int i = 0; i < kPatch * kPatch; ++i) {
            const int row = cell / kGridColumns * kPatch + i / kPatch, column = cell % kGridColumns * kPatch + i % kPatch;
            for (int c = 0; c < kChannels; ++c) vector.push_back(m_scale[c] * latents[static_cast<std::size_t>((c * kRows + row) * kColumns + column)]);
        }
        return vector;
    }
    float codeword(int depth, int code, int i) const { return m_books[static_cast<std::size_t>((depth * kCodewords + code) * kDim + i)]; }
    /// (cell, depth) of the picture.
    std::vector<int> searched(const CellRef& of) {
        const std::vector<double> latents = valuesOf(encoded(of).at("latents"));
        std::vector<int> codes;
        for (int cell = 0; cell < kCells; ++cell) {
            std::vector<double> rest = vectorAt(latents, cell);
            for (int depth = 0; depth < kDepths; ++depth) {
                int best = 0;
                double least = INFINITY;
                for (int code = 0; code < kCodewords; ++code) {
                    double distance = 0;
                    for (int i = 0; i < kDim; ++i) distance += (rest[i] - codeword(depth, code, i)) * (rest[i] - codeword(depth, code, i));
                    if (distance < least) least = distance, best = code;
                }
                for (int i = 0; i < kDim; ++i) rest[i] -= codeword(depth, best, i);
                codes.push_back(best);
            }
        }
        return codes;
    }
    /// Latents [1,C,h,w] that the codes of depths [first,last) stand for.
    std::vector<float> embedded(const std::vector<int>& codes, int first, int last) const {
        std::vector<float> latents(kChannels * kRows * kColumns);
        for (int cell = 0; cell < kCells; ++cell) {
            for (int i = 0; i < kDim; ++i) {
                float sum = 0;
                for (int depth = first; depth < last; ++depth) {
                    if (const int code = codes[cell * kDepths + depth]; code >= 0) sum += codeword(depth, code, i);
                }
                const int c = i % kChannels, place = i / kChannels, row = cell / kGridColumns * kPatch + place / kPatch, column = cell % kGridColumns * kPatch + place % kPatch;
                latents[(c * kRows + row) * kColumns + column] = sum / m_scale[c];
            }
        }
        return latents;
    }
    /// What a continuous autoencoder of the same weights makes of latents.
    Image decodedAsLatents(const std::vector<float>& latents) { return decoded(openModel(*s_engine, m_case->model().string()).value().id, {1, kChannels, kRows, kColumns}, latents); }
    static void expectNear(const Image& a, const Image& b) {
        const std::vector<float> x = floats(a), y = floats(b);
        ASSERT_EQ(x.size(), y.size());
        for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(x[i], y[i], 2e-4) << i;
    }
    static ParameterSet at(int depth) { return whole({{"depth", std::int64_t(depth)}}); }

    std::vector<float> m_scale, m_books;
};

TEST_F(CodeLenses, CodesAreTheNearestOfEachDepthAndShowInTheirColours) {
    const std::vector<int> codes = searched(m_cells[0]);
    for (int depth = 1; depth <= kDepths; ++depth) {
        const Picture drawn = picture("codes", m_cells[0], at(depth));
        ASSERT_EQ(drawn.image.width(), kGridColumns);
        ASSERT_EQ(drawn.image.height(), kGridRows);
        EXPECT_EQ(drawn.readings.shown, depth - 1);
        EXPECT_EQ(drawn.readings.names.at(static_cast<std::size_t>(depth - 1)), "depth " + std::to_string(depth));
        std::set<int> different;
        for (int cell = 0; cell < kCells; ++cell) {
            const int x = cell % kGridColumns, y = cell / kGridColumns, code = codes[cell * kDepths + depth - 1];
            different.insert(code);
            for (int d = 0; d < kDepths; ++d) EXPECT_EQ(drawn.readings.at(x, y, static_cast<std::size_t>(d)), codes[cell * kDepths + d]);
            for (int c = 0; c < 3; ++c) EXPECT_NEAR(drawn.image.at(x, y, c) * 255, colourOfCode(code)[c], 0.01);
        }
        EXPECT_EQ(drawn.measure("codes_used")->value, double(different.size()));
        EXPECT_EQ(drawn.measure("flipped"), nullptr);  // it is fp32
    }
    EXPECT_THAT(refused("codes", m_cells[0], at(4)), HasSubstr("has 3 depths"));
    EXPECT_THAT(refused("codes", m_cells[0], at(0)), HasSubstr("out of range"));
    const CellRef continuous = cell(m_case->model().string(), floatImage(16, 16, [](int, int, int) { return 0.5F; }));
    EXPECT_THAT(refused("codes", continuous, whole()), HasSubstr("this model has no codes"));
}

TEST_F(CodeLenses, DepthsAddUpToTheReconstruction) {
    const std::vector<int> codes = searched(m_cells[0]);
    for (int depth = 1; depth <= kDepths; ++depth) expectNear(picture("depth", m_cells[0], at(depth)).image, decodedAsLatents(embedded(codes, 0, depth)));
    expectNear(picture("reconstruction", m_cells[0], whole()).image, decodedAsLatents(embedded(codes, 0, kDepths)));
    const Picture second = picture("depth", m_cells[0], at(2));
    EXPECT_NEAR(second.measure("rate")->value.value(), 2 * std::log2(kCodewords) * kCells / (kWidth * kHeight), 1e-9);
    EXPECT_EQ(second.measure("psnr")->value, picture("depth", m_cells[0], at(2)).measure("psnr")->value);
}

TEST_F(CodeLenses, AContributionIsTheChangeAndItsShareOfTheEnergy) {
    const std::vector<int> codes = searched(m_cells[0]);
    const std::vector<double> latents = valuesOf(encoded(m_cells[0]).at("latents"));
    double before = 1, sum = 0;
    for (int depth = 1; depth <= kDepths; ++depth) {
        const Picture drawn = picture("depth_contribution", m_cells[0], at(depth));
        const std::vector<float> with = floats(decodedAsLatents(embedded(codes, 0, depth))), without = floats(decodedAsLatents(embedded(codes, 0, depth - 1))), change = floats(drawn.image);
        for (std::size_t i = 0; i < change.size(); ++i) ASSERT_NEAR(change[i], with[i] - without[i], 4e-4);
        EXPECT_EQ(drawn.mapping, FieldMapping::Signed);
        EXPECT_EQ(drawn.legend->low, -drawn.legend->high);
        double left = 0, all = 0;
        const std::vector<float> explained = embedded(codes, 0, depth);
        for (std::size_t i = 0; i < latents.size(); ++i) left += (latents[i] - explained[i]) * (latents[i] - explained[i]), all += latents[i] * latents[i];
        EXPECT_NEAR(drawn.measure("energy_share")->value.value(), before - left / all, 1e-4);
        before = left / all;
        sum += drawn.measure("energy_share")->value.value();
        EXPECT_NEAR(picture("residual", m_cells[0], at(depth)).measure("left")->value.value(), left / all, 1e-4);
        if (depth > 1) {
            const double gain = picture("depth", m_cells[0], at(depth)).measure("psnr")->value.value() - picture("depth", m_cells[0], at(depth - 1)).measure("psnr")->value.value();
            EXPECT_NEAR(drawn.measure("psnr_gain")->value.value(), gain, 1e-6);
        }
    }
    EXPECT_NEAR(sum, 1 - before, 1e-4);
}

TEST_F(CodeLenses, CodesThatDifferFromTheFrameBeforeAreCounted) {
    std::vector<Image> frames;
    for (const CellRef& each : m_cells) frames.push_back(picture("source", each, {{"side", std::int64_t(0)}}).image.toU8Rgb());
    const TemporaryFolder folder;
    const std::string path = folder / "clip.webp";
    ASSERT_FALSE(writeClipFile(path, {frames[0], frames[1], frames[1]}, 8));
    CellRef clip{.source = s_engine->addSource({.path = path}), .model = m_cells[0].model};
    std::vector<std::vector<int>> codes;
    for (const Image& frame : frames) codes.push_back(searched({.source = s_engine->addSource({.pixels = frame, .name = "frame"}), .model = clip.model}));
    clip.frame = 1;
    const Picture change = picture("code_change", clip, whole());
    ASSERT_EQ(change.image.width(), kGridColumns);
    double all = 0;
    std::vector<double> byDepth(kDepths);
    for (int cell = 0; cell < kCells; ++cell) {
        double here = 0;
        for (int depth = 0; depth < kDepths; ++depth) {
            const int at = cell * kDepths + depth;
            const double differs = codes[0][static_cast<std::size_t>(at)] != codes[1][static_cast<std::size_t>(at)] ? 1 : 0;
            here += differs / kDepths;
            byDepth[static_cast<std::size_t>(depth)] += differs / kCells;
        }
        EXPECT_NEAR(change.image.at(cell % kGridColumns, cell / kGridColumns, 0), here, 1e-6) << cell;
        all += here / kCells;
    }
    EXPECT_GT(all, 0);
    EXPECT_NEAR(change.measure("changed")->value.value(), all, 1e-6);
    for (int depth = 0; depth < kDepths; ++depth) EXPECT_NEAR(change.measure("changed_" + std::to_string(depth + 1))->value.value(), byDepth[static_cast<std::size_t>(depth)], 1e-6);
    clip.frame = 2;
    EXPECT_EQ(picture("code_change", clip, whole()).measure("changed")->value.value(), 0) << "it stands still";
    clip.frame = 0;
    EXPECT_FALSE(picture("code_change", clip, whole()).measure("changed")->value) << "there is none before";
    clip.frame = 99;
    EXPECT_EQ(picture("code_change", clip, whole()).measure("changed")->value.value(), 0) << "beyond its end it shows the last";
}

TEST_F(CodeLenses, NormsAndResidualsAreLengthsPerToken) {
    const std::vector<double> latents = valuesOf(encoded(m_cells[0]).at("latents"));
    const std::vector<float> explained = embedded(searched(m_cells[0]), 0, 2);
    const Picture norms = picture("token_norm", m_cells[0], whole()), left = picture("residual", m_cells[0], at(2));
    for (int row = 0; row < kRows; ++row) {
        for (int column = 0; column < kColumns; ++column) {
            double norm = 0, rest = 0;
            for (int c = 0; c < kChannels; ++c) {
                const std::size_t i = static_cast<std::size_t>((c * kRows + row) * kColumns + column);
                norm += latents[i] * latents[i];
                rest += (latents[i] - explained[i]) * (latents[i] - explained[i]);
            }
            EXPECT_NEAR(norms.image.at(column, row, 0), std::sqrt(norm), 1e-3);
            EXPECT_NEAR(left.image.at(column, row, 0), std::sqrt(rest), 1e-3);
        }
    }
}

TEST_F(CodeLenses, AnEditChangesTheCodesItNamesAndNoOthers) {
    std::vector<int> codes = searched(m_cells[0]);
    CellRef changed = m_cells[0];
    TokenEdit edit{.rows = kGridRows, .columns = kGridColumns, .depths = kDepths, .changes = {{1, 2, 0, 5}, {0, 0, 1, -1}, {0, 1, 2, 3}, {0, 1, 2, 4}}};
    changed.edit = s_engine->addEdit(edit);
    codes[(1 * kGridColumns + 2) * kDepths + 0] = 5;
    codes[1] = -1;
    codes[1 * kDepths + 2] = 4;  // the last one of a place holds
    const Picture drawn = picture("codes", changed, at(1));
    for (int cell = 0; cell < kCells; ++cell) {
        for (int d = 0; d < kDepths; ++d) EXPECT_EQ(drawn.readings.at(cell % kGridColumns, cell / kGridColumns, static_cast<std::size_t>(d)), codes[cell * kDepths + d]);
    }
    expectNear(picture("reconstruction", changed, whole()).image, decodedAsLatents(embedded(codes, 0, kDepths)));
    expectNear(picture("reconstruction", m_cells[0], whole()).image, decodedAsLatents(embedded(searched(m_cells[0]), 0, kDepths)));

    const auto answer = [&](TokenEdit wrong) {
        CellRef with = m_cells[0];
        with.edit = s_engine->addEdit(std::move(wrong));
        return refused("reconstruction", with, whole());
    };
    EXPECT_THAT(answer({.rows = 4, .columns = 4, .depths = kDepths, .changes = {{3, 3, 0, 1}}}), HasSubstr("made on a grid of 4 x 4 x 3, and this one has 2 x 3 x 3"));
    EXPECT_THAT(answer({.rows = kGridRows, .columns = kGridColumns, .depths = kDepths, .changes = {{2, 0, 0, 1}}}), HasSubstr("outside its grid"));
    EXPECT_THAT(answer({.rows = kGridRows, .columns = kGridColumns, .depths = kDepths, .changes = {{0, 0, 0, kCodewords}}}), HasSubstr("the code 12 at depth 1 is not in the codebook"));
    EXPECT_THAT(answer({.rows = kGridRows, .columns = kGridColumns, .depths = kDepths, .changes = {{0, 0, 0, -2}}}), HasSubstr("the code -2 is none (row 0, column 0, depth 1)"));
    s_engine->removeEdit(changed.edit);
    EXPECT_THAT(refused("codes", changed, at(1)), HasSubstr("the token edit was removed"));
}

TEST_F(CodeLenses, AGraftTakesTheFineDepthsOfTheOtherPicture) {
    std::vector<int> codes = searched(m_cells[0]);
    const std::vector<int> others = searched(m_cells[1]);
    for (int cell = 0; cell < kCells; ++cell) codes[cell * kDepths + 2] = others[cell * kDepths + 2];
    expectNear(picture("graft", m_cells[0], at(2), {m_cells[1]}).image, decodedAsLatents(embedded(codes, 0, kDepths)));
    EXPECT_EQ(picture("graft", m_cells[0], at(kDepths), {m_cells[1]}).measures.size(), picture("graft", m_cells[0], at(1), {m_cells[1]}).measures.size());
    expectNear(picture("graft", m_cells[0], at(kDepths), {m_cells[1]}).image, picture("reconstruction", m_cells[0], whole()).image);
    const CellRef smaller = cell(openModel(*s_engine, m_case->model().string()).value().path, floatImage(16, 16, [](int, int, int) { return 0.5F; }));
    EXPECT_THAT(refused("graft", m_cells[0], at(1), {smaller}), HasSubstr("another model"));
    const CellRef otherSize{.source = smaller.source, .model = m_cells[0].model};
    EXPECT_THAT(refused("graft", m_cells[0], at(1), {otherSize}), HasSubstr("grids of different sizes, 3 x 2 and 1 x 1"));
}

TEST_F(CodeLenses, RecurrenceFindsEqualCodesHereAndInAnotherPicture) {
    const std::vector<int> here = searched(m_cells[1]), there = searched(m_cells[0]);
    for (const bool other : {false, true}) {
        const std::vector<int>& from = other ? there : here;
        ParameterSet parameters = at(1);
        parameters["row"] = std::int64_t(1);
        parameters["column"] = std::int64_t(0);
        const std::vector<CellRef> others = other ? std::vector{m_cells[0]} : std::vector<CellRef>{};
        const Picture one = picture("code_recurrence", m_cells[1], parameters, others);
        parameters["match"] = std::string("every_depth");
        const Picture all = picture("code_recurrence", m_cells[1], parameters, others);
        const int chosen = 1 * kGridColumns;
        double count = 0;
        for (int cell = 0; cell < kCells; ++cell) {
            int equal = 0;
            for (int d = 0; d < kDepths; ++d) equal += here[cell * kDepths + d] == from[chosen * kDepths + d] ? 1 : 0;
            const int first = here[cell * kDepths] == from[chosen * kDepths] ? 1 : 0;
            count += first;
            EXPECT_EQ(one.image.at(cell % kGridColumns, cell / kGridColumns, 0), float(first));
            EXPECT_EQ(all.image.at(cell % kGridColumns, cell / kGridColumns, 0), float(equal));
        }
        EXPECT_EQ(one.measure("count")->value, count);
        EXPECT_EQ(all.legend->high, kDepths);
    }
    ParameterSet outside = at(1);
    outside["row"] = std::int64_t(2);
    EXPECT_THAT(refused("code_recurrence", m_cells[1], outside), HasSubstr("the grid has 2 rows"));
}

TEST_F(CodeLenses, SimilarityIsTheCosineWithTheChosenToken) {
    const std::vector<double> here = valuesOf(encoded(m_cells[0]).at("latents")), there = valuesOf(encoded(m_cells[1]).at("latents"));
    // A token is what has codes: a patch of latents.
    const auto token = [](const std::vector<double>& latents, int row, int column, int i) {
        const int c = i / (kPatch * kPatch), y = row * kPatch + i / kPatch % kPatch, x = column * kPatch + i % kPatch;
        return latents[static_cast<std::size_t>((c * kRows + y) * kColumns + x)];
    };
    ParameterSet parameters = whole({{"row", std::int64_t(1)}, {"column", std::int64_t(2)}});
    for (const bool other : {false, true}) {
        const std::vector<double>& from = other ? there : here;
        const Picture drawn = picture("token_similarity", m_cells[0], parameters, other ? std::vector{m_cells[1]} : std::vector<CellRef>{});
        ASSERT_EQ(drawn.image.width(), kGridColumns);
        for (int row = 0; row < kGridRows; ++row) {
            for (int column = 0; column < kGridColumns; ++column) {
                double dot = 0, a = 0, b = 0;
                for (int i = 0; i < kDim; ++i) {
                    const double x = token(here, row, column, i), y = token(from, 1, 2, i);
                    dot += x * y, a += x * x, b += y * y;
                }
                EXPECT_NEAR(drawn.image.at(column, row, 0), dot / std::sqrt(a * b), 1e-4);
            }
        }
        if (!other) {
            EXPECT_NEAR(drawn.image.at(2, 1, 0), 1, 1e-5);
        }
    }
    for (int place = 0; place < kGridRows * kGridColumns; ++place) {  // rounding is no value beyond the ends
        parameters["row"] = std::int64_t(place / kGridColumns);
        parameters["column"] = std::int64_t(place % kGridColumns);
        EXPECT_LE(*picture("token_similarity", m_cells[0], parameters).measure("max")->value, 1.0) << place;
    }
    parameters["row"] = std::int64_t(kGridRows);
    EXPECT_THAT(refused("token_similarity", m_cells[0], parameters), HasSubstr("the grid has 2 rows"));
}

TEST_F(CodeLenses, NoiseOfStrengthZeroFlipsNothingAndMuchNoiseFlipsMuch) {
    ParameterSet parameters = whole({{"strength", 0.0}});
    const Picture still = picture("perturbed", m_cells[0], parameters);
    EXPECT_EQ(still.measure("flipped")->value, 0.0);
    expectNear(still.image, picture("reconstruction", m_cells[0], whole()).image);
    parameters["strength"] = 3.0;
    const Picture shaken = picture("perturbed", m_cells[0], parameters);
    EXPECT_GT(shaken.measure("flipped")->value.value(), 0.4);
    parameters["show"] = std::string("flips");
    const Picture map = picture("perturbed", m_cells[0], parameters);
    EXPECT_EQ(map.measure("flipped")->value, shaken.measure("flipped")->value);
    const std::vector<float> flips = floats(map.image);
    EXPECT_NEAR(std::accumulate(flips.begin(), flips.end(), 0.0) / (kCells * kDepths), shaken.measure("flipped")->value.value(), 1e-9);
    const CellRef continuous = cell(m_case->model().string(), floatImage(16, 16, [](int, int, int) { return 0.5F; }));
    EXPECT_THAT(refused("perturbed", continuous, parameters), HasSubstr("no codes that could flip"));
}

TEST_F(CodeLenses, InfluenceStaysAroundTheTokenAndItsMapAgrees) {
    ParameterSet parameters = whole({{"row", std::int64_t(0)}, {"column", std::int64_t(2)}, {"strength", 0.5}});
    const Picture one = picture("influence", m_cells[0], parameters);
    ASSERT_EQ(one.image.width(), kWidth);
    double inside = 0, all = 0;
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            const double change = one.image.at(x, y, 0);
            all += change;
            if (x / (kCell * kPatch) == 2 && y / (kCell * kPatch) == 0) inside += change;
        }
    }
    EXPECT_GT(inside, 1.5 * all / kCells);  // one token of so many; norms over the whole of so small a picture carry much of it everywhere
    parameters["show"] = std::string("reach");
    const Picture map = picture("influence", m_cells[0], parameters);
    ASSERT_EQ(map.image.width(), kGridColumns);
    EXPECT_NEAR(map.image.at(2, 0, 0), one.measure("reach")->value.value(), 1.01);
    EXPECT_GT(picture("influence", m_cells[0], whole({{"strength", 2.0}})).measure("max")->value.value(), picture("influence", m_cells[0], whole({{"strength", 0.1}})).measure("max")->value.value());
}

TEST_F(CodeLenses, CodesGoThroughEncodeAndDecode) {
    const TensorMap tensors = encoded(m_cells[0]);
    const HostTensor& codes = tensors.at("codes");
    EXPECT_EQ(codes.shape, (std::vector<std::int64_t>{1, kGridRows, kGridColumns, kDepths}));
    const std::vector<int> expected = searched(m_cells[0]);
    EXPECT_EQ(valuesOf(codes), std::vector<double>(expected.begin(), expected.end()));
    const auto decode = [&](TensorMap given) { return wait<std::vector<Picture>>([&](auto observer) { return s_engine->decode(m_cells[0].model, std::move(given), std::move(observer)); }); };
    const auto fromCodes = decode({{"codes", codes}}), fromLatents = decode({{"latents", tensors.at("latents")}});
    ASSERT_TRUE(fromCodes) << toLine(fromCodes.error());
    ASSERT_TRUE(fromLatents) << toLine(fromLatents.error());
    EXPECT_EQ(floats(fromCodes.value()[0].image), floats(fromLatents.value()[0].image));
    EXPECT_EQ(floats(fromCodes.value()[0].image), floats(picture("reconstruction", m_cells[0], whole()).image));

    HostTensor wrong = codes;
    wrong.shape = {1, kGridRows, 1, kGridColumns * kDepths};
    EXPECT_THAT(toLine(decode({{"codes", wrong}}).error()), HasSubstr("give whole numbers [B, rows, columns, 3]"));
    const HostTensor fractions = float32Tensor(codes.shape, std::vector<float>(static_cast<std::size_t>(codes.elements()), 0.5F));
    EXPECT_THAT(toLine(decode({{"codes", fractions}}).error()), HasSubstr("its codes are of float32, and should be whole numbers"));
}

}  // namespace
}  // namespace tessera::test
