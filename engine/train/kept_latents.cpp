// SPDX-License-Identifier: Apache-2.0
#include "train/kept_latents.h"

#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace tessera::train {

using at::Tensor;

KeptSettings KeptSettings::read(const nlohmann::json& settings, int downsample) {
    const auto whole = [&](const char* name) { return static_cast<std::int64_t>(numberOf(settings, name, 0)); };
    const KeptSettings result{.pictures = whole("kept"), .side = whole("kept_side"), .drawn = whole("drawn"), .window = whole("window")};
    if (result.pictures == 0) return {};
    const bool wholeTokens = result.side > 0 && result.side % downsample == 0;
    if (result.pictures < 0 || result.drawn < 1 || !wholeTokens || result.window < 0 || result.window * downsample > result.side) {
        throw Failure(ErrorCode::Invalid, "what is kept of the pictures cannot be", "settings.kept",
                      "beside kept give kept_side (pixels, a multiple of " + std::to_string(downsample) + "), drawn (at least 1) and window (tokens that fit into that side, 0 for all)");
    }
    return result;
}

KeptLatents::KeptLatents(const KeptSettings& settings, std::int64_t channels, int cell, int patch, Parameters& parameters)
    : m_settings(settings),
      m_window(settings.window > 0 ? settings.window * patch : settings.side / cell),
      m_patch(patch),
      m_rows(parameters.keep("kept.latents", at::zeros({settings.pictures, channels, settings.side / cell, settings.side / cell}))) {}

void KeptLatents::draw(TensorsByName& batch, Draws& draws) const {
    batch["window.into"] = draws.uniform({batch.at("image").size(0)});
    batch["window.places"] = draws.uniform({3, m_settings.drawn});
}

Tensor KeptLatents::windows(const TensorsByName& batch) const {
    const Tensor& places = batch.at("window.places");
    const std::int64_t free = m_rows.rows().size(2) - m_window + 1;
    const Tensor pictures = m_rows.chosen(places[0]), corners = wholeBelow(places.narrow(0, 1, 2), free);
    std::vector<Tensor> windows;
    for (std::int64_t i = 0; i < m_settings.drawn; ++i) {
        const auto corner = [&](std::int64_t direction) { return corners[direction][i].item<std::int64_t>(); };
        windows.push_back(m_rows.rows()[pictures[i].item<std::int64_t>()].narrow(1, corner(0), m_window).narrow(2, corner(1), m_window));
    }
    return at::stack(windows);
}

KeptWords::KeptWords(const KeptSettings& settings, std::int64_t channels, int downsample, std::int64_t context, Parameters& parameters)
    : m_settings(settings),
      m_tokens(parameters.keep("kept.tokens", at::zeros({settings.pictures, channels, settings.side / downsample, settings.side / downsample}))),
      m_painted(parameters.keep("kept.painted", at::zeros({settings.pictures, settings.side / downsample, settings.side / downsample}, at::kBool))),
      m_ids(parameters.keep("kept.ids", at::zeros({settings.pictures, kTexts, context}, at::kLong))) {}

void KeptWords::draw(TensorsByName& batch, std::int64_t pictures, Draws& draws) const {
    batch["words.into"] = draws.uniform({pictures});
    batch["words.places"] = draws.uniform({3, m_settings.drawn});
}

void KeptWords::put(const Tensor& tokens, const Tensor& painted, const TensorsByName& batch) {
    m_tokens.put(tokens, batch.at("words.into"));
    m_painted.put(painted, batch.at("words.into"));
    m_ids.put(batch.at("words.ids"), batch.at("words.into"));
}

void KeptWords::fill(const Tensor& tokens, const Tensor& painted, const Tensor& ids, std::int64_t first) {
    m_tokens.fill(tokens, first);
    m_painted.fill(painted, first);
    m_ids.fill(ids, first);
}

KeptWords::Drawn KeptWords::drawn(const TensorsByName& batch, double first) const {
    const Tensor& places = batch.at("words.places");
    const Tensor pictures = m_tokens.chosen(places[0]), own = m_ids.rows().index_select(0, pictures);  // [N], [N,kTexts,L]
    const Tensor which = textPlaces(places[1], places[2], first);
    const Tensor ids = own.index({at::arange(which.size(0)), which});  // [N,L]
    return {m_tokens.rows().index_select(0, pictures), ids, amongTexts(own, ids), m_painted.rows().index_select(0, pictures)};
}

}  // namespace tessera::train
