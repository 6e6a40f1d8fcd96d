// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "families/known_words.h"
#include "families/tessera_mini.h"
#include "families/text_source.h"
#include "families/vila_u_language.h"

namespace tessera {

/// The language model of Tessera's own unified tokenizer, made of VILA-U's parts; spec: engine/families/tessera_mini.md.
struct TesseraMiniLanguage {
    static constexpr const char* kScope = "language";

    /// `w` is the scope of "llm", "mm_projector" and "rqtransformer". The config has a language model.
    TesseraMiniLanguage(const Weights& w, const TesseraMiniConfig& config);
    std::int64_t weightsPerPosition() const { return words.llama.weights() + words.projectorWeights() + m_depths * depth.weights(); }
    double flopsPerPosition() const { return words.llama.flops(1) + depth.flops(); }

    VilaULanguage words;
    VilaUDepth depth;

private:
    std::int64_t m_depths;
};

/// What it is asked, in ids.
class TesseraMiniPrompt {
public:
    TesseraMiniPrompt(TextSource words, const TesseraMiniConfig::Language& language, std::int64_t end)
        : m_words(std::move(words)), m_known(m_words.folder / "words.txt"), m_language(language), m_ends{end} {}

    /// Throws Failure(Invalid) for words that the model was not taught.
    void check(const std::string& text) const { m_known.check(text, "generate"); }
    /// A text, up to where its picture begins; an empty one: any picture. Throws Failure(Invalid) for letters that the vocabulary does not have.
    std::vector<std::int64_t> drawing(const std::string& text) const;
    /// The same of a text's pieces.
    std::vector<std::int64_t> drawingOf(const std::vector<std::int64_t>& pieces) const;
    /// A picture (VilaUPrompt::kPicture) that is to be put into words, up to where these begin.
    std::vector<std::int64_t> caption() const;
    const std::vector<std::int64_t>& ends() const { return m_ends; }  ///< of texts
    const TextSource& words() const { return m_words; }
    std::int64_t pictureEnd() const { return m_language.pictureEnd; }

private:
    TextSource m_words;
    KnownWords m_known;
    TesseraMiniConfig::Language m_language;
    std::vector<std::int64_t> m_ends;
};

}  // namespace tessera
