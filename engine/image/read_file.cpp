// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "core/error.h"
#include "core/regular_file.h"
#include "image/image_file.h"

namespace tessera {
namespace {

constexpr std::uint64_t kLargestFile = std::uint64_t(2) << 30;

}  // namespace

SharedBytes readFile(const std::filesystem::path& path) {
    const RegularFile file(path);
    if (file.size() > kLargestFile) throw Failure(ErrorCode::Unsupported, "the file is larger than 2 GiB", path.string());
    const std::shared_ptr<std::byte[]> bytes = std::make_shared_for_overwrite<std::byte[]>(file.size());
    std::size_t done = 0;
    while (done < file.size()) {
        const ::ssize_t got = ::read(file.descriptor(), bytes.get() + done, file.size() - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) failToRead(errno, path);
        if (got == 0) throw Failure(ErrorCode::Unreadable, "the file became shorter while it was read", path.string(), "try again");
        done += static_cast<std::size_t>(got);
    }
    return SharedBytes(bytes, bytes.get(), file.size());
}

}  // namespace tessera
