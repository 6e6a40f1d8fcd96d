// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/result.h>

namespace tessera::test {

using Bytes = std::vector<std::byte>;

/// Not operator+: GCC 12 warns of overlaps in it that cannot be.
std::string joined(std::initializer_list<std::string_view> parts);
Bytes bytesOf(std::string_view text);
Bytes operator+(Bytes a, const Bytes& b);
std::string little(std::uint64_t value, int width);

/// A file of safetensors with this header and so many bytes of data: 0, 1, 2, ...
Bytes safetensorsOf(const std::string& json, std::size_t dataSize);

struct ZipPart {
    std::string name, content;
    bool deflated = false;
    bool wide = false;  ///< sizes and offset as zip64 says them
};
/// A zip archive. `comment` stands behind its directory; `wideEnd` adds the directory of zip64.
Bytes zipOf(const std::vector<ZipPart>& parts, const std::string& comment = {}, bool wideEnd = false);

/// A torch.save archive: the pickle and storage records "0", "1", ...
Bytes torchZipOf(const std::string& pickle, const std::vector<std::string>& storages, const std::string& byteorder = "little");

/// Pieces of pickles, in protocol 2.
namespace pickle {
std::string text(const std::string& value);
std::string number(std::int64_t value);
std::string tuple(const std::vector<std::string>& items);
std::string global(const std::string& module, const std::string& name);
/// {key: value, ...}; keys are texts.
std::string dict(const std::vector<std::pair<std::string, std::string>>& items);
std::string storage(const std::string& key, std::int64_t elements, const std::string& kind = "FloatStorage");
std::string tensor(const std::string& storage, std::int64_t offset, const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides);
/// With PROTO and STOP around it.
std::string whole(const std::string& value);
}  // namespace pickle

/// The Failure that `work` throws, or an Error whose message is "accepted".
Error refusalOf(const std::function<void()>& work);

/// The address space that this process may use, for as long as it lives: what a file claims must not be allocated. Does nothing under
/// sanitizers, which need all of it.
class MemoryLimit {
public:
    explicit MemoryLimit(std::size_t moreBytes);
    ~MemoryLimit();
    MemoryLimit(const MemoryLimit&) = delete;
    MemoryLimit& operator=(const MemoryLimit&) = delete;

private:
    std::uint64_t m_before = 0;
};

}  // namespace tessera::test
