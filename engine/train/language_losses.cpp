// SPDX-License-Identifier: Apache-2.0
#include "train/language_losses.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "core/error.h"
#include "train/losses.h"

namespace tessera::train {

using at::Tensor;

namespace {

constexpr std::int64_t kPicture = LanguageSamples::kPicture, kIgnored = LanguageSamples::kIgnored;

/// Samples with all of their pictures' tokens in place. Rows of inputs are those of words (S*L), then those of pictures (n*N).
struct Merged {
    std::int64_t longest = 0;
    std::vector<std::int64_t> inputs;                 ///< (S,longest): row of inputs
    std::vector<std::int64_t> textAt, textTargets;    ///< which of (S,longest) says which word next
    std::vector<std::int64_t> visualAt, visualToken;  ///< which says the codes of which of (n,N): of those that are chosen
};

/// Pictures of every sample.
std::vector<std::int64_t> picturesOf(const LanguageSamples& samples) {
    const auto ids = samples.ids.accessor<std::int64_t, 2>();
    const auto lengths = samples.lengths.accessor<std::int64_t, 1>();
    std::vector<std::int64_t> pictures;
    for (std::int64_t s = 0; s < ids.size(0); ++s) pictures.push_back(std::count(ids[s].data(), ids[s].data() + lengths[s], kPicture));
    return pictures;
}

/// Tokens of every sample, pictures' own among them.
std::vector<std::int64_t> mergedLengths(const LanguageSamples& samples, std::int64_t tokens) {
    const auto lengths = samples.lengths.accessor<std::int64_t, 1>();
    std::vector<std::int64_t> merged = picturesOf(samples);
    for (std::size_t s = 0; s < merged.size(); ++s) merged[s] = lengths[static_cast<std::int64_t>(s)] + merged[s] * (tokens - 1);
    return merged;
}

Merged merge(const LanguageSamples& samples) {
    const std::int64_t count = samples.ids.size(0), width = samples.ids.size(1), tokens = samples.codes.size(1);
    const auto ids = samples.ids.accessor<std::int64_t, 2>(), labels = samples.labels.accessor<std::int64_t, 2>();
    const auto lengths = samples.lengths.accessor<std::int64_t, 1>();
    const std::vector<std::int64_t> pictures = picturesOf(samples), all = mergedLengths(samples, tokens);
    Merged merged{.longest = *std::ranges::max_element(all)};
    TESSERA_ASSERT(!samples.chosen.defined() || (samples.chosen.is_contiguous() && samples.chosen.numel() == samples.codes.size(0) * tokens));
    const bool* chosen = samples.chosen.defined() ? samples.chosen.const_data_ptr<bool>() : nullptr;
    merged.inputs.assign(static_cast<std::size_t>(count * merged.longest), 0);
    if (const std::int64_t places = std::accumulate(pictures.begin(), pictures.end(), std::int64_t(0)); places != samples.codes.size(0)) {
        throw Failure(ErrorCode::Mismatch, "the samples have " + std::to_string(places) + " places for pictures, and there are " + std::to_string(samples.codes.size(0)), "input_ids", "mark each picture's place once");
    }
    for (const std::int64_t s : packingOrder(samples, tokens)) {
        std::int64_t at = s * merged.longest, picture = std::accumulate(pictures.begin(), pictures.begin() + s, std::int64_t(0));
        const std::int64_t start = at;
        for (std::int64_t i = 0; i < lengths[s]; ++i) {
            const std::int64_t label = labels[s][i];
            if (label != kIgnored && at == start) throw Failure(ErrorCode::Mismatch, "a sample begins with what is to be learnt, and nothing says it", "labels", "let every sample begin with a given id");
            if (ids[s][i] != kPicture) {
                merged.inputs[static_cast<std::size_t>(at)] = s * width + i;
                if (label != kIgnored) merged.textAt.push_back(at - 1), merged.textTargets.push_back(label);
                ++at;
                continue;
            }
            for (std::int64_t j = 0; j < tokens; ++j, ++at) {
                merged.inputs[static_cast<std::size_t>(at)] = count * width + picture * tokens + j;
                if (label == kPicture && (!chosen || chosen[picture * tokens + j])) merged.visualAt.push_back(at - 1), merged.visualToken.push_back(picture * tokens + j);
            }
            ++picture;
        }
    }
    return merged;
}

}  // namespace

std::vector<std::int64_t> packingOrder(const LanguageSamples& samples, std::int64_t tokens) {
    const std::vector<std::int64_t> lengths = mergedLengths(samples, tokens);
    std::vector<std::int64_t> order(lengths.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::greater(), [&](std::int64_t s) { return lengths[static_cast<std::size_t>(s)]; });
    return order;
}

Tensor packed(const LanguageSamples& samples, std::int64_t tokens) {
    const std::vector<std::int64_t> lengths = mergedLengths(samples, tokens), order = packingOrder(samples, tokens);
    const std::int64_t room = lengths[static_cast<std::size_t>(order.front())];
    std::vector<std::int64_t> rows;
    for (const std::int64_t s : order) {
        const std::int64_t length = lengths[static_cast<std::size_t>(s)], used = static_cast<std::int64_t>(rows.size()) % room;
        if (used != 0 && used + length > room) rows.insert(rows.end(), static_cast<std::size_t>(room - used), -1);
        rows.insert(rows.end(), static_cast<std::size_t>(length), s);
    }
    while (static_cast<std::int64_t>(rows.size()) % room != 0) rows.push_back(-1);
    return at::tensor(rows, at::kLong).view({-1, room});
}

LanguageTerms languageLosses(const VisualLanguage& model, const LanguageSamples& samples, ForwardPass& pass) {
    const Merged merged = merge(samples);
    const Llama& llama = model.llama;
    const at::Device device = samples.sums.device();
    const auto rows = [&](const std::vector<std::int64_t>& which) { return at::tensor(which, at::kLong).to(device); };
    const Tensor words = llama.embedded(samples.ids.clamp_min(0).to(device)).flatten(0, 1);                        // [S*L,W]
    const Tensor pictures = model.projected(samples.sums.select(2, -1)).flatten(0, 1);                             // [n*N,W]
    const Tensor x = at::cat({words, pictures}).index_select(0, rows(merged.inputs)).unflatten(0, {-1, merged.longest});  // [S,M,W]
    Llama::State state = llama.begin(x.size(0), merged.longest);
    const Tensor hidden = llama.read(x, state, pass).flatten(0, 1);  // [S*M,W]
    LanguageTerms terms;
    if (!merged.textAt.empty()) terms.text = crossEntropy(llama.logits(hidden.index_select(0, rows(merged.textAt))), rows(merged.textTargets), kIgnored);
    if (merged.visualAt.empty()) return terms;
    const Tensor learnt = rows(merged.visualToken);
    const Tensor codes = samples.codes.to(device).flatten(0, 1).index_select(0, learnt);  // [P,D]
    const Tensor before = samples.sums.flatten(0, 1).index_select(0, learnt).slice(1, 0, codes.size(1) - 1);  // [P,D-1,C]
    terms.visualHidden = hidden.index_select(0, rows(merged.visualAt));
    const Tensor logits = terms.visualLogits = model.depth.all(terms.visualHidden, before, pass);
    terms.visual = crossEntropy(logits, codes, kIgnored);
    terms.hits = (logits.detach().argmax(-1) == codes).to(at::kFloat).mean(0);
    return terms;
}

}  // namespace tessera::train
