// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/codeword_maths.h"

#include <algorithm>

#include <QThreadPool>

#include "bridge/qt_executor.h"

namespace tessera::ui {

CodewordMaths::CodewordMaths(QObject* parent) : QObject(parent) {}

CodewordMaths::~CodewordMaths() {
    m_stop.request_stop();
    m_planeStop.request_stop();
}

const CodewordMaths::Entry* CodewordMaths::find(const Codewords& book) const {
    const auto it = std::ranges::find(m_entries, book, &Entry::book);
    return it == m_entries.end() ? nullptr : &*it;
}

CodewordMaths::Entry& CodewordMaths::entryOf(const Codewords& book) {
    const auto it = std::ranges::find(m_entries, book, &Entry::book);
    if (it != m_entries.end()) {
        m_entries.splice(m_entries.begin(), m_entries, it);
    } else {
        if (m_entries.size() >= kMostBooks) m_entries.pop_back();
        m_entries.push_front({.book = book, .neighbours = std::vector<std::optional<CodeNeighbour>>(book.count)});
    }
    return m_entries.front();
}

std::optional<CodeNeighbour> CodewordMaths::neighbourOf(const Codewords& book, std::int32_t code) const {
    const Entry* entry = find(book);
    return entry ? entry->neighbours[code] : std::nullopt;
}

bool CodewordMaths::knowsAllNeighbours(const Codewords& book) const {
    const Entry* entry = find(book);
    return entry && entry->known == book.count;
}

void CodewordMaths::wantNeighbours(const Codewords& book, std::vector<std::int32_t> codes, bool all) {
    m_wantedBook = book;
    m_wanted = std::move(codes);
    m_wantsAll = all;
    findNext();
}

/// One piece at a time, so that what is in sight never waits behind a whole codebook.
void CodewordMaths::findNext() {
    if (m_searching || m_wantedBook.count == 0) return;
    const Entry& entry = entryOf(m_wantedBook);
    const Codewords book = m_wantedBook;
    const auto most = static_cast<std::size_t>(std::max(1.0, kPieceSteps / (double(book.count) * book.dim)));
    std::vector<std::int32_t> piece;
    const auto take = [&](std::int32_t code) {
        if (piece.size() < most && !entry.neighbours[code] && std::ranges::find(piece, code) == piece.end()) piece.push_back(code);
    };
    std::ranges::for_each(m_wanted, take);
    if (piece.empty() && m_wantsAll && entry.known < book.count) {
        for (std::int32_t code = 0; code < book.count && piece.size() < most; ++code) {
            if (!entry.neighbours[code]) piece.push_back(code);
        }
    }
    if (piece.empty()) return;
    m_searching = true;
    QThreadPool::globalInstance()->start([this, book, piece = std::move(piece), stop = m_stop.get_token(), executor = guiExecutor(this)] {
        std::vector<CodeNeighbour> found = nearestOthers(book, piece, stop);
        executor([this, book, piece, found = std::move(found)] { takeNeighbours(book, piece, found); });
    });
}

void CodewordMaths::takeNeighbours(const Codewords& book, const std::vector<std::int32_t>& of, const std::vector<CodeNeighbour>& found) {
    m_searching = false;
    Entry& entry = entryOf(book);
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!entry.neighbours[of[i]]) ++entry.known;
        entry.neighbours[of[i]] = found[i];
    }
    findNext();
    Q_EMIT neighboursFound();
}

std::shared_ptr<const PrincipalPlane> CodewordMaths::planeOf(const Codewords& book) {
    Entry& entry = entryOf(book);
    if (entry.plane || m_planeBook == book) return entry.plane;
    m_planeStop.request_stop();
    m_planeStop = {};
    m_planeBook = book;
    QThreadPool::globalInstance()->start([this, book, stop = m_planeStop.get_token(), executor = guiExecutor(this)] {
        auto plane = std::make_shared<const PrincipalPlane>(principalPlane(book, stop));
        if (stop.stop_requested()) return;
        executor([this, book, plane] {
            if (m_planeBook == book) m_planeBook.reset();
            entryOf(book).plane = plane;
            Q_EMIT planeFound();
        });
    });
    return nullptr;
}

void CodewordMaths::restPlane() {
    if (m_planeBook) m_planeStop.request_stop();
    m_planeBook.reset();
}

}  // namespace tessera::ui
