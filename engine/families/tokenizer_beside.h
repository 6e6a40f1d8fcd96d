// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "families/known_words.h"
#include "families/model_family.h"

namespace tessera {

/// The folder of the tokenizer whose codes or latents a generator draws: what its config.json names as "tokenizer", from the folder in which it lies (".."). Nothing where it names none.
/// Throws Failure for what is no such name.
std::optional<std::filesystem::path> tokenizerBeside(const Checkpoint& checkpoint);

/// A tokenizer that another model draws for.
struct BesideTokenizer {
    std::filesystem::path folder;
    std::unique_ptr<Model> model;
    KnownWords known;  ///< of its words.txt

    /// A prompt's vector by its text tower [1,E], of unit length, for a model that reads `width` numbers. Throws Failure for unknown words, and where E is another number; `where` is that model.
    at::Tensor words(const std::string& prompt, int width, const std::string& where, DeviceLane& lane) const;
};
/// Opens it. Throws Failure that names the folder, also for what is a generator with a tokenizer itself.
std::optional<BesideTokenizer> openTokenizerBeside(const Checkpoint& checkpoint);

}  // namespace tessera
