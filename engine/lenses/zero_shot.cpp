// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <tessera/code_colour.h>

#include "lenses/latent_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/plot_drawing.h"
#include "lenses/prompts.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr int kMargin = 16, kRow = 34, kBar = 12;

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const Prompts prompts = promptsOf(query.parameters);
    return {planner.pictureVector(query.cell, planner.latents(query.cell, preprocessingOf(query.parameters))), planner.texts(query.cell, prompts.texts, prompts.perWord())};
}

/// The plot's letters are few: what it cannot write becomes a blank.
std::string plain(const std::string& words) {
    std::string result;
    for (const char c : words) {
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        if (static_cast<unsigned char>(c) < 0x80) result += lower;
        else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) result += ' ';
    }
    return result;
}

/// A bar per prompt, the likeliest first, with its probability; what does not fit is left out.
Image barsOf(const Prompts& prompts, const std::vector<double>& probabilities, const std::vector<std::size_t>& order, PlotSize size) {
    Plot plot(size.width, size.height);
    const int right = size.width - kMargin;
    int top = kMargin;
    for (const std::size_t i : order) {
        if (top + kRow > size.height) break;
        const double share = std::isfinite(probabilities[i]) ? std::clamp(probabilities[i], 0.0, 1.0) : 0.0;
        const std::string number = plotNumber(std::round(share * 1000) / 10) + "%";
        plot.text(kMargin, top, plain(prompts.words[i]), kPlotInk);
        plot.text(right - Plot::textWidth(number), top, number, kPlotInk);
        const int y = top + Plot::textHeight() + 4;
        plot.fill(kMargin, y, right, y + kBar / 2, kPlotFaint);
        plot.fill(kMargin, y, kMargin + static_cast<int>(std::lround(share * (right - kMargin))), y + kBar / 2, colourOfCode(static_cast<std::int64_t>(i)));
        top += kRow;
    }
    return plot.image();
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const Prompts prompts = promptsOf(query.parameters);
    const TensorStage& picture = values[0].as<TensorStage>();
    const at::Tensor vector = picture.tensors->at("picture").squeeze(0);  // [E]
    const at::Tensor cosines = at::matmul(promptVectors(prompts, values[1].as<TensorStage>()), vector / vector.norm().clamp_min(1e-12)).to(at::kCPU, at::kDouble).contiguous();  // [P]
    const at::Tensor logits = logitsOf(cosines, picture).contiguous(), likely = probabilitiesOf(cosines, picture).contiguous();
    const std::vector<double> probabilities(likely.const_data_ptr<double>(), likely.const_data_ptr<double>() + likely.numel());
    std::vector<std::size_t> order(prompts.words.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return probabilities[i]; });

    Picture result = placedLatents(barsOf(prompts, probabilities, order, plotSizeFor(picture.origin)), picture);
    result.summary = std::to_string(prompts.words.size()) + (prompts.words.size() == 1 ? " prompt" : " prompts") + ", likeliest: " + prompts.words[order.front()];
    result.table.columns = {{"prompt", Unit::None, "counted from 1, in the order in which they were typed"},
                            {"cosine", Unit::None, "between the picture's and the prompt's vectors"},
                            {"logit", Unit::None, "the cosine as the model scales it"},
                            {"probability", Unit::Share, pairsStandAlone(picture) ? "sigmoid of the logit" : "softmax over the prompts"}};
    for (std::size_t i = 0; i < order.size(); ++i) {
        result.table.values.insert(result.table.values.end(),
                                   {static_cast<double>(i + 1), cosines.const_data_ptr<double>()[i], logits.const_data_ptr<double>()[i], probabilities[i]});
    }
    for (std::size_t i = 0; i < order.size(); ++i) {
        result.measures.push_back({"probability: " + prompts.words[i], probabilities[i], Unit::Share, (pairsStandAlone(picture) ? "sigmoid, by itself: \"" : "softmax over the prompts: \"") + prompts.words[i] + "\""});
    }
    addNote(result, pairsStandAlone(picture) ? "each pair by itself: probabilities do not sum to 1" : "softmax over the prompts that were given");
    return result;
}

}  // namespace

extern const Lens kZeroShotLens{
    .name = "zero_shot",
    .help = "Which of some prompts suit the whole picture, with the model's own probabilities",
    .needs = {"encode", "text"},
    .parameters = withPreprocessing(promptParameters()),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
