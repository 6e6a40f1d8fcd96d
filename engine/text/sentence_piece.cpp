// SPDX-License-Identifier: Apache-2.0
// Tokenizers over a SentencePiece model: the library's own, transformers' SiglipTokenizer, and LLaMA's and Gemma's where there is no tokenizer.json.
#include <algorithm>
#include <map>
#include <set>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "text/added_tokens.h"
#include "text/json_fields.h"
#include "text/sentence_piece_model.h"
#include "text/tokenizer_folder.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kSpaceMark = "\u2581";
constexpr int kSiglipContext = 64;

/// What the kinds have in common: ids of the library, and special tokens of the files beside the model.
class SentencePieceTokenizer : public TextTokenizer {
public:
    explicit SentencePieceTokenizer(const fs::path& path) : m_model(path) {}

    std::vector<int> pieces(std::string_view text) const override {
        checkUtf8(text, "text");
        checkLength(text.size());
        return cut(text);
    }
    std::vector<int> ids(std::string_view text) const override { return m_context.unpadded(pieces(text)); }
    std::string text(std::span<const int> ids) const override {
        std::vector<int> kept;
        std::ranges::copy_if(ids, std::back_inserter(kept), [&](int id) { return id != m_model.unknown() && !m_model.isControl(id) && !m_special.contains(id); });
        // Added tokens that are not special lie between runs that the library joins.
        std::string text;
        std::vector<int> run;
        const auto flush = [&] {
            if (!run.empty()) text += m_model.decode(run);
            run.clear();
        };
        for (const int id : kept) {
            const auto added = m_addedPieces.find(id);
            if (added == m_addedPieces.end()) {
                run.push_back(id);
                continue;
            }
            flush();
            text += added->second;
        }
        flush();
        return text;
    }
    const ContextRule& context() const override { return m_context; }
    SpecialIds specials() const override { return m_specials; }
    int idCount() const override {
        int count = m_model.idCount();
        for (const auto& [id, piece] : m_addedPieces) count = std::max(count, id + 1);
        return count;
    }
    std::optional<int> idOf(std::string_view piece) const override {
        for (const auto& [id, content] : m_addedPieces) {
            if (content == piece) return id;
        }
        return m_model.idOf(piece);
    }

protected:
    virtual std::vector<int> cut(std::string_view text) const { return m_model.encode(text); }

    /// The pieces of a text that is not at the beginning: behind the unknown token, whose own pieces are dropped, as transformers does it.
    std::vector<int> cutInside(std::string_view text) const {
        static const std::string guard = "<unk>";
        std::vector<int> ids = m_model.encode(guard + std::string(text));
        const std::size_t guarded = std::min(m_model.encode(guard).size(), ids.size());
        ids.erase(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(guarded));
        return ids;
    }

    void readSpecials(const TokenizerFolder& folder) {
        const auto idOf = [&](const char* name, std::optional<int> otherwise) {
            const std::string token = folder.specialToken(name);
            const auto id = token.empty() ? std::nullopt : this->idOf(token);
            return id ? id : otherwise;
        };
        m_specials = {idOf("bos_token", m_model.begin()), idOf("eos_token", m_model.end()), idOf("pad_token", m_model.pad()), idOf("unk_token", m_model.unknown())};
        m_context.pad = m_specials.pad.value_or(0);
    }

    SentencePieceModel m_model;
    ContextRule m_context;
    SpecialIds m_specials;
    std::map<int, std::string> m_addedPieces;
    std::set<int> m_special;
};

class Raw final : public SentencePieceTokenizer {
public:
    Raw(const fs::path& path, const TokenizerFolder& folder) : SentencePieceTokenizer(path) { readSpecials(folder); }
};

/// transformers' SiglipTokenizer: lower case, no ASCII punctuation, single spaces, "</s>" behind.
class Siglip final : public SentencePieceTokenizer {
public:
    Siglip(const fs::path& path, const TokenizerFolder& folder) : SentencePieceTokenizer(path) {
        readSpecials(folder);
        if (!m_specials.end) throw Failure(ErrorCode::Invalid, "the model has no end token", path.string());
        m_context = {.length = kSiglipContext, .end = {*m_specials.end}, .endOnce = true, .pad = m_specials.pad.value_or(*m_specials.end)};
        for (const char* name : {"eos_token", "unk_token", "pad_token"}) {
            const std::string token = folder.specialToken(name);
            if (const auto id = token.empty() ? std::nullopt : m_model.idOf(token)) add(token, *id);
        }
        add("</s>", *m_specials.end);
        if (m_specials.unknown) add("<unk>", *m_specials.unknown);
    }

    /// Not cut: upstream's call cuts only where it is asked to.
    std::vector<int> ids(std::string_view text) const override {
        ContextRule uncut = m_context;
        uncut.length = 0;
        return uncut.unpadded(pieces(text));
    }

private:
    void add(const std::string& token, int id) {
        if (m_known.insert(token).second) m_tokens.add({.content = token, .id = id, .special = true, .stripLeft = true, .stripRight = true}, token);
    }

    std::vector<int> cut(std::string_view text) const override {
        const std::string spaced = std::string(kSpaceMark) + lowerAsPython(replaced(text, kSpaceMark, " "));
        std::vector<int> ids;
        const std::vector<Part> parts = m_tokens.split(spaced);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (parts[i].id >= 0) {
                ids.push_back(parts[i].id);
                continue;
            }
            std::vector<int> own = cutInside(canonical(parts[i].text));
            // A lone mark before a special token is what the leading mark left over.
            if (i == 0 && parts.size() > 1 && own.size() == 1 && own[0] == m_model.idOf(kSpaceMark)) own.clear();
            ids.insert(ids.end(), own.begin(), own.end());
        }
        return ids;
    }

    /// canonicalize_text() of SiglipTokenizer.
    static std::string canonical(std::string_view text) {
        std::string kept;
        for (const char c : text) {
            const bool punctuation = (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
            if (!punctuation) kept += c;
        }
        return collapsedSpaces(kept);
    }

    AddedTokens m_tokens;
    std::set<std::string> m_known;
};

/// LLaMA's and Gemma's: special tokens are found first, the library cuts what lies between them.
class Llama final : public SentencePieceTokenizer {
public:
    Llama(const fs::path& path, const TokenizerFolder& folder) : SentencePieceTokenizer(path) {
        for (int id = 0; id < m_model.idCount(); ++id) {
            if (m_model.isControl(id) || id == m_model.unknown()) add(m_model.piece(id), id, true);
        }
        for (const int id : m_model.userDefined()) add(m_model.piece(id), id, false);
        for (const auto& [token, id] : folder.addedTokens.items()) {
            if (id.is_number_integer() && id.get<std::int64_t>() >= 0 && id.get<std::int64_t>() < kMostIds) add(token, id.get<int>(), true);
        }
        if (const auto tokens = folder.config.find("added_tokens_decoder"); tokens != folder.config.end() && tokens->is_object()) {
            for (const auto& [id, token] : tokens->items()) {
                if (id.empty() || id.size() > 8 || id.find_first_not_of("0123456789") != std::string::npos || contentOf(token).empty()) continue;
                add(contentOf(token), std::stoi(id), token.is_object() && boolOf(token, "special", path.string(), true));
            }
        }
        readSpecials(folder);
        m_lower = folder.rules == "hf_lowercased";
        m_first = folder.rules == "hf_metaspace_first";
        m_slow = folder.rules == "hf_slow_llama";
        m_context.length = folder.longestInput().value_or(0);
        const auto flag = [&](const char* name, bool otherwise) { return boolOf(folder.config, name, path.string(), otherwise); };
        if (m_specials.begin && flag("add_bos_token", true)) m_context.begin = {*m_specials.begin};
        if (m_specials.end && flag("add_eos_token", false)) m_context.end = {*m_specials.end};
        if (const std::size_t around = m_context.begin.size() + m_context.end.size(); m_context.length > 0 && around > static_cast<std::size_t>(m_context.length)) throw Failure(ErrorCode::Invalid, "its special tokens do not fit into its context", path.string());
    }

private:
    static constexpr int kMostIds = 100'000'000;

    void add(const std::string& token, int id, bool special) {
        if (token.empty() || !m_known.insert(token).second) return;
        m_tokens.add({.content = token, .id = id, .special = special}, token);
        if (id >= m_model.idCount()) m_addedPieces.emplace(id, token);
        if (special) m_special.insert(id);
    }

    std::vector<int> cut(std::string_view text) const override {
        if (m_slow) return cutSlow(text);
        const std::string own = m_lower ? lowerAsPython(text) : std::string(text);
        std::vector<int> ids;
        for (const Part& part : m_tokens.split(own)) {
            if (part.id >= 0) {
                ids.push_back(part.id);
                continue;
            }
            // With "first", a mark stands before the text alone, and not if it begins with one.
            const bool marked = !m_first || (part.text.data() == own.data() && !part.text.starts_with(' ') && !part.text.starts_with(kSpaceMark));
            const std::vector<int> cut = marked ? m_model.encode(part.text) : cutInside(part.text);
            ids.insert(ids.end(), cut.begin(), cut.end());
        }
        return ids;
    }

    /// The mark before the text is a space like any other, and only goes where it would stand alone before an added token.
    std::vector<int> cutSlow(std::string_view text) const {
        if (text.empty()) return {};
        const std::string marked = std::string(kSpaceMark) + replaced(text, kSpaceMark, " ");
        const std::vector<Part> parts = m_tokens.split(marked);
        std::vector<int> ids;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (parts[i].id >= 0) {
                ids.push_back(parts[i].id);
                continue;
            }
            const bool spaced = parts[i].text.starts_with(' ') || parts[i].text.starts_with(kSpaceMark);
            const std::vector<int> own = spaced ? cutInside(parts[i].text) : cutUnmarked(parts[i].text);
            if (i == 0 && parts.size() > 1 && own.size() == 1 && own[0] == m_model.idOf(kSpaceMark)) continue;
            ids.insert(ids.end(), own.begin(), own.end());
        }
        return ids;
    }
    /// As the library cuts a text that it puts no mark before: behind a space that the model's own mark becomes, which is dropped again.
    std::vector<int> cutUnmarked(std::string_view text) const {
        static const std::string line = "\n";
        // A line end is a piece of its own in every model of bytes: nothing merges across it.
        std::vector<int> ids = m_model.encode(line + std::string(text)), guard = m_model.encode(line);
        if (ids.size() < guard.size() || !std::equal(guard.begin(), guard.end(), ids.begin())) return cutInside(text);
        ids.erase(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(guard.size()));
        return ids;
    }

    AddedTokens m_tokens;
    std::set<std::string> m_known;
    bool m_lower = false, m_first = false, m_slow = false;
};

std::optional<fs::path> modelOf(const TokenizerFolder& folder) {
    if (!folder.file.empty()) return folder.file.extension() == ".model" ? std::optional(folder.file) : std::nullopt;
    for (const char* name : {"tokenizer.model", "spiece.model", "sentencepiece.bpe.model"}) {
        if (const auto found = folder.find(name)) return found;
    }
    return std::nullopt;
}

bool recognise(const TokenizerFolder& folder) { return modelOf(folder) && folder.wants({"sentencepiece_raw", "siglip", "hf", "hf_lowercased", "hf_prepend", "hf_metaspace_first", "hf_slow_llama"}); }

std::shared_ptr<const TextTokenizer> open(const TokenizerFolder& folder) {
    const fs::path path = *modelOf(folder);
    const bool siglip = folder.tokenizerClass() == "SiglipTokenizer" || (folder.tokenizerClass().empty() && path.filename() == "spiece.model");
    if (folder.rules == "sentencepiece_raw") return std::make_shared<Raw>(path, folder);
    if (folder.rules == "siglip" || ((folder.rules.empty() || folder.rules == "hf") && siglip)) return std::make_shared<Siglip>(path, folder);
    return std::make_shared<Llama>(path, folder);
}

}  // namespace

const TokenizerKind kSentencePiece = {"SentencePiece model", recognise, open};

}  // namespace tessera::text
