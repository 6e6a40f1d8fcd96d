// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>

#include <tessera/model_reference.h>

#include "workspace/cell_recipe.h"
#include "workspace/utf8.h"

namespace tessera::ui {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestStem = 160;  ///< bytes; file systems take names of 255

bool harmless(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("_./:=,@%+-").find(c) != std::string_view::npos;
}

/// The same wherever the command is run, and never taken for an option.
std::string absolutePath(const std::string& path) {
    std::error_code error;
    const fs::path absolute = fs::absolute(path, error);
    return error ? path : absolute.string();
}

bool same(const ModelRequest& a, const ModelRequest& b) {
    return a.reference == b.reference && a.precision == b.precision && a.int8Weights == b.int8Weights;
}

std::string lensWord(const CellRecipe& cell) {
    std::string text = cell.lens;
    char before = ':';
    for (const auto& [name, value] : cell.parameters) {
        text += before + name + '=';
        for (const char letter : toText(value)) text += letter == ',' ? std::string(2, letter) : std::string(1, letter);
        before = ',';
    }
    return text;
}

}  // namespace

std::string shellWord(std::string_view text) {
    if (!text.empty() && std::ranges::all_of(text, harmless)) return std::string(text);
    std::string word;
    bool quoted = false;
    const auto quote = [&](bool wanted) {
        if (quoted != wanted) word += '\'';
        quoted = wanted;
    };
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8Length(text.substr(i));
        const auto byte = static_cast<unsigned char>(text[i]);
        // Bytes that are no text do not survive a clipboard, and a terminal acts on control characters. A line break is safe in quotes, and $(...) would swallow it.
        if (length == 0 || (byte < 0x20 && byte != '\n') || byte == 0x7f) {
            quote(false);
            char octal[24];
            std::snprintf(octal, sizeof octal, "\"$(printf '\\%03o')\"", byte);
            word += octal;
            ++i;
        } else if (byte == '\'') {
            quote(false);
            word += "\\'";
            ++i;
        } else {
            quote(true);
            word += text.substr(i, length);
            i += length;
        }
    }
    quote(false);
    return word.empty() ? "''" : word;
}

std::string outputName(const CellRecipe& cell) {
    std::string stem = fs::path(cell.path).stem().string();
    if (stem.size() > kLongestStem) {
        std::size_t end = 0;
        while (end < kLongestStem) end += std::max<std::size_t>(1, utf8Length(std::string_view(stem).substr(end)));
        stem.resize(end);
    }
    if (cell.frame > 0) stem += '-' + std::to_string(cell.frame + 1);
    return stem + '-' + cell.lens + ".png";
}

std::optional<Error> commandRefusal(const CellRecipe& cell) {
    const auto refusal = [](std::string message, std::string action) { return Error{ErrorCode::Unsupported, std::move(message), {}, std::move(action)}; };
    if (cell.path.empty()) return refusal("a pasted picture has no file that the command could read", "save it and drop the file");
    for (const CellRecipe::Other& other : cell.others) {
        if (!other.own && other.path.empty()) return refusal("the cell draws from a pasted picture, which has no file that the command could read", "save it and drop the file");
        if (!same(other.model, cell.others.front().model)) return refusal("the cell draws from several other models, and a command names one", {});
        if (!other.own && other.frame > 0) return refusal("the cell draws from a later frame of another clip, and a command takes its first", "wind the clips back to their first frame");
        if (other.edited) return refusal("the cell draws from another one whose tokens are edited", "export those tokens and drop the file: it is a row of its own");
    }
    return std::nullopt;
}

bool needsTokenFile(const CellRecipe& cell) {
    return cell.edited && cell.tokens.empty();
}

std::string commandFor(const CellRecipe& cell) {
    if (commandRefusal(cell) || needsTokenFile(cell)) return {};
    std::string command = "tessera";
    const auto add = [&](std::string_view option, const std::string& value) { command += ' ' + std::string(option) + ' ' + shellWord(value); };
    if (cell.device != "auto") add("--device", cell.device);
    if (cell.threads > 0) add("--threads", std::to_string(cell.threads));
    command += " render " + shellWord(absolutePath(cell.path));
    if (!cell.model.reference.empty()) add("--model", toText(cell.model));
    add("--lens", lensWord(cell));
    if (cell.frame > 0) add("--frame", std::to_string(cell.frame + 1));
    const bool ownUnderAnotherModel = cell.others.size() == 1 && cell.others[0].own;
    if (!ownUnderAnotherModel) {
        for (const CellRecipe::Other& other : cell.others) add("--with", absolutePath(other.own ? cell.path : other.path));
    }
    if (ownUnderAnotherModel || (!cell.others.empty() && !same(cell.others[0].model, cell.model))) add("--with-model", toText(cell.others[0].model));
    if (cell.edited) add("--tokens", absolutePath(cell.tokens));
    const std::string name = outputName(cell);
    add("--out", name.front() == '-' ? "./" + name : name);
    return command;
}

}  // namespace tessera::ui
