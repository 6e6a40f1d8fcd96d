// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "text/tokenizer_folder.h"

namespace tessera::text {

/// The tokenizer that a tokenizer.json describes: https://huggingface.co/docs/tokenizers. `where` names the file in messages; the folder's other files tell the
/// length of the context, and special tokens that the file may lack. Throws Failure: Invalid for what is broken, Unsupported for parts that are not known here.
std::shared_ptr<const TextTokenizer> tokenizerOfJson(nlohmann::json file, const TokenizerFolder& folder, const std::string& where);

/// transformers' rules for CLIP without a tokenizer.json: the sections of one, whose "model" holds neither vocabulary nor merges.
nlohmann::json clipSections(int startId, int endId);

}  // namespace tessera::text
