// SPDX-License-Identifier: Apache-2.0
#include "local/source_store.h"

#include <algorithm>
#include <filesystem>

#include "checkpoint/token_file.h"
#include "core/error.h"

namespace tessera {
namespace {

Hash128 hashOf(std::span<const std::byte> bytes) {
    return Hasher().add(std::string_view("file")).add(bytes).finish();
}

Hash128 hashOf(const Image& image) {
    Hasher hasher;
    hasher.add(std::string_view("pixels")).add(std::int64_t(image.width())).add(std::int64_t(image.height())).add(std::int64_t(image.channels()));
    std::visit([&](const auto& samples) { hasher.add(std::int64_t(sizeof samples[0])).add(std::as_bytes(samples.span())); }, image.samples());
    return hasher.finish();
}

}  // namespace

SourceId SourceStore::add(SourceRequest request) {
    if (request.name.empty()) {
        request.name = request.path.empty() ? "picture" : std::filesystem::path(request.path).filename().string();
    }
    std::lock_guard lock(m_mutex);
    const SourceId id{m_next++};
    m_entries.emplace(id, Entry{.request = std::move(request)});
    return id;
}

void SourceStore::remove(SourceId source) {
    std::lock_guard lock(m_mutex);
    m_entries.erase(source);
}

SourceRequest SourceStore::request(SourceId source) const {
    std::lock_guard lock(m_mutex);
    const auto it = m_entries.find(source);
    if (it == m_entries.end()) throw Failure(ErrorCode::NotFound, "the picture was removed", {}, "add it again");
    return it->second.request;
}

std::optional<Hash128> SourceStore::content(SourceId source) const {
    std::lock_guard lock(m_mutex);
    const auto it = m_entries.find(source);
    return it == m_entries.end() ? std::nullopt : it->second.content;
}

Hash128 SourceStore::identify(SourceId source) {
    const SourceRequest request = this->request(source);
    if (request.path.empty() && request.bytes.empty() && request.pixels.empty()) throw Failure(ErrorCode::Invalid, "the picture's name is empty", "\"\"", "give the path of a picture");
    const SharedBytes bytes = request.path.empty() ? request.bytes : readFile(request.path);
    const Hash128 hash = request.pixels.empty() ? hashOf(bytes.span()) : hashOf(request.pixels);
    const std::shared_ptr<Clip> clip = request.pixels.empty() ? Clip::open(bytes, request.path.empty() ? request.name : request.path) : nullptr;
    const bool tokens = request.pixels.empty() && !clip && tessera::holdsTokens(bytes.span(), request.path.empty() ? request.name : request.path);
    std::lock_guard lock(m_mutex);
    const auto it = m_entries.find(source);
    if (it != m_entries.end()) {
        it->second.content = hash;
        it->second.tokens = tokens;
        it->second.frames = clip ? clip->frames() : 1;
        it->second.framesPerSecond = clip ? clip->framesPerSecond() : 0;
        if (clip) keepClip(hash, clip);
        it->second.jpeg = bytes.size() > 200'000 && bytes[0] == std::byte{0xff} && bytes[1] == std::byte{0xd8};
    }
    return hash;
}

std::pair<int, double> SourceStore::frames(SourceId source) const {
    std::lock_guard lock(m_mutex);
    const auto it = m_entries.find(source);
    return it == m_entries.end() ? std::pair(1, 0.0) : std::pair(it->second.frames, it->second.framesPerSecond);
}

/// Under the lock.
std::shared_ptr<SourceStore::OpenClip> SourceStore::keepClip(const Hash128& content, std::shared_ptr<Clip> clip) {
    constexpr std::size_t kMostClips = 4;
    auto open = std::make_shared<OpenClip>();
    open->content = content;
    open->clip = std::move(clip);
    std::erase_if(m_clips, [&](const auto& each) { return each->content == content; });
    m_clips.push_back(open);
    if (m_clips.size() > kMostClips) m_clips.erase(m_clips.begin());
    return open;
}

DecodedImage SourceStore::frame(SourceId source, int frame) {
    const std::optional<Hash128> content = this->content(source);
    std::shared_ptr<OpenClip> open;
    {
        std::lock_guard lock(m_mutex);
        const auto found = std::ranges::find_if(m_clips, [&](const auto& each) { return content && each->content == *content; });
        if (found != m_clips.end()) open = *found;
    }
    if (!open) {
        const SourceRequest request = this->request(source);
        std::shared_ptr<Clip> clip = Clip::open(bytes(source), request.path.empty() ? request.name : request.path);
        if (!clip || !content) throw Failure(ErrorCode::Mismatch, "the file changed on disk after it was opened", request.path, "open it again");
        std::lock_guard lock(m_mutex);
        open = keepClip(*content, std::move(clip));
    }
    std::lock_guard reading(open->reading);
    return open->clip->frame(std::min(frame, open->clip->frames() - 1), {});
}

bool SourceStore::scaledDecodePays(SourceId source) const {
    std::lock_guard lock(m_mutex);
    const auto it = m_entries.find(source);
    return it != m_entries.end() && it->second.jpeg;
}

bool SourceStore::holdsTokens(SourceId source) const {
    std::lock_guard lock(m_mutex);
    const auto it = m_entries.find(source);
    return it != m_entries.end() && it->second.tokens;
}

bool SourceStore::scaledDecodePending(SourceId source) const {
    std::lock_guard lock(m_mutex);
    const auto it = m_entries.find(source);
    return it != m_entries.end() && it->second.scaledPending;
}

void SourceStore::setScaledDecodePending(SourceId source, bool pending) {
    std::lock_guard lock(m_mutex);
    const auto it = m_entries.find(source);
    if (it != m_entries.end()) it->second.scaledPending = pending;
}

SharedBytes SourceStore::bytes(SourceId source) const {
    const SourceRequest request = this->request(source);
    if (request.path.empty()) return request.bytes;
    SharedBytes bytes = readFile(request.path);
    const std::optional<Hash128> known = content(source);
    if (known && hashOf(bytes.span()) != *known) {
        throw Failure(ErrorCode::Mismatch, "the file changed on disk after it was opened", request.path, "open it again");
    }
    return bytes;
}

}  // namespace tessera
