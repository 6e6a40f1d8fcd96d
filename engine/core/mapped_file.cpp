// SPDX-License-Identifier: Apache-2.0
#include "core/mapped_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/lost_pages.h"
#include "core/regular_file.h"
#include "core/sparse_reading.h"

namespace tessera {
namespace {

struct Mapping {
    explicit Mapping(const std::filesystem::path& path) : file(path), name(path.string()) {}

    bool holds(const std::byte* bytes) const { return bytes >= begin && bytes < begin + file.size(); }
    void check() const;

    RegularFile file;
    std::string name;
    const std::byte* begin = nullptr;
    GuardedRange* guard = nullptr;
};

void Mapping::check() const {
    const std::optional<FileStamp> now = file.stamp();
    if (now && now->size < file.opened().size) {
        throw Failure(ErrorCode::Unreadable,
                      "the file became shorter while it was in use: it had " + std::to_string(file.opened().size) + " bytes and has " + std::to_string(now->size), name,
                      "copy or download it again, and open it when that is done");
    }
    if (!now || *now != file.opened()) throw Failure(ErrorCode::Unreadable, "the file was changed while it was in use", name, "open it again when nothing writes to it");
    if (guard->lost()) throw Failure(ErrorCode::Unreadable, "a part of the file cannot be read", name, "check the disk or the network that it lies on");
}

/// Where files are mapped now, by their first byte.
class Mappings {
public:
    void add(const std::shared_ptr<const Mapping>& mapping) {
        const std::lock_guard lock(m_mutex);
        m_mappings[mapping->begin] = mapping;
    }
    void remove(const Mapping& mapping) {
        const std::lock_guard lock(m_mutex);
        m_mappings.erase(mapping.begin);
    }
    std::shared_ptr<const Mapping> find(const std::byte* bytes) const {
        const std::lock_guard lock(m_mutex);
        const auto after = m_mappings.upper_bound(bytes);
        if (after == m_mappings.begin() || !std::prev(after)->second->holds(bytes)) return nullptr;
        return std::prev(after)->second;
    }

private:
    mutable std::mutex m_mutex;
    std::map<const std::byte*, std::shared_ptr<const Mapping>, std::less<>> m_mappings;
};

/// Never destroyed: mappings may outlive static objects.
Mappings& mappings() {
    static Mappings& all = *new Mappings;
    return all;
}

}  // namespace

MappedFile mapFile(const std::filesystem::path& path) {
    const auto mapping = std::make_shared<Mapping>(path);
    const std::size_t size = mapping->file.size();
    void* const address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, mapping->file.descriptor(), 0);
    if (address == MAP_FAILED) failToRead(errno, path);
    mapping->begin = static_cast<const std::byte*>(address);
    mapping->guard = guardPages(address, size);
    mappings().add(mapping);
    std::shared_ptr<const void> owner(address, [size, mapping](const void* mapped) {
        mappings().remove(*mapping);
        // First: the addresses may be somebody else's as soon as they are free.
        releaseGuard(mapping->guard);
        ::munmap(const_cast<void*>(mapped), size);
    });
    return {std::move(owner), {mapping->begin, size}};
}

void checkUnchanged(const std::byte* bytes) {
    if (const auto mapping = mappings().find(bytes)) mapping->check();
}

SparseReading::SparseReading(std::span<const std::byte> bytes) {
    const auto mapping = bytes.empty() ? nullptr : mappings().find(bytes.data());
    if (!mapping || !mapping->holds(&bytes.back())) return;
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data()), first = begin / pageSize() * pageSize();
    m_begin = reinterpret_cast<void*>(first);
    m_size = begin + bytes.size() - first;
    ::madvise(m_begin, m_size, MADV_RANDOM);
}

SparseReading::~SparseReading() {
    if (m_begin) ::madvise(m_begin, m_size, MADV_NORMAL);
}

void releasePages(std::span<const std::byte> bytes) {
    const auto mapping = bytes.empty() ? nullptr : mappings().find(bytes.data());
    if (!mapping || !mapping->holds(&bytes.back())) return;
    const std::uintptr_t page = pageSize();
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data()), end = begin + bytes.size();
    const std::uintptr_t first = (begin + page - 1) / page * page, last = end / page * page;
    if (last > first) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

}  // namespace tessera
