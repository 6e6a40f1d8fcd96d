// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/safetensors_header.h"

#include <array>
#include <limits>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "checkpoint/file_words.h"
#include "core/error.h"

namespace tessera {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<std::string_view, DType>, 10> kTypes{{{"BOOL", DType::Bool},
                                                                     {"U8", DType::U8},
                                                                     {"I8", DType::I8},
                                                                     {"I16", DType::I16},
                                                                     {"I32", DType::I32},
                                                                     {"I64", DType::I64},
                                                                     {"F16", DType::F16},
                                                                     {"BF16", DType::BF16},
                                                                     {"F32", DType::F32},
                                                                     {"F64", DType::F64}}};
constexpr std::size_t kMostDimensions = 64;

/// Walks the header once. Every call of the parser is either expected in the present state or refused, so nothing nests deeper than the format.
class HeaderReader final : public nlohmann::json_sax<Json> {
public:
    explicit HeaderReader(std::string file) : m_file(std::move(file)) {}

    SafetensorsHeader take() { return std::move(m_header); }

    bool start_object(std::size_t) override {
        switch (m_state) {
            case State::Begin: m_state = State::Names; return true;
            case State::Tensor:
                m_entry = {};
                m_seen = {};
                m_state = State::Fields;
                return true;
            case State::MetadataObject: m_state = State::Metadata; return true;
            default: unexpected("an object");
        }
    }

    bool key(string_t& key) override {
        if (m_state == State::Names) {
            m_name = std::move(key);
            if (m_name == "__metadata__" ? std::exchange(m_hasMetadata, true) : m_header.tensors.contains(m_name))
                refuse(shown(m_name) + " occurs twice in its header");
            m_state = m_name == "__metadata__" ? State::MetadataObject : State::Tensor;
            return true;
        }
        if (m_state == State::Metadata) {
            m_word = std::move(key);
            if (m_header.metadata.contains(m_word)) refuse("metadata " + shown(m_word) + " occurs twice in its header");
            m_state = State::MetadataWord;
            return true;
        }
        if (m_state != State::Fields) unexpected("a key");
        const auto field = key == "dtype" ? Field::Type : key == "shape" ? Field::Shape : key == "data_offsets" ? Field::Offsets : Field::Count;
        if (field == Field::Count) refuse("tensor " + shown(m_name) + " has an unknown entry " + shown(key));
        if (std::exchange(m_seen[static_cast<std::size_t>(field)], true)) refuse("tensor " + shown(m_name) + " has two entries " + shown(key));
        m_state = field == Field::Type ? State::Type : field == Field::Shape ? State::ShapeList : State::OffsetList;
        return true;
    }

    bool string(string_t& text) override {
        if (m_state == State::MetadataWord) {
            m_header.metadata.emplace(std::move(m_word), std::move(text));
            m_state = State::Metadata;
            return true;
        }
        if (m_state != State::Type) unexpected("a text");
        for (const auto& [name, type] : kTypes) {
            if (name != text) continue;
            m_entry.type = type;
            m_state = State::Fields;
            return true;
        }
        throw Failure(ErrorCode::Unsupported, "tensor " + shown(m_name) + " has type " + shown(text) + ", which Tessera does not read", m_file,
                      "open the model in 16-bit or 32-bit floating point");
    }

    bool start_array(std::size_t) override {
        if (m_state != State::ShapeList && m_state != State::OffsetList) unexpected("a list");
        m_state = m_state == State::ShapeList ? State::Shape : State::Offsets;
        m_offsets = 0;
        return true;
    }

    bool number_unsigned(number_unsigned_t number) override {
        if (m_state == State::Shape) {
            if (m_entry.shape.size() == kMostDimensions) refuse("tensor " + shown(m_name) + " has more than 64 dimensions");
            if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) unexpected("a number beyond 63 bits");
            m_entry.shape.push_back(static_cast<std::int64_t>(number));
            return true;
        }
        if (m_state != State::Offsets) unexpected("a number");
        if (m_offsets == 2) refuse("tensor " + shown(m_name) + " has more than two data_offsets");
        (m_offsets++ == 0 ? m_entry.begin : m_entry.end) = number;
        return true;
    }

    bool end_array() override {
        if (m_state == State::Offsets && m_offsets != 2) refuse("tensor " + shown(m_name) + " has fewer than two data_offsets");
        m_state = State::Fields;
        return true;
    }

    bool end_object() override {
        if (m_state == State::Fields) {
            for (const bool seen : m_seen)
                if (!seen) refuse("tensor " + shown(m_name) + " lacks its dtype, shape or data_offsets");
            m_header.tensors.emplace(std::move(m_name), std::move(m_entry));
        }
        m_state = m_state == State::Names ? State::End : State::Names;
        return true;
    }

    bool number_integer(number_integer_t) override { unexpected("a negative number"); }
    bool number_float(number_float_t, const string_t&) override { unexpected("a number that is not whole or beyond 64 bits"); }
    bool boolean(bool) override { unexpected("true or false"); }
    bool null() override { unexpected("null"); }
    bool binary(binary_t&) override { unexpected("binary data"); }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
        refuse("its header is not JSON at byte " + std::to_string(position));
    }

private:
    enum class State { Begin, Names, Tensor, Fields, Type, ShapeList, Shape, OffsetList, Offsets, MetadataObject, Metadata, MetadataWord, End };
    enum class Field { Type, Shape, Offsets, Count };

    [[noreturn]] void refuse(std::string message) const {
        throw Failure(ErrorCode::Invalid, std::move(message), m_file, "the file is damaged: download or save it again");
    }
    [[noreturn]] void unexpected(const std::string& what) const {
        refuse("its header has " + what + (m_name.empty() ? std::string(" where it should not") : " in or after " + shown(m_name)));
    }

    std::string m_file;
    SafetensorsHeader m_header;
    State m_state = State::Begin;
    std::string m_name, m_word;
    SafetensorsHeader::Entry m_entry;
    std::array<bool, 3> m_seen{};
    int m_offsets = 0;
    bool m_hasMetadata = false;
};

}  // namespace

SafetensorsHeader parseSafetensorsHeader(std::string_view json, const std::string& file) {
    HeaderReader reader(file);
    Json::sax_parse(json.begin(), json.end(), &reader);
    return reader.take();
}

std::string_view safetensorsName(DType type) {
    for (const auto& [name, held] : kTypes)
        if (held == type) return name;
    TESSERA_ASSERT(!"a known DType");
    return {};
}

}  // namespace tessera
