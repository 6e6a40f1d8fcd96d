// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>

namespace tessera {

/// Where a text tower's ids come from: the tokenizer files beside its weights. Copies are cheap; nothing is read before the first text.
struct TextSource {
    std::filesystem::path folder;
    std::string rules{};  ///< as openTokenizer() takes them; empty: as the folder's own library would
    int context = 0;      ///< most ids of a text
    bool padded = false;  ///< to the whole context; else to the longest text

    /// [T,L] int64. Throws Failure where there is no tokenizer or it cannot be read.
    at::Tensor ids(const std::vector<std::string>& texts) const;
    /// The ids of a text's own words, without what marks beginnings and ends.
    std::vector<std::int64_t> pieces(const std::string& text) const;
    /// As a language model reads them, with what its tokenizer puts before a text.
    std::vector<std::int64_t> prompt(const std::string& text) const;
    /// What ids say, without those that only mark beginnings, ends and padding.
    std::string text(const std::vector<std::int64_t>& ids) const;

    /// Above every id that a text can get.
    int idCount() const;
    /// The id of a piece or a special token.
    std::optional<std::int64_t> idOf(const std::string& piece) const;
    /// The id that stands for what the vocabulary does not have.
    std::optional<std::int64_t> unknown() const;

    struct Opened;  ///< the tokenizer once it was needed, shared by all copies
    std::shared_ptr<Opened> opened = unopened();
    static std::shared_ptr<Opened> unopened();
};

}  // namespace tessera
