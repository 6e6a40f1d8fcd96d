// SPDX-License-Identifier: Apache-2.0
#include "train/related_texts.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/error.h"
#include "text/unicode_text.h"

namespace tessera::train {

using at::Tensor;

namespace {

constexpr double kWordShare = 0.5;

std::vector<std::string> textsOf(const std::string& line) {
    std::vector<std::string> texts;
    std::istringstream parts(line);
    for (std::string text; std::getline(parts, text, '\t');) {
        if (!text.empty()) texts.push_back(text);
    }
    return texts;
}

}  // namespace

RelatedTexts::RelatedTexts(const std::filesystem::path& file, std::int64_t pairs, const std::function<Tensor(const std::vector<std::string>&)>& idsOf) : m_pairs(pairs) {
    if (pairs < 1) throw Failure(ErrorCode::Invalid, "of related texts at least one pair is learnt", "settings.related_pairs", "give a number, or no file in settings.related");
    std::ifstream in(file);
    if (!in) throw Failure(ErrorCode::NotFound, "the list of related texts is not there", file.string(), "make it with packaging/make-training-data, or leave settings.related out");
    std::vector<std::string> all;
    std::int64_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        const std::string where = file.string() + ":" + std::to_string(number);
        text::checkUtf8(line, where);
        const std::vector<std::string> texts = textsOf(line);
        if (texts.size() < 2) throw Failure(ErrorCode::Invalid, "a line of related texts has fewer than two", where, "part a word and its texts by tabs");
        for (std::size_t k = 0; k < kTexts; ++k) all.push_back(texts[k % std::min<std::size_t>(kTexts, texts.size())]);
    }
    if (all.empty()) throw Failure(ErrorCode::Invalid, "the list of related texts is empty", file.string(), "give one with lines, or leave settings.related out");
    m_ids = idsOf(all).view({number, kTexts, -1}).to(at::kInt);
}

RelatedTexts::Pairs RelatedTexts::pairs(const TensorsByName& batch) const {
    const Tensor& places = batch.at("related.places");
    const auto chosen = [](const Tensor& places, std::int64_t count) { return (places * static_cast<double>(count)).to(at::kLong); };
    const Tensor own = m_ids.index_select(0, chosen(places[0], m_ids.size(0))).to(at::kLong);  // [P,kTexts,L]
    const Tensor rows = at::arange(m_pairs);
    const Tensor otherwise = at::where(places[1] < kWordShare, 0, chosen((places[1] - kWordShare).clamp_min(0) / (1 - kWordShare), kTexts));
    const Tensor second = own.index({rows, 1 + chosen(places[2], kTexts - 1)});
    return {own.index({rows, otherwise}), second, (own.unsqueeze(1) == second.unsqueeze(0).unsqueeze(2)).all(3).any(2)};
}

}  // namespace tessera::train
