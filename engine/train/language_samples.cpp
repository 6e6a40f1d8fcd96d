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

TensorsByName languageSamples(std::int64_t count, const LanguageMix& mix, Draws& draws, const std::function<LanguageSample(std::size_t picture, LanguageGoal goal)>& make) {
    const Tensor drawn = draws.uniform({count, 2});
    std::vector<LanguageSample> samples;
    std::size_t longest = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        const bool caption = drawn[i][0].item<double>() < mix.captions, dropped = drawn[i][1].item<double>() < mix.dropping;
        samples.push_back(make(static_cast<std::size_t>(i), caption ? LanguageGoal::Caption : dropped ? LanguageGoal::AnyDrawing : LanguageGoal::Drawing));
        longest = std::max(longest, samples.back().ids.size());
    }
    const auto width = static_cast<std::int64_t>(longest);
    Tensor ids = at::zeros({count, width}, at::kLong), labels = at::full({count, width}, LanguageSamples::kIgnored, at::kLong), lengths = at::zeros({count}, at::kLong);
    for (std::int64_t i = 0; i < count; ++i) {
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
