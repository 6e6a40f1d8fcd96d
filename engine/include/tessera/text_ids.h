// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <tessera/result.h>

namespace tessera {

/// Ids of texts by a checkpoint's own text tokenizer, one list a text, as long as the text makes it: neither padded nor, for most rules, cut.
///
/// `tokenizer` is a checkpoint's folder or one of its tokenizer's files: tokenizer.json, vocab.json beside merges.txt, vocab.txt, tokenizer.model, spiece.model,
/// bpe_simple_vocab_16e6.txt.gz. `rules` says whose behaviour is meant: open_clip, hf, hf_lowercased, hf_prepend, hf_metaspace_first, hf_slow_llama, wordpiece, siglip or
/// sentencepiece_raw; empty picks what the files' own library does. Texts are UTF-8. Errors name the file and what is wrong with it. Any thread; needs no engine.
Result<std::vector<std::vector<int>>> textIds(const std::string& tokenizer, const std::string& rules, const std::vector<std::string>& texts);

}  // namespace tessera
