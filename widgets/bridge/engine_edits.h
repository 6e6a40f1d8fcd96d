// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>

#include <tessera/engine.h>

#include "workspace/token_edits.h"

namespace tessera::ui {

/// What an engine calls the session's token edits. Tells it of an edit when one is first asked for, and lets go of those that nobody holds any more.
class EngineEdits {
public:
    ~EngineEdits();
    /// 0 for no edit. Another engine than last time has no edits yet.
    EditId idOf(const std::shared_ptr<Engine>& engine, const TokenEditPointer& edit);

private:
    void forget();

    std::weak_ptr<Engine> m_engine;
    std::map<std::weak_ptr<const TokenEdit>, EditId, std::owner_less<>> m_ids;
};

}  // namespace tessera::ui
