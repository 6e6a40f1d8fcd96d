// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/row_sources.h"

#include <algorithm>

#include <QImage>

#include "bridge/engine_host.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr std::int64_t kThumbnailSide = 96 * 2;  // of a list's largest icon, on a screen of two pixels per unit

QImage imageOf(const Picture& picture) {
    const Image pixels = picture.image.toU8Rgb();
    const auto& samples = std::get<SharedArray<std::uint8_t>>(pixels.samples());
    return QImage(samples.data(), pixels.width(), pixels.height(), pixels.width() * 3, QImage::Format_RGB888).copy();
}

}  // namespace

RowSources::RowSources(Session& session, EngineHost& host, Executor executor, Listener listener)
    : m_session(session), m_host(host), m_executor(std::move(executor)), m_listener(std::move(listener)) {}

RowSources::~RowSources() {
    const auto engine = m_host.engine();
    if (!engine) return;
    for (const auto& [row, entry] : m_entries) engine->removeSource(entry.id);
}

RowSources::Entry* RowSources::find(RowId row, std::uint64_t ticket) {
    const auto it = m_entries.find(row);
    return it != m_entries.end() && it->second.ticket == ticket ? &it->second : nullptr;
}

SourceId RowSources::sourceOf(RowId row) {
    const auto [it, added] = m_entries.try_emplace(row);
    Entry& entry = it->second;
    if (!added) return entry.id;
    const std::uint64_t ticket = ++m_lastTicket;
    const auto engine = m_host.engine();
    entry.ticket = ticket;
    entry.id = engine->addSource(m_session.find(row)->request);
    Observer<SourceInfo> observer;
    observer.executor = m_executor;
    observer.onDone = [this, row, ticket](const Result<SourceInfo>& result) {
        Entry* answered = find(row, ticket);
        if (!answered) return;
        answered->describing = {};
        if (result) {
            m_session.setRowInfo(row, result.value());
        } else if (!result.cancelled()) {
            m_listener.onError(row, result.error());
        }
        m_listener.onAnswer();
    };
    entry.describing = engine->describeSource(entry.id, std::move(observer));
    return entry.id;
}

void RowSources::askThumbnail(RowId row, Priority priority) {
    const SourceId id = sourceOf(row);
    Entry& entry = m_entries.at(row);
    if (entry.thumbnailAsked && (!entry.drawing || entry.drawingPriority >= priority)) return;
    entry.thumbnailAsked = true;
    entry.drawingPriority = priority;
    const std::uint64_t drawing = entry.drawingTicket = ++m_lastTicket;
    Observer<Picture> observer;
    observer.executor = m_executor;
    observer.onDone = [this, row, ticket = entry.ticket, drawing](const Result<Picture>& result) {
        Entry* answered = find(row, ticket);
        if (!answered || answered->drawingTicket != drawing) return;
        answered->drawing = {};
        // A file that cannot be drawn says so through its description and its cells.
        if (result) m_session.setRowThumbnail(row, imageOf(result.value()));
        m_listener.onAnswer();
    };
    const Query query{.lens = "source", .cell = {.source = id}, .parameters = {{"side", kThumbnailSide}}};
    // The older request goes only now, so that work both need goes on.
    entry.drawing = m_host.engine()->request(query, priority, std::move(observer));
}

bool RowSources::hasAskedThumbnail(RowId row) const {
    const auto it = m_entries.find(row);
    return it != m_entries.end() && it->second.thumbnailAsked;
}

int RowSources::busyRows() const {
    return static_cast<int>(std::ranges::count_if(m_entries, [](const auto& each) { return each.second.describing || each.second.drawing; }));
}

void RowSources::remove(RowId row) {
    const auto it = m_entries.find(row);
    if (it == m_entries.end()) return;
    if (const auto engine = m_host.engine()) engine->removeSource(it->second.id);
    m_entries.erase(it);
}

}  // namespace tessera::ui
