// SPDX-License-Identifier: Apache-2.0
#include "text/added_tokens.h"

#include <algorithm>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "text/time_limit.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

/// Where the code point before `at` begins.
std::size_t before(std::string_view text, std::size_t at) {
    do --at;
    while ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
    return at;
}

bool wordEndsAt(std::string_view text, std::size_t at) {
    if (at == 0) return false;
    std::size_t begin = before(text, at);
    return isWordCharacter(nextCodePoint(text, begin));
}

bool wordBeginsAt(std::string_view text, std::size_t at) { return at < text.size() && isWordCharacter(nextCodePoint(text, at)); }

std::size_t spacesBegin(std::string_view text, std::size_t from, std::size_t at) {
    while (at > from) {
        const std::size_t begin = before(text, at);
        std::size_t end = begin;
        if (!isSpace(nextCodePoint(text, end))) break;
        at = begin;
    }
    return at;
}

std::size_t spacesEnd(std::string_view text, std::size_t at) {
    while (at < text.size()) {
        std::size_t end = at;
        if (!isSpace(nextCodePoint(text, end))) break;
        at = end;
    }
    return at;
}

}  // namespace

void AddedTokens::add(AddedToken token, std::string_view lookedFor) {
    if (lookedFor.size() > kLongest) throw Failure(ErrorCode::Invalid, "the added token " + shown(lookedFor) + " is " + std::to_string(lookedFor.size()) + " bytes long");
    m_tree.add(lookedFor, static_cast<int>(m_tokens.size()));
    m_tokens.push_back(std::move(token));
}

std::vector<Part> AddedTokens::split(std::string_view text) const {
    std::vector<Part> parts;
    std::size_t textBegin = 0;
    for (std::size_t at = 0; !m_tree.empty() && at < text.size();) {
        const ByteTree::Found found = m_tree.longestAt(text, at);
        if (found.size == 0) {
            if (++at % 4096 == 0) TimeLimit::check();
            continue;
        }
        const AddedToken& token = m_tokens[static_cast<std::size_t>(found.id)];
        std::size_t begin = at, end = at + found.size;
        at = end;
        if (token.singleWord && (wordEndsAt(text, begin) || wordBeginsAt(text, end))) continue;
        if (token.stripLeft) begin = std::max(spacesBegin(text, textBegin, begin), textBegin);
        if (token.stripRight) end = spacesEnd(text, end);
        // The spaces that an earlier token took may hide this one's beginning.
        begin = std::max(begin, std::min(textBegin, end));
        if (begin > textBegin) parts.push_back({text.substr(textBegin, begin - textBegin)});
        parts.push_back({text.substr(begin, end - begin), token.id});
        textBegin = end;
    }
    if (textBegin < text.size()) parts.push_back({text.substr(textBegin)});
    return parts;
}

}  // namespace tessera::text
