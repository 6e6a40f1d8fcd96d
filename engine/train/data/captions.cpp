// SPDX-License-Identifier: Apache-2.0
#include "train/data/captions.h"

#include <iterator>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "image/image_file.h"
#include "text/unicode_text.h"

namespace tessera::train {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kWhite = " \t\r\n\f\v";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kWhite);
    return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(kWhite) - first + 1);
}

std::string_view withoutMark(std::string_view text) {
    return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

/// Calls visit(line, number from 1).
template <typename Visit>
void forEachLine(std::string_view text, const Visit& visit) {
    text = withoutMark(text);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        if (const std::string_view line = trimmed(text.substr(0, end)); !line.empty()) visit(line, number);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
}

Json parsedObject(std::string_view text, const std::string& where) {
    Json object = Json::parse(text, nullptr, false);
    if (!object.is_object()) throw Failure(ErrorCode::Invalid, "this is not a JSON object", where, "write {\"texts\": [\"...\"]}");
    return object;
}

ExampleTexts textsOf(const Json& object, const std::string& where) {
    ExampleTexts result;
    const auto add = [&](const char* key, const Json& value) {
        if (!value.is_string()) throw Failure(ErrorCode::Invalid, std::string("\"") + key + "\" is neither a text nor a list of texts", where, "write {\"texts\": [\"...\"]}");
        if (const std::string_view text = trimmed(value.get_ref<const std::string&>()); !text.empty()) result.texts.emplace_back(text);
    };
    for (const char* key : {"texts", "text", "caption"}) {
        const auto found = object.find(key);
        if (found == object.end() || found->is_null()) continue;
        if (!found->is_array()) add(key, *found);
        else
            for (const Json& value : *found) add(key, value);
    }
    const auto named = object.find("named");
    result.named = named == object.end() || *named != false;
    return result;
}

}  // namespace

std::vector<std::string> textsOfLines(std::string_view lines, const std::string& where) {
    text::checkUtf8(lines, where);
    std::vector<std::string> texts;
    forEachLine(lines, [&](std::string_view line, std::size_t) { texts.emplace_back(line); });
    return texts;
}

ExampleTexts textsOfJson(std::string_view json, const std::string& where) {
    return textsOf(parsedObject(withoutMark(json), where), where);
}

void addTexts(ExampleTexts& texts, ExampleTexts more) {
    texts.texts.insert(texts.texts.end(), std::make_move_iterator(more.texts.begin()), std::make_move_iterator(more.texts.end()));
    texts.named = texts.named && more.named;
}

std::map<std::string, ExampleTexts> readCaptions(const std::filesystem::path& path) {
    const SharedBytes bytes = readFile(path);
    std::map<std::string, ExampleTexts> captions;
    forEachLine({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, [&](std::string_view line, std::size_t number) {
        const std::string where = path.string() + ", line " + std::to_string(number);
        const Json object = parsedObject(line, where);
        const auto file = object.find("file");
        if (file == object.end() || !file->is_string())
            throw Failure(ErrorCode::Invalid, "the line does not name its picture", where, "write {\"file\": \"a.jpg\", \"texts\": [\"...\"]}");
        addTexts(captions[std::filesystem::path(file->get_ref<const std::string&>()).lexically_normal().generic_string()], textsOf(object, where));
    });
    return captions;
}

}  // namespace tessera::train
