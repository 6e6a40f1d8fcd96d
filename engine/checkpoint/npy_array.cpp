// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/npy_array.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "checkpoint/file_words.h"
#include "core/error.h"

namespace tessera {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kAlignment = 64, kMostDimensions = 64;
constexpr const char* kAction = "save it again with numpy.savez";

struct NamedType {
    std::string_view name;  ///< NumPy's descr without the byte order
    DType type;
};
constexpr std::array kTypes{NamedType{"b1", DType::Bool},
                            NamedType{"u1", DType::U8},
                            NamedType{"i1", DType::I8},
                            NamedType{"i2", DType::I16},
                            NamedType{"i4", DType::I32},
                            NamedType{"i8", DType::I64},
                            NamedType{"f2", DType::F16},
                            NamedType{"f4", DType::F32},
                            NamedType{"f8", DType::F64}};

/// Reads the Python dict literal before an array: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderReader {
public:
    HeaderReader(std::string_view text, const std::string& where) : m_text(text), m_where(where) {}

    struct Header {
        DType type = DType::F32;
        bool byteSwapped = false, fortranOrder = false;
        std::vector<std::int64_t> shape;
    };

    Header read() {
        std::array<int, 3> seen{};
        expect('{');
        while (!take('}')) {
            const std::string_view key = quoted();
            expect(':');
            if (key == "descr") ++seen[0], readType();
            else if (key == "fortran_order") ++seen[1], m_header.fortranOrder = truth();
            else if (key == "shape") ++seen[2], readShape();
            else refuse("its header has the unknown key " + shown(key));
            if (!take(',') && !m_text.starts_with('}')) refuse("its header is damaged");
        }
        if (seen != std::array{1, 1, 1}) refuse("its header does not have descr, fortran_order and shape once each");
        if (skip(); !m_text.empty()) refuse("its header is damaged");
        return std::move(m_header);
    }

private:
    [[noreturn]] void refuse(const std::string& what) const { throw Failure(ErrorCode::Invalid, what, m_where, kAction); }
    void skip() {
        while (m_text.starts_with(' ') || m_text.starts_with('\n')) m_text.remove_prefix(1);
    }
    bool take(char c) {
        skip();
        if (!m_text.starts_with(c)) return false;
        m_text.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!take(c)) refuse("its header is damaged");
    }
    std::string_view quoted() {
        expect('\'');
        const std::size_t end = m_text.find('\'');
        if (end == std::string_view::npos) refuse("its header is damaged");
        const std::string_view text = m_text.substr(0, end);
        m_text.remove_prefix(end + 1);
        return text;
    }
    bool truth() {
        skip();
        for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
            if (!m_text.starts_with(word)) continue;
            m_text.remove_prefix(word.size());
            return value;
        }
        refuse("its header is damaged");
    }
    void readType() {
        if (skip(); m_text.starts_with('[')) unsupported("a structure of fields");
        const std::string_view descr = quoted();
        if (descr.size() == 2 && descr.ends_with('O')) unsupported("Python objects");
        const auto* type = descr.size() == 3 ? std::ranges::find(kTypes, descr.substr(1), &NamedType::name) : kTypes.end();
        if (type == kTypes.end() || std::string_view("<>|=").find(descr.front()) == std::string_view::npos) unsupported("elements of type " + shown(descr));
        m_header.type = type->type;
        m_header.byteSwapped = descr.front() == '>' && byteSize(type->type) > 1;
    }
    [[noreturn]] void unsupported(const std::string& what) const {
        throw Failure(ErrorCode::Unsupported, "it holds " + what + ", which Tessera does not read", m_where, "save it as float32 or int64");
    }
    void readShape() {
        expect('(');
        while (!take(')')) {
            skip();
            std::int64_t side = 0;
            const auto [end, error] = std::from_chars(m_text.data(), m_text.data() + m_text.size(), side);
            if (error != std::errc() || side < 0 || m_header.shape.size() == kMostDimensions) refuse("its shape makes no sense");
            m_text.remove_prefix(static_cast<std::size_t>(end - m_text.data()));
            m_header.shape.push_back(side);
            if (!take(',') && !m_text.starts_with(')')) refuse("its shape makes no sense");
        }
    }

    std::string_view m_text;
    const std::string& m_where;
    Header m_header;
};

}  // namespace

StoredTensor parseNpy(const SharedBytes& file, const std::string& where) {
    const auto refuse = [&](const char* what) { throw Failure(ErrorCode::Invalid, what, where, kAction); };
    const std::string_view all(reinterpret_cast<const char*>(file.data()), file.size());
    if (!all.starts_with(kMagic) || all.size() < 10) refuse("it is not a NumPy array");
    const int version = static_cast<unsigned char>(all[6]);
    if (version < 1 || version > 3) refuse("it has an unknown version of NumPy's format");
    const std::size_t lengthBytes = version == 1 ? 2 : 4, start = 8 + lengthBytes;
    if (all.size() < start) refuse("it ends inside its header");
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < lengthBytes; ++i) length |= std::uint64_t(static_cast<unsigned char>(all[8 + i])) << (8 * i);
    if (length > all.size() - start) refuse("it ends inside its header");

    auto header = HeaderReader(all.substr(start, length), where).read();
    StoredTensor tensor{.type = header.type, .shape = std::move(header.shape), .strides = {}, .owner = {}, .data = nullptr, .byteSwapped = header.byteSwapped};
    const std::uint64_t needed = checkedProduct(static_cast<std::uint64_t>(tensor.elements()), byteSize(tensor.type), where);
    if (needed != all.size() - start - length) refuse("its size does not agree with its shape");
    if (header.fortranOrder && needed > 0) {
        std::int64_t stride = 1;
        for (const std::int64_t side : tensor.shape) tensor.strides.push_back(std::exchange(stride, stride * side));
    }
    tensor.owner = std::make_shared<const SharedBytes>(file);
    tensor.data = file.data() + start + length;
    return tensor;
}

std::string npyHeader(DType type, const std::vector<std::int64_t>& shape) {
    const auto* named = std::ranges::find(kTypes, type, &NamedType::type);
    TESSERA_ASSERT(named != kTypes.end());
    std::string sides;
    for (const std::int64_t side : shape) sides += (sides.empty() ? "" : ", ") + std::to_string(side);
    if (shape.size() == 1) sides += ",";
    std::string text = std::string("{'descr': '") + (byteSize(type) == 1 ? '|' : '<') + std::string(named->name) + "', 'fortran_order': False, 'shape': (" + sides + "), }";
    const std::size_t before = kMagic.size() + 4;
    text.append((kAlignment - (before + text.size() + 1) % kAlignment) % kAlignment, ' ');
    text += '\n';
    std::string header(kMagic);
    header += {'\1', '\0', static_cast<char>(text.size() & 0xffU), static_cast<char>(text.size() >> 8U)};
    return header + text;
}

}  // namespace tessera
