// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "core/error.h"
#include "image/image_file.h"

namespace tessera {
namespace {

constexpr std::uint64_t kLargestFile = std::uint64_t(2) << 30;

struct Descriptor {
    int value = -1;
    ~Descriptor() {
        if (value >= 0) ::close(value);
    }
};

[[noreturn]] void failFrom(int error, const std::string& where) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        throw Failure(ErrorCode::NotFound, "there is no such file", where, "check the name; it may have been moved or deleted");
    case EACCES:
    case EPERM:
        throw Failure(ErrorCode::Unreadable, "the file may not be read: permission denied", where, "change its permissions");
    default:
        throw Failure(ErrorCode::Unreadable, "the file cannot be read: " + std::generic_category().message(error), where);
    }
}

}  // namespace

SharedBytes readFile(const std::filesystem::path& path) {
    const std::string where = path.string();
    // O_NONBLOCK: opening a pipe must not hang; regular files do not care.
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file.value < 0) failFrom(errno, where);
    struct stat status {};
    if (::fstat(file.value, &status) != 0) failFrom(errno, where);
    if (S_ISDIR(status.st_mode)) throw Failure(ErrorCode::Invalid, "this is a folder, not a file", where, "choose the files inside it");
    if (!S_ISREG(status.st_mode)) throw Failure(ErrorCode::Invalid, "this is not a regular file", where);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size == 0) throw Failure(ErrorCode::Invalid, "the file is empty", where);
    if (size > kLargestFile) throw Failure(ErrorCode::Unsupported, "the file is larger than 2 GiB", where);

    const std::shared_ptr<std::byte[]> bytes = std::make_shared_for_overwrite<std::byte[]>(size);
    std::size_t done = 0;
    while (done < size) {
        const ::ssize_t got = ::read(file.value, bytes.get() + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) failFrom(errno, where);
        if (got == 0) throw Failure(ErrorCode::Unreadable, "the file became shorter while it was read", where, "try again");
        done += static_cast<std::size_t>(got);
    }
    return SharedBytes(bytes, bytes.get(), size);
}

}  // namespace tessera
