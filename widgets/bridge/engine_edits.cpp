// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/engine_edits.h"

namespace tessera::ui {

EngineEdits::~EngineEdits() {
    forget();
}

EditId EngineEdits::idOf(const std::shared_ptr<Engine>& engine, const TokenEditPointer& edit) {
    if (m_engine.lock() != engine) {
        forget();
        m_engine = engine;
    }
    if (!edit || !engine) return EditId{};
    if (const auto known = m_ids.find(edit); known != m_ids.end()) return known->second;
    std::erase_if(m_ids, [&](const auto& entry) {
        if (!entry.first.expired()) return false;
        engine->removeEdit(entry.second);
        return true;
    });
    const EditId id = engine->addEdit(*edit);
    m_ids.emplace(edit, id);
    return id;
}

void EngineEdits::forget() {
    if (const std::shared_ptr<Engine> engine = m_engine.lock()) {
        for (const auto& [edit, id] : m_ids) engine->removeEdit(id);
    }
    m_ids.clear();
}

}  // namespace tessera::ui
