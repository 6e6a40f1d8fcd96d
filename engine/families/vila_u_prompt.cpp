// SPDX-License-Identifier: Apache-2.0
#include "families/vila_u_prompt.h"

#include <algorithm>

#include "core/error.h"
#include "text/unicode_text.h"

namespace tessera {
namespace {

constexpr std::string_view kPictureWord = "<image>";
constexpr const char *kPictureStart = "<im_start>", *kClipStart = "<vi_start>";
// The model was trained on these words.
constexpr const char* kSystem = "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions. ";

std::string conversation(std::string_view message) {
    const std::string_view said = text::stripped(message);
    // An empty message takes its separators with it.
    return kSystem + (said.empty() ? std::string("USER:") : "USER: " + std::string(said) + " ") + "ASSISTANT:";
}

}  // namespace

void VilaUPrompt::check() const {
    const auto refuse = [&](const std::string& what) { throw Failure(ErrorCode::Mismatch, what, m_where, "check that the tokenizer's files belong to this model"); };
    if (const int count = m_words.idCount(); count > m_vocabulary) {
        refuse("the tokenizer has " + std::to_string(count) + " ids, and the language model knows " + std::to_string(m_vocabulary));
    }
    for (const char* token : {kPictureStart, "<im_end>", kClipStart, "<vi_end>"}) {
        if (!m_words.idOf(token)) refuse(std::string("the tokenizer knows no ") + token);
    }
}

std::vector<std::int64_t> VilaUPrompt::ids(const std::string& conversation) const {
    check();
    std::vector<std::int64_t> ids = m_words.prompt({});
    // What stands between pictures is cut on its own.
    std::string_view left = conversation;
    while (true) {
        const std::size_t end = std::min(left.find(kPictureWord), left.size());
        const std::vector<std::int64_t> part = m_words.pieces(std::string(left.substr(0, end)));
        ids.insert(ids.end(), part.begin(), part.end());
        if (end == left.size()) return ids;
        ids.push_back(kPicture);
        left.remove_prefix(end + kPictureWord.size());
    }
}

std::vector<std::int64_t> VilaUPrompt::question(const std::string& text, int pictures) const {
    text::checkUtf8(text, "describe");
    if (text.find(kPictureWord) != std::string::npos) throw Failure(ErrorCode::Invalid, "the question holds <image>, which stands for the picture itself", "describe", "leave it out");
    std::string message;
    for (int i = 0; i < pictures; ++i) message.append(kPictureWord).append("\n");
    const std::string caption = pictures == 1 ? "Describe the image." : "Describe the images.";
    return ids(conversation(message + (text::stripped(text).empty() ? caption : text)));
}

std::vector<std::int64_t> VilaUPrompt::drawing(const std::string& text, bool clip) const {
    text::checkUtf8(text, "generate");
    if (text.find(kPictureWord) != std::string::npos) throw Failure(ErrorCode::Invalid, "the prompt holds <image>, which stands for a picture", "generate", "leave it out");
    const auto ids = this->ids(conversation(text) + " " + (clip ? kClipStart : kPictureStart));
    if (const auto unknown = m_words.unknown(); unknown && std::ranges::find(ids, *unknown) != ids.end()) {
        throw Failure(ErrorCode::Invalid, "the prompt has letters that this model's vocabulary has nothing for", "generate", "write it otherwise");
    }
    return ids;
}

}  // namespace tessera
