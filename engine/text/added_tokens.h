// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/byte_tree.h"

namespace tessera::text {

/// A token that is found in the text as it is, before anything else cuts it: "<|endoftext|>", "<image>".
struct AddedToken {
    std::string content;
    int id = 0;
    bool special = false;     ///< left out of decoded text
    bool normalized = false;  ///< looked for after normalising, by its own normalised content
    bool singleWord = false;  ///< only where no word character touches it
    bool stripLeft = false, stripRight = false;  ///< takes the spaces beside it
};

/// A text between added tokens, or one of them.
struct Part {
    std::string_view text;
    int id = -1;  ///< of an added token; -1: text
};

/// Where added tokens lie in a text, as transformers' tokenizers library finds them: from the left, the longest one.
class AddedTokens {
public:
    static constexpr std::size_t kLongest = 512;  ///< bytes of a token

    void add(AddedToken token, std::string_view lookedFor);
    /// The text in order; parts point into it and none is empty.
    std::vector<Part> split(std::string_view text) const;

private:
    ByteTree m_tree;  ///< places in m_tokens
    std::vector<AddedToken> m_tokens;
};

}  // namespace tessera::text
