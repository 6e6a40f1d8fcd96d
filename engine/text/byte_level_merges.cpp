// SPDX-License-Identifier: Apache-2.0
// GPT-2's byte-level pairs in vocab.json and merges.txt, as transformers reads them.
#include "core/error.h"
#include "text/json_fields.h"
#include "text/merge_files.h"
#include "text/tokenizer_folder.h"
#include "text/tokenizer_json.h"

namespace tessera::text {
namespace {

using nlohmann::json;

bool recognise(const TokenizerFolder& folder) {
    return folder.wants({"hf", "hf_lowercased"}) && (folder.find("vocab.json") || folder.find("merges.txt")) && folder.beside("vocab.json") && folder.beside("merges.txt");
}

std::shared_ptr<const TextTokenizer> open(const TokenizerFolder& folder) {
    const auto prefix = folder.config.find("add_prefix_space");
    const bool prefixSpace = prefix != folder.config.end() && prefix->is_boolean() && prefix->get<bool>();
    json file = {{"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", prefixSpace}}}, {"decoder", {{"type", "ByteLevel"}}}};
    const auto path = *folder.beside("vocab.json");
    file["model"] = {{"type", "BPE"}, {"vocab", readJson(path, kLargestJson)}, {"merges", mergesOf(*folder.beside("merges.txt"))}};
    const json& vocabulary = file["model"]["vocab"];
    file["added_tokens"] = json::array();
    for (const char* name : {"bos_token", "eos_token", "unk_token", "pad_token"}) {
        const std::string token = folder.specialToken(name);
        if (!token.empty() && vocabulary.is_object() && vocabulary.contains(token)) {
            file["added_tokens"].push_back({{"id", vocabulary[token]}, {"content", token}, {"special", true}, {"normalized", false}});
        }
    }
    return tokenizerOfJson(std::move(file), folder, path.string());
}

}  // namespace

const TokenizerKind kByteLevelMerges = {"byte-level vocabulary", recognise, open};

}  // namespace tessera::text
