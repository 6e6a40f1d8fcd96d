// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "text/byte_symbols.h"
#include "text/json_fields.h"
#include "text/text_steps.h"
#include "text/time_limit.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

using nlohmann::json;
using Pieces = std::vector<std::string>;

constexpr int kDeepest = 8;
constexpr std::size_t kMostSteps = 64;

std::string joined(const Pieces& pieces) {
    std::string all;
    for (const std::string& piece : pieces) all += piece;
    return all;
}

/// "<0x41>": 0x41; anything else: -1.
int byteOf(std::string_view piece) {
    if (piece.size() != 6 || !piece.starts_with("<0x") || piece.back() != '>') return -1;
    int byte = 0;
    for (const char c : piece.substr(3, 2)) {
        const bool digit = c >= '0' && c <= '9', letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'f';
        if (!digit && !letter) return -1;
        byte = byte * 16 + (digit ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return byte;
}

Decoder stripDecoder(std::string content, std::size_t start, std::size_t stop) {
    return [=](Pieces pieces) {
        for (std::string& piece : pieces) {
            for (std::size_t i = 0; i < start && piece.starts_with(content); ++i) piece.erase(0, content.size());
            for (std::size_t i = 0; i < stop && piece.ends_with(content); ++i) piece.resize(piece.size() - content.size());
        }
        return pieces;
    };
}

Decoder metaspaceDecoder(const json& section, const std::string& where) {
    const std::string replacement = stringOf(section, "replacement", where, "\u2581");
    const std::string scheme = stringOf(section, "prepend_scheme", where, boolOf(section, "add_prefix_space", where, true) ? "always" : "never");
    return [=](Pieces pieces) {
        for (std::size_t i = 0; i < pieces.size(); ++i) pieces[i] = replaced(pieces[i], replacement, i == 0 && scheme != "never" ? "" : " ");
        return pieces;
    };
}

Decoder bpeDecoder(std::string suffix) {
    return [=](Pieces pieces) {
        for (std::size_t i = 0; i < pieces.size(); ++i) pieces[i] = replaced(pieces[i], suffix, i + 1 == pieces.size() ? "" : " ");
        return pieces;
    };
}

/// transformers' clean_up_tokenization: no spaces before marks and contractions.
std::string cleanedUp(std::string text) {
    constexpr std::array<std::array<std::string_view, 2>, 11> kRules = {{{" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"}, {" n't", "n't"}, {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}}};
    for (const auto& [from, to] : kRules) text = replaced(text, from, to);
    return text;
}

Decoder made(const json& section, const std::string& where, int depth) {
    if (depth > kDeepest) throw Failure(ErrorCode::Invalid, "its steps lie in each other more than " + std::to_string(kDeepest) + " deep", where);
    const std::string type = typeOf(section, where);
    if (type == "Sequence") {
        const json& sections = arrayOf(section, "decoders", where);
        if (sections.size() > kMostSteps) throw Failure(ErrorCode::Invalid, "it has " + std::to_string(sections.size()) + " steps in one section", where);
        std::vector<Decoder> steps;
        for (const json& one : sections) steps.push_back(made(one, where, depth + 1));
        return [steps](Pieces pieces) {
            for (const Decoder& step : steps) {
                TimeLimit::check();
                pieces = step(std::move(pieces));
            }
            return pieces;
        };
    }
    if (type == "ByteLevel") return byteLevelDecoder();
    if (type == "WordPiece") return wordPieceDecoder(stringOf(section, "prefix", where, "##"), boolOf(section, "cleanup", where, true));
    if (type == "ByteFallback") return byteFallbackDecoder();
    if (type == "Fuse") return [](Pieces pieces) { return Pieces{joined(pieces)}; };
    if (type == "Metaspace") return metaspaceDecoder(section, where);
    if (type == "BPEDecoder") return bpeDecoder(stringOf(section, "suffix", where, "</w>"));
    if (type == "Replace") {
        const auto pattern = section.find("pattern");
        if (pattern == section.end() || !pattern->contains("String")) throw Failure(ErrorCode::Unsupported, "a decoder replaces by a pattern", where);
        return replaceDecoder(stringOf(*pattern, "String", where), stringOf(section, "content", where));
    }
    if (type == "Strip") {
        const auto bounded = [&](const char* name) { return static_cast<std::size_t>(std::clamp<std::int64_t>(wholeOf(section, name, where, 0), 0, 1024)); };
        const std::string content = stringOf(section, "content", where);
        if (content.empty()) throw Failure(ErrorCode::Invalid, "a Strip step has no content", where);
        return stripDecoder(content, bounded("start"), bounded("stop"));
    }
    throw Failure(ErrorCode::Unsupported, "the decoder " + shown(type) + " is not known here", where, "use a folder that holds the tokenizer in another form too");
}

}  // namespace

Decoder byteLevelDecoder() {
    return [](Pieces pieces) {
        std::string bytes;
        for (const std::string& piece : pieces) bytes += bytesFromSymbols(piece);
        return Pieces{lossyUtf8(bytes)};
    };
}

Decoder wordPieceDecoder(std::string prefix, bool cleanUp) {
    return [=](Pieces pieces) {
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            if (i > 0 && pieces[i].starts_with(prefix)) pieces[i].erase(0, prefix.size());
            else if (i > 0) pieces[i].insert(0, 1, ' ');
            if (cleanUp) pieces[i] = cleanedUp(std::move(pieces[i]));
        }
        return pieces;
    };
}

Decoder byteFallbackDecoder() {
    return [](Pieces pieces) {
        Pieces result;
        std::string bytes;
        const auto flush = [&] {
            if (bytes.empty()) return;
            if (validUtf8Bytes(bytes) == bytes.size()) {
                result.push_back(bytes);
            } else {
                for (std::size_t i = 0; i < bytes.size(); ++i) result.push_back("\uFFFD");
            }
            bytes.clear();
        };
        for (std::string& piece : pieces) {
            if (const int byte = byteOf(piece); byte >= 0) {
                bytes += static_cast<char>(byte);
            } else {
                flush();
                result.push_back(std::move(piece));
            }
        }
        flush();
        return result;
    };
}

Decoder replaceDecoder(std::string from, std::string to) {
    return [=](Pieces pieces) {
        for (std::string& piece : pieces) piece = replaced(piece, from, to);
        return pieces;
    };
}

Decoder decoderOf(const json& section, const std::string& where) {
    if (!section.is_null()) return made(section, where, 0);
    return [](Pieces pieces) {
        for (std::size_t i = 1; i < pieces.size(); ++i) pieces[i].insert(0, 1, ' ');
        return pieces;
    };
}

}  // namespace tessera::text
