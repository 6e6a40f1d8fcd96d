// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/drag_read.h"

#include "bridge/qt_executor.h"
#include "bridge/row_sources.h"

namespace tessera::ui {

DragRead::DragRead(EngineHost& host, QObject* parent) : QObject(parent), m_host(host) {
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
    m_path = path;
    m_engine = m_host.engine();
    m_source = m_engine->addSource({.path = path});
    Observer<Picture> observer;
    observer.executor = guiExecutor(this);
    // What is wrong with the file is said when it is dropped.
    observer.onDone = [this, source = m_source](const Result<Picture>&) {
        if (m_engine && source == m_source) release();
    };
    m_job = m_engine->request(thumbnailQuery(m_source), Priority::Visible, std::move(observer));
}

void DragRead::giveUp() {
    m_path.clear();
    release();
}

void DragRead::release() {
    if (!m_engine) return;
    m_job = {};
    m_engine->removeSource(m_source);
    m_engine.reset();
}

}  // namespace tessera::ui
