// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QByteArray>
#include <QString>

#include <tessera/result.h>

#include "workspace/session_state.h"

namespace tessera::ui {

/// A session as a `.tessera` file holds it: JSON with a format version. Any thread, no widgets.
///
/// Images and models are named by the path from the file's folder and, should the file have moved without them, by the absolute one;
/// images that were read also by the hash of their content. Pasted images lie in the file itself, as base64, or beside it.
/// Integers are written without, real numbers with a decimal point: that is how a parameter keeps its type.
struct SavedSession {
    SessionState state;
    // Of autosaved ones alone:
    QString savedAs;        ///< the file that the person saved it in; empty: none
    bool modified = false;  ///< since then
};

inline constexpr int kSessionFormat = 1;

/// Puts a pasted image beside the file and gives its name there.
using KeepBeside = std::function<QString(const SourceRequest&)>;

/// The text of a file in that folder. With `beside` paths are absolute only: the file is where the program keeps it, not where a person does.
QByteArray sessionText(const SavedSession& session, const QString& folder, const KeepBeside& beside = {});
/// A foreign, damaged or newer text is an Error that says which. Images and models need not be there.
Result<SavedSession> sessionFromText(const QByteArray& text, const QString& path);

/// The file appears whole or not at all.
std::optional<Error> writeSession(const QString& path, const SavedSession& session, const KeepBeside& beside = {});
Result<SavedSession> readSession(const QString& path);

/// An encoded image file of what was pasted: its bytes as they came, or pixels as PNG.
QByteArray pastedBytes(const SourceRequest& request);

/// Every type of file that sessions are saved in: "tessera".
inline constexpr const char* kSessionSuffix = "tessera";

}  // namespace tessera::ui
