// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/npz.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>

#include "checkpoint/checkpoint.h"
#include "checkpoint/zip_archive.h"
#include "core/error.h"
#include "core/regular_file.h"

namespace tessera {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kAlignment = 64;

struct NamedType {
    std::string_view name;  ///< NumPy's descr without the byte order
    DType type;
};
constexpr std::array kTypes{NamedType{"b1", DType::Bool}, NamedType{"u1", DType::U8},  NamedType{"i1", DType::I8},  NamedType{"i2", DType::I16}, NamedType{"i4", DType::I32},
                            NamedType{"i8", DType::I64},  NamedType{"f2", DType::F16}, NamedType{"f4", DType::F32}, NamedType{"f8", DType::F64}};

/// The Python dict literal in front of an array: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
struct ArrayHeader {
    StoredTensor tensor;
    bool fortranOrder = false;
};

class HeaderReader {
public:
    HeaderReader(std::string_view text, std::string where) : m_text(text), m_where(std::move(where)) {}

    ArrayHeader read() {
        ArrayHeader header;
        bool hasType = false, hasShape = false;
        expect('{');
        while (!take('}')) {
            const std::string_view key = quoted();
            expect(':');
            if (key == "descr") hasType = readType(header);
            else if (key == "fortran_order") header.fortranOrder = truth();
            else if (key == "shape") hasShape = readShape(header);
            else refuse("its header has the unknown key " + std::string(key));
            take(',');
        }
        if (!hasType || !hasShape) refuse("its header lacks descr or shape");
        return header;
    }

private:
    [[noreturn]] void refuse(const std::string& what) const { throw Failure(ErrorCode::Invalid, what, m_where, "give an array that numpy.savez wrote"); }
    void skip() {
        while (!m_text.empty() && (m_text.front() == ' ' || m_text.front() == '\n')) m_text.remove_prefix(1);
    }
    bool take(char c) {
        skip();
        if (m_text.empty() || m_text.front() != c) return false;
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
    bool readType(ArrayHeader& header) {
        const std::string_view descr = quoted();
        const std::string_view name = descr.size() == 3 ? descr.substr(1) : std::string_view();
        const auto* type = std::ranges::find(kTypes, name, &NamedType::name);
        if (type == kTypes.end() || std::string_view("<>|=").find(descr.front()) == std::string_view::npos) {
            throw Failure(ErrorCode::Unsupported, "it has dtype " + std::string(descr) + ", which Tessera does not read", m_where, "save it as float32 or int64");
        }
        header.tensor.type = type->type;
        header.tensor.byteSwapped = descr.front() == '>' && byteSize(type->type) > 1;
        return true;
    }
    bool readShape(ArrayHeader& header) {
        expect('(');
        while (!take(')')) {
            skip();
            std::int64_t extent = 0;
            const auto [end, error] = std::from_chars(m_text.data(), m_text.data() + m_text.size(), extent);
            if (error != std::errc() || extent < 0) refuse("its shape makes no sense");
            m_text.remove_prefix(static_cast<std::size_t>(end - m_text.data()));
            take(',');
            header.tensor.shape.push_back(extent);
        }
        return true;
    }

    std::string_view m_text;
    std::string m_where;
};

HostTensor arrayFrom(const SharedBytes& bytes, const std::string& where) {
    const auto refuse = [&](const char* what) { throw Failure(ErrorCode::Invalid, what, where, "give an array that numpy.savez wrote"); };
    const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (all.size() < 10 || !all.starts_with(kMagic)) refuse("it is not a NumPy array");
    const int version = static_cast<unsigned char>(all[6]);
    if (version < 1 || version > 3) refuse("it has a version of the format that nobody writes");
    const std::size_t lengthBytes = version == 1 ? 2 : 4, start = 8 + lengthBytes;
    if (all.size() < start) refuse("it ends inside its header");
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < lengthBytes; ++i) length |= std::uint64_t(static_cast<unsigned char>(all[8 + i])) << (8 * i);
    if (length > all.size() - start) refuse("it ends inside its header");

    ArrayHeader header = HeaderReader(all.substr(start, length), where).read();
    StoredTensor& tensor = header.tensor;
    if (header.fortranOrder) {
        std::int64_t stride = 1;
        for (const std::int64_t extent : tensor.shape) {
            tensor.strides.push_back(stride);
            stride = static_cast<std::int64_t>(checkedProduct(static_cast<std::uint64_t>(stride), static_cast<std::uint64_t>(extent), where));
        }
    }
    const std::uint64_t needed = checkedProduct(static_cast<std::uint64_t>(tensor.elements()), byteSize(tensor.type), where);
    if (needed != all.size() - start - length) refuse("its size does not agree with its shape");
    tensor.owner = std::make_shared<const SharedBytes>(bytes);
    tensor.data = bytes.data() + start + length;
    return tensor.toHost();
}

/// bfloat16, which NumPy does not know, as the float32 of the same value.
HostTensor withoutBf16(const HostTensor& tensor) {
    if (tensor.type != DType::BF16) return tensor;
    const auto count = static_cast<std::size_t>(tensor.elements());
    std::vector<std::byte> wide(count * 4);
    for (std::size_t i = 0; i < count; ++i) std::memcpy(&wide[4 * i + 2], tensor.bytes.data() + 2 * i, 2);
    return {DType::F32, tensor.shape, SharedBytes(std::move(wide))};
}

std::string headerOf(const HostTensor& tensor) {
    const auto* type = std::ranges::find(kTypes, tensor.type, &NamedType::type);
    std::string text = std::string("{'descr': '") + (byteSize(tensor.type) == 1 ? "|" : "<") + std::string(type->name) + "', 'fortran_order': False, 'shape': (";
    for (const std::int64_t extent : tensor.shape) text += std::to_string(extent) + ", ";
    text += "), }";
    const std::size_t before = kMagic.size() + 4;
    text.append(kAlignment - (before + text.size() + 1) % kAlignment, ' ');
    text += '\n';
    std::string header(kMagic);
    header += {'\1', '\0', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
    return header + text;
}

/// Little-endian fields of a zip record.
class Record {
public:
    Record& u16(std::uint64_t value) { return put(value, 2); }
    Record& u32(std::uint64_t value) { return put(value, 4); }
    Record& u64(std::uint64_t value) { return put(value, 8); }
    Record& text(const std::string& value) {
        m_bytes += value;
        return *this;
    }
    const std::string& bytes() const { return m_bytes; }

private:
    Record& put(std::uint64_t value, int width) {
        for (int i = 0; i < width; ++i) m_bytes += static_cast<char>(value >> (8 * i) & 0xff);
        return *this;
    }
    std::string m_bytes;
};

constexpr std::uint64_t kIn64 = 0xffffffff;

/// Writes stored entries with 64-bit sizes, as numpy itself does.
class ZipWriter {
public:
    explicit ZipWriter(TemporaryFile& file) : m_file(file) {}

    void add(const std::string& name, const std::string& head, std::span<const std::byte> body) {
        const std::uint64_t size = head.size() + body.size();
        auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(head.data()), head.size());
        crc = crc32_z(crc, reinterpret_cast<const Bytef*>(body.data()), body.size());
        Record local;
        local.u32(0x04034b50).u16(45).u16(0).u16(0).u16(0).u16(kDay).u32(crc).u32(kIn64).u32(kIn64).u16(name.size()).u16(20).text(name);
        local.u16(1).u16(16).u64(size).u64(size);
        m_directory.u32(0x02014b50).u16(45).u16(45).u16(0).u16(0).u16(0).u16(kDay).u32(crc).u32(kIn64).u32(kIn64).u16(name.size()).u16(28);
        m_directory.u16(0).u16(0).u16(0).u32(0).u32(kIn64).text(name).u16(1).u16(24).u64(size).u64(size).u64(m_at);
        write(local.bytes());
        write(head);
        m_file.write(body);
        m_at += body.size();
        ++m_count;
    }
    void finish() {
        const std::uint64_t directory = m_at;
        write(m_directory.bytes());
        const std::uint64_t size = m_at - directory, end = m_at;
        Record last;
        last.u32(0x06064b50).u64(44).u16(45).u16(45).u32(0).u32(0).u64(m_count).u64(m_count).u64(size).u64(directory);
        last.u32(0x07064b50).u32(0).u64(end).u32(1);
        last.u32(0x06054b50).u16(0).u16(0).u16(std::min<std::uint64_t>(m_count, 0xffff)).u16(std::min<std::uint64_t>(m_count, 0xffff)).u32(kIn64).u32(kIn64).u16(0);
        write(last.bytes());
    }

private:
    static constexpr std::uint64_t kDay = 33;  // 1980-01-01: the same tensors give the same file

    void write(const std::string& bytes) {
        m_file.write(std::as_bytes(std::span(bytes)));
        m_at += bytes.size();
    }
    TemporaryFile& m_file;
    Record m_directory;
    std::uint64_t m_at = 0, m_count = 0;
};

}  // namespace

TensorMap readNpz(const std::filesystem::path& path) {
    const MappedFile file = mapFile(path);
    const ZipArchive archive(file.bytes, file.owner, path.string());
    TensorMap tensors;
    for (const auto& [name, entry] : archive.entries()) {
        if (!name.ends_with(".npy")) continue;
        const std::string key = name.substr(0, name.size() - 4);
        tensors.emplace(key, arrayFrom(archive.read(entry, entry.size), path.string() + ", array " + key));
    }
    if (tensors.empty()) throw Failure(ErrorCode::Invalid, "the archive holds no NumPy array", path.string(), "give an .npz file that numpy.savez wrote");
    return tensors;
}

void writeNpz(const std::filesystem::path& path, const TensorMap& tensors) {
    TemporaryFile file(path);
    ZipWriter zip(file);
    for (const auto& [name, given] : tensors) {
        const HostTensor tensor = withoutBf16(given);
        zip.add(name + ".npy", headerOf(tensor), tensor.bytes.span());
    }
    zip.finish();
    file.sync();
    file.rename();
}

}  // namespace tessera
