// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include <QHashFunctions>
#include <QImage>
#include <QString>

#include <tessera/engine.h>

namespace tessera::ui {

/// A row's name inside one session; 0 is "none". It outlives engines, whose SourceIds change with every restart.
enum class RowId : quint64 {};  // a type that Qt can stream: signals carry it

inline size_t qHash(RowId id, size_t seed = 0) {
    return ::qHash(static_cast<quint64>(id), seed);
}

enum class RowState { Loading, Ready, Failed };

/// One image of the board: what to open, and what is known of it so far.
struct Row {
    RowId id{};
    SourceRequest request;
    QString name;
    RowState state = RowState::Loading;
    std::optional<SourceInfo> info;
    std::optional<Error> error;  ///< why it cannot be shown, in state Failed
    QImage thumbnail;
    std::string savedHash{};  ///< contentHash that a session file noted for it; empty: none did
};

/// The file is another one than when the session was saved.
inline bool changedSinceSaved(const Row& row) {
    return row.info && !row.savedHash.empty() && !row.info->contentHash.empty() && row.info->contentHash != row.savedHash;
}

}  // namespace tessera::ui
