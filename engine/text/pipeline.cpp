// SPDX-License-Identifier: Apache-2.0
#include "text/pipeline.h"

#include <algorithm>

#include "core/error.h"
#include "text/time_limit.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

class PipelineTokenizer final : public TextTokenizer {
public:
    explicit PipelineTokenizer(Pipeline pipeline) : m_steps(std::move(pipeline)) {}

    std::vector<int> pieces(std::string_view text) const override {
        checkUtf8(text, "text");
        checkLength(text.size());
        const TimeLimit limit;
        const std::string cleaned = m_steps.clean ? m_steps.clean(std::string(text)) : std::string(text);
        std::vector<int> ids;
        for (const Part& part : m_steps.added.split(cleaned)) {
            if (part.id >= 0) ids.push_back(part.id);
            else appendText(part.text, part.text.data() == cleaned.data(), ids);
        }
        return ids;
    }

    std::vector<int> ids(std::string_view text) const override { return m_steps.idsArePieces ? pieces(text) : m_steps.context.unpadded(pieces(text)); }

    std::string text(std::span<const int> ids) const override {
        const TimeLimit limit;
        std::vector<std::string> pieces;
        for (const int id : ids) {
            if (m_steps.special.contains(id)) continue;
            const auto added = m_steps.addedPieces.find(id);
            const std::string* piece = added != m_steps.addedPieces.end() ? &added->second : m_steps.vocabulary->pieceOf(id);
            if (piece != nullptr) pieces.push_back(*piece);
        }
        std::string text;
        for (const std::string& piece : m_steps.decode(std::move(pieces))) text += piece;
        if (m_steps.wordEnd.empty()) return text;
        return std::string(stripped(replaced(text, m_steps.wordEnd, " ")));
    }

    const ContextRule& context() const override { return m_steps.context; }
    SpecialIds specials() const override { return m_steps.specials; }

    int idCount() const override {
        int count = m_steps.vocabulary->idCount();
        for (const auto& [id, piece] : m_steps.addedPieces) count = std::max(count, id + 1);
        return count;
    }

    std::optional<int> idOf(std::string_view piece) const override {
        const auto added = m_steps.addedIds.find(std::string(piece));
        return added != m_steps.addedIds.end() ? std::optional(added->second) : m_steps.vocabulary->find(piece);
    }

private:
    void appendText(std::string_view text, bool atStart, std::vector<int>& ids) const {
        const std::string normal = m_steps.normalize ? m_steps.normalize(std::string(text)) : std::string(text);
        for (const Part& part : m_steps.addedAfterNormalizing.split(normal)) {
            if (part.id >= 0) {
                ids.push_back(part.id);
                continue;
            }
            std::vector<Word> words{{std::string(part.text), atStart && part.text.data() == normal.data()}};
            if (m_steps.preTokenize) m_steps.preTokenize(words);
            for (const Word& word : words) {
                TimeLimit::check();
                const auto whole = m_steps.wholeWords.find(word.text);
                if (whole != m_steps.wholeWords.end()) ids.push_back(whole->second);
                else m_steps.model->append(word.text, ids);
            }
        }
    }

    Pipeline m_steps;
};

}  // namespace

void Pipeline::add(const AddedToken& token) {
    if (token.normalized) addedAfterNormalizing.add(token, normalize ? normalize(token.content) : token.content);
    else added.add(token, token.content);
    addedIds.insert_or_assign(token.content, token.id);
    addedPieces.insert_or_assign(token.id, token.content);
    if (token.special) special.insert(token.id);
}

std::shared_ptr<const TextTokenizer> tokenizerOf(Pipeline pipeline) { return std::make_shared<PipelineTokenizer>(std::move(pipeline)); }

std::vector<int> ContextRule::unpadded(std::span<const int> pieces) const {
    std::size_t room = pieces.size();
    if (length > 0) {
        const std::size_t around = begin.size() + end.size() + last.size();
        TESSERA_ASSERT(around <= static_cast<std::size_t>(length));
        room = std::min(room, static_cast<std::size_t>(length) - around);
    }
    std::vector<int> ids = begin;
    ids.insert(ids.end(), pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(room));
    const bool there = endOnce && ids.size() >= end.size() && std::equal(end.begin(), end.end(), ids.end() - static_cast<std::ptrdiff_t>(end.size()));
    if (!there) ids.insert(ids.end(), end.begin(), end.end());
    return ids;
}

std::vector<int> ContextRule::row(std::span<const int> pieces) const {
    std::vector<int> ids = unpadded(pieces);
    if (length > 0) ids.resize(static_cast<std::size_t>(length) - last.size(), pad);
    ids.insert(ids.end(), last.begin(), last.end());
    return ids;
}

std::string TextStream::add(int id) {
    m_ids.push_back(id);
    return take(false);
}

std::string TextStream::finish() { return take(true); }

std::string TextStream::take(bool incomplete) {
    // Decoded from a few ids back, because some pieces are written differently at the beginning of a text.
    const auto decoded = [&](std::size_t end) { return m_tokenizer->text(std::span(m_ids).subspan(m_window, end - m_window)); };
    const std::string before = decoded(m_read), now = decoded(m_ids.size());
    if (now.size() <= before.size() || (!incomplete && now.ends_with("\uFFFD"))) return {};
    std::string added = now.substr(before.size());
    m_window = m_read;
    m_read = m_ids.size();
    m_text += added;
    return added;
}

}  // namespace tessera::text
