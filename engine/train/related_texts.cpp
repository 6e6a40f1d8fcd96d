// SPDX-License-Identifier: Apache-2.0
#include "train/related_texts.h"

#include <fstream>
#include <map>
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
    std::map<std::string, std::int64_t> known;
    std::vector<std::int64_t> which;  // (lines,kTexts): of all
    std::int64_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        const std::string where = file.string() + ":" + std::to_string(number);
        text::checkUtf8(line, where);
        const std::vector<std::string> texts = textsOf(line);
        if (texts.size() < 2) throw Failure(ErrorCode::Invalid, "a line of related texts has fewer than two", where, "part a word and its texts by tabs");
        for (std::int64_t place = 0; place < kTexts; ++place) {
            const auto [found, isNew] = known.emplace(textInPlace(texts, place), std::ssize(all));
            if (isNew) all.push_back(found->first);
            which.push_back(found->second);
        }
    }
    if (all.empty()) throw Failure(ErrorCode::Invalid, "the list of related texts is empty", file.string(), "give one with lines, or leave settings.related out");
    m_ids = idsOf(all).to(at::kInt).index_select(0, at::tensor(which, at::kLong)).view({number, kTexts, -1});
}

RelatedTexts::Pairs RelatedTexts::pairs(const TensorsByName& batch) const {
    const Tensor& places = batch.at("related.places");
    const Tensor own = m_ids.index_select(0, wholeBelow(places[0], m_ids.size(0))).to(at::kLong);  // [P,kTexts,L]
    const Tensor rows = at::arange(m_pairs), second = own.index({rows, 1 + wholeBelow(places[2], kTexts - 1)});
    // A number that says "not the word" says also which of the others.
    const Tensor first = own.index({rows, textPlaces(places[1], (places[1] - kWordShare).clamp_min(0) / (1 - kWordShare), kWordShare)});
    const Tensor repeated = (first == second).all(1, true);
    return {at::where(repeated, own.select(1, 0), first), second, amongTexts(own, second)};
}

}  // namespace tessera::train
