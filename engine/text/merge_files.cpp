// SPDX-License-Identifier: Apache-2.0
#include "text/merge_files.h"

#include <zlib.h>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "core/mapped_file.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

constexpr std::size_t kLargest = std::size_t(64) << 20;

std::string unpacked(std::span<const std::byte> bytes, const std::string& where) {
    z_stream stream{};
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) throw std::bad_alloc();
    const struct Ender {
        z_stream* stream;
        ~Ender() { inflateEnd(stream); }
    } ender{&stream};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    std::string text;
    int state = Z_OK;
    while (state == Z_OK) {
        const std::size_t before = text.size();
        if (before > kLargest) throw Failure(ErrorCode::Invalid, "the archive holds more than " + std::to_string(kLargest >> 20) + " MiB", where);
        text.resize(before + (1 << 18));
        stream.next_out = reinterpret_cast<Bytef*>(text.data() + before);
        stream.avail_out = 1 << 18;
        state = inflate(&stream, Z_NO_FLUSH);
        text.resize(text.size() - stream.avail_out);
    }
    if (state != Z_STREAM_END) throw Failure(ErrorCode::Invalid, "the gzip archive is broken or not complete", where, "download it again");
    return text;
}

}  // namespace

std::vector<std::string> textLines(const std::filesystem::path& path) {
    const std::string text = readMapped(path, [&](const MappedFile& file) {
        if (file.bytes.size() > kLargest) throw Failure(ErrorCode::Invalid, "the file is larger than any vocabulary", path.string());
        if (startsWith(file.bytes, "\x1f\x8b")) return unpacked(file.bytes, path.string());
        refuseForeign(file.bytes, path.string());
        return std::string(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
    });
    checkUtf8(text, path.string());
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) lines.push_back(text.substr(begin, end - begin));
    lines.push_back(text.substr(begin));
    return lines;
}

std::vector<std::string> mergesOf(const std::filesystem::path& path) {
    std::vector<std::string> merges;
    for (std::string& line : textLines(path)) {
        if (line.ends_with('\r')) line.pop_back();
        if (!line.empty() && !(merges.empty() && line.starts_with("#version"))) merges.push_back(std::move(line));
    }
    return merges;
}

}  // namespace tessera::text
