// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>
#include <tessera/text_ids.h>

#include "command.h"

namespace tessera::cli {
namespace {

struct Options {
    std::string tokenizer, rules, file;
    std::vector<std::string> texts;
};

/// ["...", ...], or an object with such a list under "strings".
std::vector<std::string> textsOf(const std::string& path) {
    const auto refuse = [&](ErrorCode code, const char* message) { throw CommandError{Error{code, message, path, "give a JSON list of texts"}}; };
    std::ifstream file(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (file.bad() || !file.is_open()) refuse(ErrorCode::NotFound, "the file cannot be read");
    nlohmann::json json = nlohmann::json::parse(bytes, nullptr, false);
    if (json.is_object() && json.contains("strings")) json = nlohmann::json(json["strings"]);
    if (!json.is_array()) refuse(ErrorCode::Invalid, "the file holds no list of texts");
    std::vector<std::string> texts;
    for (const auto& text : json) {
        if (!text.is_string()) refuse(ErrorCode::Invalid, "the list holds something else than texts");
        texts.push_back(text.get<std::string>());
    }
    return texts;
}

void run(Context& context, const Options& options) {
    const std::vector<std::string> texts = options.file.empty() ? options.texts : textsOf(options.file);
    const auto lists = valueOrThrow(textIds(options.tokenizer, options.rules, texts));
    if (context.json) {
        std::printf("%s\n", nlohmann::json(lists).dump().c_str());
        return;
    }
    for (const std::vector<int>& ids : lists) {
        for (std::size_t i = 0; i < ids.size(); ++i) std::printf("%s%d", i == 0 ? "" : " ", ids[i]);
        std::printf("\n");
    }
}

}  // namespace

void addTextIds(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("text-ids", "Texts as the ids that a checkpoint's own text tokenizer gives them");
    command->add_option("--tokenizer", options->tokenizer, "A checkpoint's folder, or tokenizer.json, vocab.json, vocab.txt, tokenizer.model, ...")->required();
    command->add_option("--rules", options->rules, "Whose behaviour is meant; without it, that of the files' own library")
        ->check(CLI::IsMember({"open_clip", "hf", "hf_lowercased", "hf_prepend", "hf_metaspace_first", "hf_slow_llama", "wordpiece", "siglip", "sentencepiece_raw"}));
    CLI::Option* texts = command->add_option("texts", options->texts, "The texts");
    CLI::Option* file = command->add_option("--file", options->file, "Texts from a JSON file: a list, or an object with the list \"strings\"")->excludes(texts);
    command->callback([options, texts, file, &context] {
        if (texts->count() == 0 && file->count() == 0) throw CLI::RequiredError("a text or --file");
        run(context, *options);
    });
}

}  // namespace tessera::cli
