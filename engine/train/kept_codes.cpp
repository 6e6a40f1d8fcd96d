// SPDX-License-Identifier: Apache-2.0
#include "train/kept_codes.h"

#include <algorithm>

namespace tessera::train {

using at::Tensor;

namespace {

constexpr std::int64_t kNone = -1;

}  // namespace

KeptCodes::KeptCodes(const KeptSettings& settings, std::int64_t tokens, std::int64_t depths, std::int64_t longest, Parameters& parameters)
    : m_drawn(settings.drawn),
      m_codes(parameters.keep("kept.codes", at::zeros({settings.pictures, tokens, depths}, at::kLong))),
      m_pieces(parameters.keep("kept.pieces", at::full({settings.pictures, kTexts, longest}, kNone, at::kLong))) {}

void KeptCodes::draw(TensorsByName& batch, Draws& draws) const {
    batch["kept.into"] = draws.uniform({batch.at("image").size(0)});
    batch["kept.places"] = draws.uniform({3, m_drawn});
}

Tensor KeptCodes::pieces(const std::vector<std::vector<std::string>>& texts, const std::function<std::vector<std::int64_t>(const std::string&)>& piecesOf) const {
    const std::int64_t longest = m_pieces.rows().size(2);
    Tensor all = at::full({static_cast<std::int64_t>(texts.size()), kTexts, longest}, kNone, at::kLong);
    auto rows = all.accessor<std::int64_t, 3>();
    for (std::size_t i = 0; i < texts.size(); ++i) {
        for (std::int64_t k = 0; k < kTexts; ++k) {
            const std::vector<std::int64_t> text = piecesOf(textInPlace(texts[i], k));
            std::ranges::copy_n(text.begin(), std::min<std::int64_t>(longest, std::ssize(text)), rows[static_cast<std::int64_t>(i)][k].data());
        }
    }
    return all;
}

void KeptCodes::put(const Tensor& codes, const TensorsByName& batch) {
    m_codes.put(codes, batch.at("kept.into"));
    m_pieces.put(batch.at("kept.pieces"), batch.at("kept.into"));
}

void KeptCodes::fill(const Tensor& codes, const Tensor& pieces, std::int64_t first) {
    m_codes.fill(codes, first);
    m_pieces.fill(pieces, first);
}

std::vector<std::vector<std::int64_t>> KeptCodes::texts(const TensorsByName& batch, double first) const {
    const Tensor& places = batch.at("kept.places");
    const Tensor rows = m_pieces.chosen(places[0]), which = textPlaces(places[1], places[2], first);
    const Tensor chosen = m_pieces.rows().index({rows, which});  // [N,longest]
    const auto pieces = chosen.accessor<std::int64_t, 2>();
    std::vector<std::vector<std::int64_t>> texts;
    for (std::int64_t i = 0; i < chosen.size(0); ++i) {
        const std::int64_t* begin = pieces[i].data();
        texts.emplace_back(begin, std::find(begin, begin + chosen.size(1), kNone));
    }
    return texts;
}

}  // namespace tessera::train
