// SPDX-License-Identifier: Apache-2.0
#include "text/json_fields.h"

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "core/mapped_file.h"

namespace tessera::text {
namespace {

using nlohmann::json;

const json* fieldOf(const json& section, const char* name, const std::string& where) {
    if (!section.is_object()) throw Failure(ErrorCode::Invalid, "a section that should have \"" + std::string(name) + "\" is no object", where);
    const auto found = section.find(name);
    return found == section.end() || found->is_null() ? nullptr : &*found;
}

[[noreturn]] void refuse(const char* name, const char* kind, const std::string& where) {
    throw Failure(ErrorCode::Invalid, "\"" + std::string(name) + "\" is missing or not " + kind, where);
}

}  // namespace

std::string stringOf(const json& section, const char* name, const std::string& where) {
    const json* field = fieldOf(section, name, where);
    if (field == nullptr || !field->is_string()) refuse(name, "a text", where);
    return field->get<std::string>();
}

std::string stringOf(const json& section, const char* name, const std::string& where, std::string otherwise) {
    return fieldOf(section, name, where) == nullptr ? std::move(otherwise) : stringOf(section, name, where);
}

bool boolOf(const json& section, const char* name, const std::string& where, bool otherwise) {
    const json* field = fieldOf(section, name, where);
    if (field == nullptr) return otherwise;
    if (!field->is_boolean()) refuse(name, "true or false", where);
    return field->get<bool>();
}

std::int64_t wholeOf(const json& section, const char* name, const std::string& where, std::int64_t otherwise) {
    const json* field = fieldOf(section, name, where);
    if (field == nullptr) return otherwise;
    if (!field->is_number_integer()) refuse(name, "a whole number", where);
    return field->get<std::int64_t>();
}

const json& arrayOf(const json& section, const char* name, const std::string& where) {
    const json* field = fieldOf(section, name, where);
    if (field == nullptr || !field->is_array()) refuse(name, "a list", where);
    return *field;
}

std::string typeOf(const json& section, const std::string& where) { return stringOf(section, "type", where); }

std::string contentOf(const json& token) {
    if (token.is_string()) return token.get<std::string>();
    const auto content = token.is_object() ? token.find("content") : token.end();
    return token.is_object() && content != token.end() && content->is_string() ? content->get<std::string>() : std::string();
}

json readJson(const std::filesystem::path& path, std::uint64_t limit) {
    return readMapped(path, [&](const MappedFile& file) {
        if (file.bytes.size() > limit) {
            throw Failure(ErrorCode::Invalid, "a JSON file of " + std::to_string(file.bytes.size() >> 20) + " MiB is larger than any tokenizer's", path.string());
        }
        const auto* text = reinterpret_cast<const char*>(file.bytes.data());
        refuseForeign(file.bytes, path.string());
        json parsed = json::parse(text, text + file.bytes.size(), nullptr, false);
        if (parsed.is_discarded()) {
            std::string reason = "it cannot be parsed";
            try {
                parsed = json::parse(text, text + file.bytes.size());
            } catch (const json::exception& exception) {
                reason = exception.what();
            }
            throw Failure(ErrorCode::Invalid, "the file is no JSON: " + reason.substr(0, 200), path.string(), "download it again");
        }
        return parsed;
    });
}

}  // namespace tessera::text
