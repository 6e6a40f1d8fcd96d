// SPDX-License-Identifier: Apache-2.0
#include "core/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "core/error.h"

namespace tessera {
namespace {

[[noreturn]] void failToWrite(int error, const std::filesystem::path& path) {
    throw Failure(ErrorCode::Unreadable, "the file cannot be written: " + std::generic_category().message(error), path.string(),
                  "check that the folder exists, may be written to and has space left");
}

FileStamp stampOf(const struct stat& status) {
    return {static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

}  // namespace

void failToRead(int error, const std::filesystem::path& path) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        throw Failure(ErrorCode::NotFound, "there is no such file", path.string(), "check the name; it may have been moved or deleted");
    case EACCES:
    case EPERM:
        throw Failure(ErrorCode::Unreadable, "the file may not be read: permission denied", path.string(), "change its permissions");
    case ELOOP:
        throw Failure(ErrorCode::Unreadable, "the link leads back to itself", path.string(), "choose the file that it should lead to");
    case EMFILE:
    case ENFILE:
        throw Failure(ErrorCode::Unreadable, "too many files are open", path.string(), "close some models or other programs, or raise the limit with ulimit -n");
    case EIO:
    case ESTALE:
        throw Failure(ErrorCode::Unreadable, "the file cannot be read: " + std::generic_category().message(error), path.string(), "check the disk or the network that it lies on");
    default:
        throw Failure(ErrorCode::Unreadable, "the file cannot be read: " + std::generic_category().message(error), path.string(), "check that other programs can open it");
    }
}

RegularFile::RegularFile(const std::filesystem::path& path) {
    // O_NONBLOCK: opening a pipe must not hang; regular files do not care.
    m_descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (m_descriptor < 0) failToRead(errno, path);
    struct stat status {};
    const int failed = ::fstat(m_descriptor, &status) != 0 ? errno : 0;
    const bool regular = S_ISREG(status.st_mode), folder = S_ISDIR(status.st_mode);
    if (failed == 0 && regular && status.st_size > 0) {
        m_opened = stampOf(status);
        return;
    }
    ::close(m_descriptor);
    if (failed != 0) failToRead(failed, path);
    if (folder) throw Failure(ErrorCode::Invalid, "this is a folder, not a file", path.string(), "choose the files inside it");
    if (!regular) throw Failure(ErrorCode::Invalid, "this is not a regular file", path.string(), "choose a file on a disk");
    throw Failure(ErrorCode::Invalid, "the file is empty", path.string(), "copy or download it again");
}

std::optional<FileStamp> RegularFile::stamp() const {
    struct stat status {};
    if (::fstat(m_descriptor, &status) != 0) return std::nullopt;
    return stampOf(status);
}

RegularFile::~RegularFile() {
    if (m_descriptor >= 0) ::close(m_descriptor);
}

TemporaryFile::TemporaryFile(const std::filesystem::path& target) : m_target(target) {
    static std::atomic<unsigned> counter{0};
    std::string name = target.filename().string() + "." + std::to_string(::getpid()) + "-" + std::to_string(counter++);
    m_path = target.parent_path() / name.append(".tmp");
    m_descriptor = ::open(m_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (m_descriptor < 0) failToWrite(errno, target);
}

TemporaryFile::~TemporaryFile() {
    if (m_descriptor >= 0) ::close(m_descriptor);
    if (!m_renamed) ::unlink(m_path.c_str());
}

void TemporaryFile::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ::ssize_t written = ::write(m_descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) failToWrite(errno, m_target);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

void TemporaryFile::sync() {
    if (::fsync(m_descriptor) != 0) failToWrite(errno, m_target);
}

void TemporaryFile::rename() {
    const int closed = ::close(m_descriptor);
    m_descriptor = -1;
    if (closed != 0 || std::rename(m_path.c_str(), m_target.c_str()) != 0) failToWrite(errno, m_target);
    m_renamed = true;
}

}  // namespace tessera
