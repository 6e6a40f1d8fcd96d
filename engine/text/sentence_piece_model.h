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

/// A model of the SentencePiece library, by libtessera_sentencepiece.so. Immutable: any thread.
class SentencePieceModel {
public:
    /// Throws Failure: Invalid for a file that is no model or would lead the library astray, Unsupported where the library cannot be opened.
    explicit SentencePieceModel(const std::filesystem::path& path);
    /// The same of bytes in memory, which are read now; `where` names them in messages.
    SentencePieceModel(std::span<const std::byte> bytes, std::string where);
    ~SentencePieceModel();
    SentencePieceModel(const SentencePieceModel&) = delete;
    SentencePieceModel& operator=(const SentencePieceModel&) = delete;

    /// SentencePieceProcessor::Encode on the text as it is.
    std::vector<int> encode(std::string_view text) const;
    /// SentencePieceProcessor::Decode; ids that it does not have are left out.
    std::string decode(std::span<const int> ids) const;
    int idCount() const;
    std::string piece(int id) const;
    std::optional<int> idOf(std::string_view piece) const;
    bool isControl(int id) const;
    /// Pieces that a text is cut around, such as Gemma's line ends: the library tells them from others only in the file.
    const std::vector<int>& userDefined() const { return m_userDefined; }
    std::optional<int> unknown() const, begin() const, end() const, pad() const;

private:
    std::optional<int> special(int which) const;
    void read(std::span<const std::byte> bytes);

    std::shared_ptr<void> m_model;
    std::string m_where;
    std::vector<int> m_userDefined;
};

/// Throws Failure(Invalid) for a model file that the library would trust too far: tries that point outside themselves, replacements that multiply a text, pieces
/// with zero bytes or of implausible length. The rest the library checks itself. `where` names the file. Gives the ids of pieces that users defined.
std::vector<int> checkedSentencePieceModel(std::span<const std::byte> bytes, const std::string& where);

}  // namespace tessera::text
