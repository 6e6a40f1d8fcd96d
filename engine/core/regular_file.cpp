// SPDX-License-Identifier: Apache-2.0
#include "core/regular_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <system_error>

#include "core/error.h"

namespace tessera {
namespace {

[[noreturn]] void failToWrite(int error, const std::filesystem::path& path) {
    throw Failure(ErrorCode::Unreadable, "the file cannot be written: " + std::generic_category().message(error), path.string(),
                  "check that the folder exists, may be written to and has space left");
}

/// Where files are mapped now: end by begin.
class Mappings {
public:
    void add(const void* begin, std::size_t size) {
        const std::lock_guard lock(m_mutex);
        m_ends[begin] = static_cast<const std::byte*>(begin) + size;
    }
    void remove(const void* begin) {
        const std::lock_guard lock(m_mutex);
        m_ends.erase(begin);
    }
    bool hold(std::span<const std::byte> bytes) const {
        const std::lock_guard lock(m_mutex);
        const auto after = m_ends.upper_bound(bytes.data());
        return after != m_ends.begin() && bytes.data() + bytes.size() <= std::prev(after)->second;
    }

private:
    mutable std::mutex m_mutex;
    std::map<const void*, const void*, std::less<>> m_ends;
};

/// Never destroyed: mappings may outlive static objects.
Mappings& mappings() {
    static Mappings& all = *new Mappings;
    return all;
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
    default:
        throw Failure(ErrorCode::Unreadable, "the file cannot be read: " + std::generic_category().message(error), path.string());
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
        m_size = static_cast<std::uint64_t>(status.st_size);
        return;
    }
    ::close(m_descriptor);
    if (failed != 0) failToRead(failed, path);
    if (folder) throw Failure(ErrorCode::Invalid, "this is a folder, not a file", path.string(), "choose the files inside it");
    if (!regular) throw Failure(ErrorCode::Invalid, "this is not a regular file", path.string());
    throw Failure(ErrorCode::Invalid, "the file is empty", path.string());
}

RegularFile::~RegularFile() {
    if (m_descriptor >= 0) ::close(m_descriptor);
}

MappedFile mapFile(const std::filesystem::path& path) {
    const RegularFile file(path);
    const std::size_t size = file.size();
    void* const address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
    if (address == MAP_FAILED) failToRead(errno, path);
    mappings().add(address, size);
    std::shared_ptr<const void> owner(address, [size](const void* mapped) {
        mappings().remove(mapped);
        ::munmap(const_cast<void*>(mapped), size);
    });
    return {std::move(owner), {static_cast<const std::byte*>(address), size}};
}

void releasePages(std::span<const std::byte> bytes) {
    if (bytes.empty() || !mappings().hold(bytes)) return;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data()), end = begin + bytes.size();
    const std::uintptr_t first = (begin + page - 1) / page * page, last = end / page * page;
    if (last > first) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
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
