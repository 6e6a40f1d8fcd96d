// SPDX-License-Identifier: Apache-2.0
// Lenses in which pictures meet words, against tensors that upstream recorded: the texts go through the tokenizer beside each model.
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>
#include <tessera/code_colour.h>

#include "engine/lenses/lens_cases.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kUsual = "clip/hf_laion";

/// A golden case whose texts are known.
class Recorded {
public:
    explicit Recorded(const std::string& name) : m_folder(fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / name), golden(m_folder) {
        const std::string notes = json::parse(std::ifstream(m_folder / "case.json")).at("notes"), word = "Texts: ";
        if (const std::size_t at = notes.find(word); at != std::string::npos) texts = json::parse(notes.substr(at + word.size()));
        else texts = json::parse(std::ifstream(m_folder / "expected.json")).at("texts");
        out = golden.tensors("out.");
        image = golden.tensors("in.").at("in.image");
    }
    Image picture(int sample = 0) const {
        const int height = static_cast<int>(image.shape[2]), width = static_cast<int>(image.shape[3]);
        const std::vector<double> values = valuesOf(image);
        std::vector<float> samples;
        for (int i = 0; i < height * width; ++i) {
            for (int c = 0; c < 3; ++c) samples.push_back(static_cast<float>(values[static_cast<std::size_t>((sample * 3 + c) * height * width + i)]));
        }
        return Image(width, height, 3, SharedArray<float>(std::move(samples)));
    }
    std::string prompts() const {
        std::string all;
        for (const std::string& text : texts) all += (all.empty() ? "" : "|") + text;
        return all;
    }

private:
    fs::path m_folder;

public:
    GoldenCase golden;
    std::vector<std::string> texts;
    TensorMap out;
    HostTensor image;
};

class TextLenses : public LensTest {
protected:
    CellRef cellOf(const Recorded& recorded, int sample = 0) { return cell(recorded.golden.model().string(), recorded.picture(sample)); }
    static ParameterSet with(const std::string& prompts, ParameterSet more = {}) {
        more.insert({"prompts", prompts});
        return more;
    }
    /// Every plane of the probe is the recorded map [1,T,h,w].
    static void expectMaps(const Picture& picture, const Recorded& recorded, const std::string& tensor) {
        const HostTensor& map = recorded.out.at(tensor);
        const std::vector<double> values = valuesOf(map);
        const Tolerance tolerance = recorded.golden.toleranceOf(tensor);
        ASSERT_EQ(picture.readings.names, recorded.texts);
        ASSERT_EQ(picture.readings.width, map.shape[3]);
        ASSERT_EQ(picture.readings.height, map.shape[2]);
        std::size_t i = 0;
        for (std::size_t text = 0; text < recorded.texts.size(); ++text) {
            for (int y = 0; y < picture.readings.height; ++y) {
                for (int x = 0; x < picture.readings.width; ++x, ++i) {
                    ASSERT_NEAR(picture.readings.at(x, y, text), values[i], tolerance.absolute + tolerance.relative * std::abs(values[i])) << tensor << ", text " << text << " at " << x << ", " << y;
                }
            }
        }
    }
    static std::vector<double> column(const Table& table, std::size_t which) {
        std::vector<double> values;
        for (std::size_t row = 0; row < table.rows(); ++row) values.push_back(table.at(row, which));
        return values;
    }
    static void expectNear(const std::vector<double>& actual, const std::vector<double>& expected, double by) {
        ASSERT_EQ(actual.size(), expected.size());
        for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], by * (1 + std::abs(expected[i]))) << i;
    }
    static std::vector<double> softmax(std::vector<double> logits) {
        const double most = *std::ranges::max_element(logits);
        double all = 0;
        for (double& each : logits) all += each = std::exp(each - most);
        for (double& each : logits) each /= all;
        return logits;
    }
    static std::string numbered(int count) {
        std::string prompts;
        for (int i = 0; i < count; ++i) prompts += "a dog " + std::to_string(i) + "|";
        return prompts;
    }
};

TEST_F(TextLenses, MapsAreTheRecordedOnes) {
    for (const char* name : {"clip/hf_laion", "clip/openclip_laion", "openvision/v1_so400m_style", "siglip/siglip2_fixed"}) {
        SCOPED_TRACE(name);
        const Recorded recorded(name);
        const CellRef cell = cellOf(recorded);
        for (const auto& [tensor, values] : recorded.out) {
            const std::string prefix = "out.heatmap.";
            if (!tensor.starts_with(prefix)) continue;
            const Picture picture = this->picture("text_similarity", cell, with(recorded.prompts(), {{"method", tensor.substr(prefix.size())}}));
            expectMaps(picture, recorded, tensor);
            for (int y = 0; y < picture.image.height(); ++y) {
                for (int x = 0; x < picture.image.width(); ++x) EXPECT_EQ(picture.image.at(x, y, 0), picture.readings.at(x, y, 0)) << "the first prompt is the one that is seen";
            }
        }
    }
}

TEST_F(TextLenses, TheUsualWayIsTheModelsFirst) {
    for (const auto& [name, method] : {std::pair("clip/hf_laion", "maskclip"), std::pair("openvision/v1_so400m_style", "plain"), std::pair("siglip/siglip2_fixed", "map_value")}) {
        const Recorded recorded(name);
        const Picture picture = this->picture("text_similarity", cellOf(recorded), with(recorded.prompts()));
        expectMaps(picture, recorded, std::string("out.heatmap.") + method);
        const auto names = [&](const Note& note) { return note.text == std::string("tokens compared with words by ") + method; };
        EXPECT_TRUE(std::ranges::any_of(picture.notes, names)) << name;
    }
}

TEST_F(TextLenses, WholePicturesSuitTextsAsRecorded) {
    for (const char* name : {"clip/hf_laion", "clip/openclip_laion", "openvision/v1_so400m_style", "openvision3/complete_captioner", "siglip/siglip2_fixed"}) {
        SCOPED_TRACE(name);
        const Recorded recorded(name);
        const std::size_t count = recorded.texts.size();
        for (int sample = 0; sample < recorded.image.shape[0]; ++sample) {
            const CellRef cell = cellOf(recorded, sample);
            const Picture picture = this->picture("zero_shot", cell, with(recorded.prompts()));
            const std::vector<double> all = valuesOf(recorded.out.at("out.logits_per_image"));
            const std::vector<double> logits(all.begin() + sample * static_cast<int>(count), all.begin() + (sample + 1) * static_cast<int>(count));
            std::vector<double> numbers(count);
            std::iota(numbers.begin(), numbers.end(), 1.0);
            EXPECT_EQ(column(picture.table, 0), numbers);
            expectNear(column(picture.table, 2), logits, 1e-3);
            const bool alone = recorded.out.contains("out.probability");
            expectNear(column(picture.table, 3), alone ? valuesOf(recorded.out.at("out.probability")) : softmax(logits), 1e-3);
            const std::size_t likeliest = static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin());
            EXPECT_THAT(picture.summary, HasSubstr("likeliest: " + recorded.texts[likeliest]));
            ASSERT_EQ(picture.measures.size(), count);
            for (std::size_t i = 0; i < count; ++i) {
                EXPECT_EQ(picture.measures[i].name, "probability: " + recorded.texts[i]);
                EXPECT_EQ(*picture.measures[i].value, picture.table.at(i, 3));
            }
            // The map tells the same of the whole.
            const Picture map = this->picture("text_similarity", cell, with(recorded.prompts()));
            for (std::size_t i = 0; i < count; ++i) EXPECT_NEAR(*map.measure("cosine: " + recorded.texts[i])->value, picture.table.at(i, 1), 1e-5);
        }
    }
}

TEST_F(TextLenses, ProbabilitiesAreTheModelsOwn) {
    const Recorded siglip("siglip/siglip2_fixed"), clip(kUsual);
    const Picture alone = picture("text_similarity", cellOf(siglip), with(siglip.prompts(), {{"values", std::string("probability")}}));
    expectMaps(alone, siglip, "out.heatmap_probability.map_value");
    const CellRef cell = cellOf(clip);
    const Picture shared = picture("text_similarity", cell, with(clip.prompts(), {{"values", std::string("probability")}})), cosines = picture("text_similarity", cell, with(clip.prompts()));
    const Table whole = picture("zero_shot", cell, with(clip.prompts())).table;
    const double scale = whole.at(0, 2) / whole.at(0, 1);
    for (int y = 0; y < shared.readings.height; ++y) {
        for (int x = 0; x < shared.readings.width; ++x) {
            std::vector<double> logits, probabilities;
            for (std::size_t text = 0; text < clip.texts.size(); ++text) {
                logits.push_back(scale * static_cast<double>(cosines.readings.at(x, y, text)));
                probabilities.push_back(shared.readings.at(x, y, text));
            }
            expectNear(probabilities, softmax(logits), 1e-4);
        }
    }
    EXPECT_TRUE(std::ranges::any_of(alone.notes, [](const Note& note) { return note.text.find("sigmoid") != std::string::npos; }));
    EXPECT_TRUE(std::ranges::any_of(shared.notes, [](const Note& note) { return note.text.find("softmax") != std::string::npos; }));
}

TEST_F(TextLenses, TheBestPromptOfEveryTokenHasItsColour) {
    const Recorded recorded(kUsual);
    const CellRef cell = cellOf(recorded);
    const Picture best = picture("text_similarity", cell, with(recorded.prompts(), {{"show", std::string("best")}}));
    std::vector<double> counts(recorded.texts.size());
    for (int y = 0; y < best.image.height(); ++y) {
        for (int x = 0; x < best.image.width(); ++x) {
            std::size_t likeliest = 0;
            for (std::size_t text = 1; text < recorded.texts.size(); ++text) {
                if (best.readings.at(x, y, text) > best.readings.at(x, y, likeliest)) likeliest = text;
            }
            ++counts[likeliest];
            const auto colour = colourOfCode(static_cast<std::int64_t>(likeliest));
            const auto& samples = std::get<SharedArray<std::uint8_t>>(best.image.samples());
            for (int c = 0; c < 3; ++c) EXPECT_EQ(samples.data()[(y * best.image.width() + x) * 3 + c], colour[static_cast<std::size_t>(c)]) << x << ", " << y;
        }
    }
    for (std::size_t text = 0; text < counts.size(); ++text) {
        EXPECT_DOUBLE_EQ(*best.measure("share: " + recorded.texts[text])->value, counts[text] / (best.image.width() * best.image.height()));
    }
}

TEST_F(TextLenses, TemplatesPutWordsIntoSentences) {
    const Recorded recorded(kUsual);
    const CellRef cell = cellOf(recorded);
    const auto maps = [&](const std::string& prompts, const std::string& around) { return picture("text_similarity", cell, with(prompts, {{"template", around}})).readings; };
    EXPECT_EQ(maps("dog|red bicycle", "photo").values, maps("a photo of a dog.|a photo of a red bicycle.", "none").values);
    EXPECT_THAT(maps("dog|red bicycle", "photo").names, ElementsAre("dog", "red bicycle")) << "called as they were typed";

    // Of one length, the mean of unit vectors: its cosine with a token is that of the sentences' mean, divided by its length.
    const Readings ensemble = maps("cat", "ensemble");
    const Readings each = maps("itap of a cat.|a bad photo of the cat.|a origami cat.|a photo of the large cat.|a cat in a video game.|art of the cat.|a photo of the small cat.", "none");
    ASSERT_EQ(each.names.size(), 7u);
    std::optional<double> length;
    for (int y = 0; y < each.height; ++y) {
        for (int x = 0; x < each.width; ++x) {
            double mean = 0;
            for (std::size_t i = 0; i < 7; ++i) mean += static_cast<double>(each.at(x, y, i)) / 7;
            const auto cosine = static_cast<double>(ensemble.at(x, y, 0));
            if (!length) length = mean / cosine;
            EXPECT_NEAR(mean, cosine * *length, 1e-5) << x << ", " << y;
        }
    }
    EXPECT_GT(*length, 0.1);
    EXPECT_LT(*length, 1);
}

TEST_F(TextLenses, PromptsAreTrimmedAndNoneCountsTwice) {
    const Recorded recorded(kUsual);
    const CellRef cell = cellOf(recorded);
    EXPECT_THAT(picture("text_similarity", cell, with("  a dog |the sky\n a dog||\t the sky\r\n|a cat")).readings.names, ElementsAre("a dog", "the sky", "a cat"));
    for (const char* lens : {"text_similarity", "zero_shot"}) {
        for (const char* nothing : {"", "|", " \n\t| \r\n"}) EXPECT_THAT(refused(lens, cell, with(nothing)), HasSubstr("there are no words to look for")) << lens;
        EXPECT_THAT(refused(lens, cell, with(numbered(300))), AllOf(HasSubstr("there are 300 prompts"), HasSubstr("at most 256"))) << lens;
    }
    EXPECT_EQ(picture("text_similarity", cell, with(numbered(256))).readings.names.size(), 256u);
    const Picture bars = picture("zero_shot", cell, with(numbered(256)));
    EXPECT_EQ(bars.table.rows(), 256u);
    const std::vector<double> probabilities = column(bars.table, 3);
    EXPECT_NEAR(std::accumulate(probabilities.begin(), probabilities.end(), 0.0), 1, 1e-6);
}

TEST_F(TextLenses, WhatPeopleTypeIsAText) {
    const Recorded recorded(kUsual);
    const CellRef cell = cellOf(recorded);
    EXPECT_THAT(refused("zero_shot", cell, with("a dog|\xff\xfe")), HasSubstr("not UTF-8"));
    const std::string words = "日本語|" + std::string(5000, 'x') + "|{} {}|\x01|🙂";
    for (const char* around : {"none", "ensemble"}) {
        EXPECT_EQ(picture("zero_shot", cell, with(words, {{"template", std::string(around)}})).table.rows(), 5u);
    }
}

TEST_F(TextLenses, AModelThatReadsNoWordsSaysWhichDo) {
    const CellRef plain = cell("mini-autoencoder", Recorded(kUsual).picture());
    const CellRef encoder = cell(std::string(TESSERA_SOURCE_DIR) + "/tests/golden/openvision3/released_safetensors_tok/model", Recorded("openvision3/complete_captioner").picture());
    for (const CellRef& each : {plain, encoder}) {
        for (const char* lens : {"text_similarity", "zero_shot"}) EXPECT_NE(refused(lens, each, with("a dog")), "");
    }
    EXPECT_THAT(refused("text_similarity", plain, with("a dog")), HasSubstr("text"));
}

TEST_F(TextLenses, AWayThatAModelDoesNotKnowIsRefused) {
    const Recorded clip(kUsual), siglip("siglip/siglip2_fixed");
    EXPECT_THAT(refused("text_similarity", cellOf(clip), with("a dog", {{"method", std::string("map_value")}})), AllOf(HasSubstr("by map_value"), HasSubstr("use one of: maskclip, value_only, plain")));
    EXPECT_THAT(refused("text_similarity", cellOf(siglip), with("a dog", {{"method", std::string("maskclip")}})), HasSubstr("use one of: map_value, plain"));
    EXPECT_THAT(refused("text_similarity", cellOf(clip), with("a dog", {{"method", std::string("guess")}})), HasSubstr("no such choice"));
}

TEST_F(TextLenses, WithoutATokenizerItIsSaid) {
    const CellRef unitok = cell(std::string(TESSERA_SOURCE_DIR) + "/tests/golden/unitok/vitamin_large_tiny/model", floatImage(64, 64, [](int x, int, int) { return float(x) / 64; }));
    EXPECT_THAT(refused("text_similarity", unitok, with("a dog")), HasSubstr("tokenizer"));
}

TEST_F(TextLenses, OnePictureIsEncodedOnceForAllPrompts) {
    const Recorded recorded("siglip/siglip2_fixed");
    Image fresh = floatImage(32, 32, [](int x, int y, int c) { return float((x * 7 + y * 3 + c * 11) % 32) / 31; });
    const CellRef cell = this->cell(recorded.golden.model().string(), fresh);
    const auto runs = [] { return std::array{runsOf("latents"), runsOf("dense vectors"), runsOf("picture vector"), runsOf("text")}; };
    const auto before = runs();
    const auto since = [&] {
        auto now = runs();
        for (std::size_t i = 0; i < now.size(); ++i) now[i] -= before[i];
        return now;
    };
    using Runs = std::array<std::uint64_t, 4>;
    picture("text_similarity", cell, with("one|two"));
    EXPECT_EQ(since(), (Runs{1, 1, 1, 2}));
    picture("text_similarity", cell, with("three"));
    picture("zero_shot", cell, with("four|one|three"));
    EXPECT_EQ(since(), (Runs{1, 1, 1, 4})) << "a new prompt runs the text tower alone, and only for itself";
    picture("text_similarity", cell, with("one|two", {{"show", std::string("best")}}));
    picture("text_similarity", cell, with("two|one", {{"values", std::string("probability")}}));
    picture("zero_shot", cell, with("one|two"));
    EXPECT_EQ(since(), (Runs{1, 1, 1, 4}));
    picture("text_similarity", cell, with("one|two", {{"method", std::string("plain")}}));
    EXPECT_EQ(since(), (Runs{1, 2, 1, 4}));
}

}  // namespace
}  // namespace tessera::test
