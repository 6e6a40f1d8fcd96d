// SPDX-License-Identifier: Apache-2.0
#include "engine/checkpoint/archive_builder.h"

#include <sys/resource.h>
#include <zlib.h>

#include <cstring>
#include <fstream>
#include <numeric>
#include <stdexcept>

#include "core/error.h"

namespace tessera::test {
namespace {

std::string deflate(const std::string& content) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("deflateInit2");
    std::string packed(deflateBound(&stream, content.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    if (::deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("deflate");
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

}  // namespace

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string all;
    for (const std::string_view part : parts) all.append(part);
    return all;
}

Bytes bytesOf(std::string_view text) {
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}

Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

std::string little(std::uint64_t value, int width) {
    std::string text;
    for (; width > 0; --width, value >>= 8U) text += static_cast<char>(value & 0xffU);
    return text;
}

Bytes safetensorsOf(const std::string& json, std::size_t dataSize) {
    Bytes bytes = bytesOf(little(json.size(), 8) + json);
    for (std::size_t i = 0; i < dataSize; ++i) bytes.push_back(static_cast<std::byte>(i));
    return bytes;
}

Bytes zipOf(const std::vector<ZipPart>& parts, const std::string& comment, bool wideEnd) {
    std::string file, directory;
    for (const ZipPart& part : parts) {
        const std::string packed = part.deflated ? deflate(part.content) : part.content;
        const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(part.content.data()), part.content.size());
        const std::uint64_t at = file.size();
        const std::string sizes = part.wide ? little(~0U, 4) + little(~0U, 4) : little(packed.size(), 4) + little(part.content.size(), 4);
        const std::string wideSizes = little(part.content.size(), 8) + little(packed.size(), 8);
        const std::string localExtra = part.wide ? joined({little(1, 2), little(16, 2), wideSizes}) : "";
        const std::string centralExtra = part.wide ? joined({little(1, 2), little(24, 2), wideSizes, little(at, 8)}) : "";
        const std::string common = joined({little(0, 2), little(part.deflated ? 8 : 0, 2), little(0, 4), little(crc, 4), sizes, little(part.name.size(), 2)});
        file += joined({"PK\3\4", little(20, 2), common, little(localExtra.size(), 2), part.name, localExtra, packed});
        directory += joined({"PK\1\2", little(20, 2), little(20, 2), common, little(centralExtra.size(), 2), little(0, 10), little(part.wide ? ~0U : at, 4), part.name,
                             centralExtra});
    }
    const std::uint64_t at = file.size(), size = directory.size(), end = at + size, count = parts.size();
    file += directory;
    if (wideEnd) {
        file += joined({"PK\6\6", little(44, 8), little(45, 2), little(45, 2), little(0, 8), little(count, 8), little(count, 8), little(size, 8), little(at, 8)});
        file += joined({"PK\6\7", little(0, 4), little(end, 8), little(1, 4)});
    }
    const std::string few = little(wideEnd ? 0xffff : count, 2);
    file += joined({"PK\5\6", little(0, 4), few, few, little(wideEnd ? ~0U : size, 4), little(wideEnd ? ~0U : at, 4), little(comment.size(), 2), comment});
    return bytesOf(file);
}

Bytes torchZipOf(const std::string& pickle, const std::vector<std::string>& storages, const std::string& byteorder) {
    std::vector<ZipPart> parts{{.name = "archive/data.pkl", .content = pickle}, {.name = "archive/byteorder", .content = byteorder}};
    for (std::size_t i = 0; i < storages.size(); ++i) parts.push_back({.name = "archive/data/" + std::to_string(i), .content = storages[i]});
    return zipOf(parts);
}

namespace pickle {

std::string text(const std::string& value) { return joined({"X", little(value.size(), 4), value}); }

std::string number(std::int64_t value) { return joined({"\x8a\x08", little(static_cast<std::uint64_t>(value), 8)}); }

std::string tuple(const std::vector<std::string>& items) { return joined({"(", std::accumulate(items.begin(), items.end(), std::string()), "t"}); }

std::string global(const std::string& module, const std::string& name) { return joined({"c", module, "\n", name, "\n"}); }

std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
    std::string all = "}(";
    for (const auto& [key, value] : items) all += text(key) + value;
    return joined({all, "u"});
}

std::string storage(const std::string& key, std::int64_t elements, const std::string& kind) {
    return tuple({text("storage"), global("torch", kind), text(key), text("cpu"), number(elements)}).append("Q");
}

std::string tensor(const std::string& storage, std::int64_t offset, const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides) {
    std::vector<std::string> sides, steps;
    for (const std::int64_t side : shape) sides.push_back(number(side));
    for (const std::int64_t step : strides) steps.push_back(number(step));
    return joined({global("torch._utils", "_rebuild_tensor_v2"), tuple({storage, number(offset), tuple(sides), tuple(steps), "\x89", "N"}), "R"});
}

std::string whole(const std::string& value) { return joined({"\x80\x02", value, "."}); }

}  // namespace pickle

Error refusalOf(const std::function<void()>& work) {
    try {
        work();
    } catch (const Failure& failure) {
        return failure.error();
    }
    return {.code = ErrorCode::Internal, .message = "accepted", .where = {}, .action = {}};
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
MemoryLimit::MemoryLimit(std::size_t) {}
MemoryLimit::~MemoryLimit() = default;
#else
MemoryLimit::MemoryLimit(std::size_t moreBytes) {
    rlimit limit{};
    getrlimit(RLIMIT_AS, &limit);
    m_before = limit.rlim_cur;
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    limit.rlim_cur = pages * 4096 + moreBytes;
    setrlimit(RLIMIT_AS, &limit);
}
MemoryLimit::~MemoryLimit() {
    rlimit limit{};
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = m_before;
    setrlimit(RLIMIT_AS, &limit);
}
#endif

}  // namespace tessera::test
