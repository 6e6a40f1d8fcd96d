// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/drag_read.h"

#include <algorithm>

#include "bridge/cell_wish.h"
#include "bridge/qt_executor.h"

namespace tessera::ui {

DragRead::DragRead(const Session& session, EngineHost& host, CellBoard& board, QObject* parent)
    : QObject(parent), m_session(session), m_host(host), m_board(board) {
    connect(&host, &EngineHost::stateChanged, this, [this] {
        if (m_engine != m_host.engine()) giveUp();
    });
}

DragRead::~DragRead() {
    release();
}

void DragRead::begin(const std::string& path) {
    if (path.empty() || path == m_path || !m_host.engine()) return;
    release();
    const Column& column = m_session.columns().front();
    const LensInfo* lens = lensInfo(m_host, column.lens);
    if (!lens || !lens->needs.empty()) return;
    m_path = path;
    m_engine = m_host.engine();
    m_source = m_engine->addSource({.path = path});
    Observer<Picture> observer;
    observer.executor = guiExecutor(this);
    const Wish wish = wishOf(column, lens);
    const auto offer = [this, source = m_source, path, wish](const Picture& picture) {
        if (m_engine && source == m_source && m_path == path) m_board.offerPreview(path, wish, picture);
    };
    // What is wrong with the file is said when it is dropped.
    observer.onDone = [this, source = m_source, offer](const Result<Picture>& result) {
        if (result) offer(result.value());
        if (m_engine && source == m_source) release();
    };
    observer.onPartial = offer;
    const Query query{.lens = column.lens, .cell = {.source = m_source, .model = m_host.modelOf(column.model).info ? m_host.modelOf(column.model).info->id : ModelId{}}, .parameters = wish.parameters()};
    m_job = m_engine->request(query, Priority::Visible, std::move(observer));
}

void DragRead::giveUp() {
    m_path.clear();
    m_board.offerPreview({});
    release();
}

void DragRead::release() {
    if (!m_engine) return;
    m_job = {};
    m_engine->removeSource(m_source);
    m_engine.reset();
}

}  // namespace tessera::ui
