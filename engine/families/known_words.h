// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tessera {

/// The words that a small model was taught: a list beside its weights, one on a line, in lower case and without accents. Copies are cheap; nothing is read before the first text.
class KnownWords {
public:
    /// Where there is no such file, every word counts as known.
    explicit KnownWords(std::filesystem::path file);

    /// The words of a text that are not in the list, as the list would have them, each once.
    std::vector<std::string> unknownIn(const std::string& text) const;
    /// Words of the list that are spelt nearly like that one, the nearest first, at most three.
    std::vector<std::string> alike(const std::string& word) const;
    /// Throws Failure(Invalid) that names unknown words of a text. `where`: what the text is for.
    void check(const std::string& text, const std::string& where) const;

private:
    struct List;
    std::shared_ptr<List> m_list;
};

}  // namespace tessera
