// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::text {

/// How a text tower wants a text's ids: a row of `length`, cut and filled.
struct ContextRule {
    int length = 0;                 ///< ids in a row; 0: rows are as long as their text
    std::vector<int> begin, end;    ///< around the pieces; `end` is there after a cut too
    std::vector<int> last;          ///< in the row's last places, whatever the text: OpenVision's class token
    bool endOnce = false;           ///< `end` is not added to pieces that end in it
    int pad = 0;
    /// `pieces` between begin and end, cut so that all of it fits, filled up to `length`.
    std::vector<int> row(std::span<const int> pieces) const;
    /// The same without the filling and `last`; a `length` of 0 cuts nothing.
    std::vector<int> unpadded(std::span<const int> pieces) const;
};

/// Ids that mean something to the caller; none where the tokenizer's files do not name one.
struct SpecialIds {
    std::optional<int> begin, end, pad, unknown;
};

/// Text to ids and back, as upstream's own tokenizer does it. Immutable once made: any thread.
class TextTokenizer {
public:
    virtual ~TextTokenizer() = default;

    /// The pieces of a text, without what stands around them and without a cut. Throws Failure(Invalid) for text that is not UTF-8.
    virtual std::vector<int> pieces(std::string_view text) const = 0;
    /// What upstream's tokenizer returns for one text, without padding: for most kinds the pieces between special ids, cut to the context.
    virtual std::vector<int> ids(std::string_view text) const = 0;
    /// The text of these ids; special ones are left out, ids that are not in the vocabulary too.
    virtual std::string text(std::span<const int> ids) const = 0;

    virtual const ContextRule& context() const = 0;
    virtual SpecialIds specials() const = 0;
    /// Above every id that pieces() can give.
    virtual int idCount() const = 0;
    /// The id of a piece or a special token such as "<image>".
    virtual std::optional<int> idOf(std::string_view piece) const = 0;
};

/// Turns ids that come one after another into text, a piece whenever its characters are whole: for captions that are streamed.
class TextStream {
public:
    explicit TextStream(std::shared_ptr<const TextTokenizer> tokenizer) : m_tokenizer(std::move(tokenizer)) {}
    /// What this id adds to the text; empty while a character is not complete.
    std::string add(int id);
    /// What is left when no more ids come: an end whose characters never became whole, as U+FFFD.
    std::string finish();
    /// All of it.
    const std::string& text() const { return m_text; }

private:
    std::string take(bool incomplete);

    std::shared_ptr<const TextTokenizer> m_tokenizer;
    std::vector<int> m_ids;
    std::string m_text;
    std::size_t m_window = 0, m_read = 0;  ///< the first id that is decoded again, and the first whose text is not in m_text
};

/// Opens the tokenizer of a checkpoint's folder, or one of a tokenizer's files: tokenizer.json, vocab.json beside merges.txt, vocab.txt, tokenizer.model,
/// spiece.model, bpe_simple_vocab_16e6.txt.gz.
///
/// `rules` names whose behaviour is meant; empty picks what the folder's own library would do:
///   open_clip           open_clip's SimpleTokenizer: ftfy, HTML entities, lower case; pieces only
///   hf                  transformers' own, as tokenizer.json or the tokenizer's class says
///   hf_lowercased       the same of the text in lower case (SigLIP 2)
///   hf_prepend, hf_metaspace_first   LLaMA: a space before every part between special tokens, or only before the text
///   hf_slow_llama       LLaMA by transformers' Python class, legacy off: a space before the text, whatever it begins with
///   wordpiece           OpenVision's BERT pieces; pieces only
///   siglip              transformers' SiglipTokenizer
///   sentencepiece_raw   the SentencePiece library on the text as it is; pieces only
/// Throws Failure: NotFound, Invalid for broken files, Unsupported for what is not built, Mismatch for rules that these files have nothing for.
std::shared_ptr<const TextTokenizer> openTokenizer(const std::filesystem::path& folderOrFile, std::string_view rules = {});

}  // namespace tessera::text
