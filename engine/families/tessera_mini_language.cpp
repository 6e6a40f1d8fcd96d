// SPDX-License-Identifier: Apache-2.0
#include "families/tessera_mini_language.h"

#include <algorithm>

#include "core/error.h"
#include "text/unicode_text.h"

namespace tessera {

namespace {

VilaULanguageFile shapeOf(const TesseraMiniConfig& config) {
    VilaULanguageFile shape;
    shape.projectorNames = {"layers.0", "layers.2"};
    shape.towerWidth = config.tokenDim();
    shape.llama = config.language->llama;
    return shape;
}

}  // namespace

TesseraMiniLanguage::TesseraMiniLanguage(const Weights& w, const TesseraMiniConfig& config)
    : words(w / "llm", w / "mm_projector", shapeOf(config)), depth(w / "rqtransformer", config.language->depth), m_depths(config.language->depth.depths) {}

std::vector<std::int64_t> TesseraMiniPrompt::drawing(const std::string& text) const {
    text::checkUtf8(text, "generate");
    if (text::stripped(text).empty()) return drawingOf({});
    const std::vector<std::int64_t> pieces = m_words.pieces(text);
    if (const auto unknown = m_words.unknown(); unknown && std::ranges::find(pieces, *unknown) != pieces.end()) {
        throw Failure(ErrorCode::Invalid, "the prompt has letters that this model's vocabulary has nothing for", "generate", "write it otherwise");
    }
    return drawingOf(pieces);
}

std::vector<std::int64_t> TesseraMiniPrompt::drawingOf(const std::vector<std::int64_t>& pieces) const {
    std::vector<std::int64_t> ids{m_language.start};
    ids.insert(ids.end(), pieces.begin(), pieces.end());
    ids.push_back(m_language.pictureStart);
    return ids;
}

std::vector<std::int64_t> TesseraMiniPrompt::caption() const { return {m_language.start, m_language.pictureStart, VilaUPrompt::kPicture, m_language.pictureEnd}; }

}  // namespace tessera
