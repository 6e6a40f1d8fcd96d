// SPDX-License-Identifier: Apache-2.0
#include "train/language_samples.h"

#include <algorithm>

namespace tessera::train {

using at::Tensor;

void LanguageSample::given(const std::vector<std::int64_t>& more) {
    ids.insert(ids.end(), more.begin(), more.end());
    labels.insert(labels.end(), more.size(), LanguageSamples::kIgnored);
}

void LanguageSample::learnt(const std::vector<std::int64_t>& more) {
    ids.insert(ids.end(), more.begin(), more.end());
    labels.insert(labels.end(), more.begin(), more.end());
}

TensorsByName languageSamples(std::int64_t count, const LanguageMix& mix, Draws& draws, const std::function<LanguageSample(const LanguagePart&)>& make) {
    const Tensor drawn = draws.uniform({count, 2});
    const Tensor goesOn = mix.interleaved > 0 ? draws.uniform({count}) : at::ones({count});
    std::vector<LanguageSample> samples;
    std::size_t longest = 0;
    for (std::int64_t i = 0, pictures = 1; i < count; i += pictures) {
        const bool caption = drawn[i][0].item<double>() < mix.captions, dropped = drawn[i][1].item<double>() < mix.dropping;
        const auto follows = [&](std::int64_t next) { return next < count && drawn[next][0].item<double>() < mix.captions && goesOn[next - 1].item<double>() < mix.interleaved; };
        for (pictures = 1; caption && pictures < mix.together && follows(i + pictures);) ++pictures;
        samples.push_back(make({static_cast<std::size_t>(i), static_cast<std::size_t>(pictures), caption ? LanguageGoal::Caption : dropped ? LanguageGoal::AnyDrawing : LanguageGoal::Drawing}));
        longest = std::max(longest, samples.back().ids.size());
    }
    const auto rows = static_cast<std::int64_t>(samples.size()), width = static_cast<std::int64_t>(longest);
    Tensor ids = at::zeros({rows, width}, at::kLong), labels = at::full({rows, width}, LanguageSamples::kIgnored, at::kLong), lengths = at::zeros({rows}, at::kLong);
    for (std::int64_t i = 0; i < rows; ++i) {
        const LanguageSample& sample = samples[static_cast<std::size_t>(i)];
        const auto length = static_cast<std::int64_t>(sample.ids.size());
        ids[i].narrow(0, 0, length).copy_(at::tensor(sample.ids, at::kLong));
        labels[i].narrow(0, 0, length).copy_(at::tensor(sample.labels, at::kLong));
        lengths[i].fill_(length);
    }
    return {{"input_ids", ids}, {"labels", labels}, {"lengths", lengths}};
}

Terms termsOf(const LanguageTerms& losses, TensorsByName between) {
    Terms terms{.losses = {}, .total = {}, .between = std::move(between), .figures = {}};
    for (const auto& [name, loss] : {std::pair("text", losses.text), std::pair("visual", losses.visual)}) {
        if (!loss.defined()) continue;
        terms.losses[name] = loss;
        terms.total = terms.total.defined() ? terms.total + loss : loss;
    }
    if (losses.hits.defined()) {
        terms.figures["codes_hit"] = losses.hits.mean().item<double>();
        terms.figures["codes_hit.1"] = losses.hits[0].item<double>();
    }
    return terms;
}

}  // namespace tessera::train
