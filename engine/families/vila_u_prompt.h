// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "families/text_source.h"

namespace tessera {

/// Ids of VILA-U's conversations; spec: engine/families/vila_u.md, section 7.
class VilaUPrompt {
public:
    static constexpr std::int64_t kPicture = -200;  ///< stands for all of a picture's tokens

    VilaUPrompt() = default;
    VilaUPrompt(TextSource words, int vocabulary, std::string where) : m_words(std::move(words)), m_vocabulary(vocabulary), m_where(std::move(where)) {}

    /// A question about so many pictures, or frames of a clip; an empty one asks for a caption. Throws Failure(Invalid) where it holds the word that stands for a picture.
    std::vector<std::int64_t> question(const std::string& text, int pictures) const;
    /// What a picture, or a clip, is drawn for, up to where it begins; an empty text: for no words at all. Throws Failure(Invalid) for words that the vocabulary does not have.
    std::vector<std::int64_t> drawing(const std::string& text, bool clip) const;

    const TextSource& words() const { return m_words; }

private:
    std::vector<std::int64_t> ids(const std::string& conversation) const;
    void check() const;  ///< the tokenizer belongs to the language model

    TextSource m_words;
    int m_vocabulary = 0;
    std::string m_where;
};

}  // namespace tessera
