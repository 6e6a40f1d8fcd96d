// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "panels/stage/cell_face.h"

namespace tessera::ui {

/// What an error is about.
enum class ErrorSubject { Cell, PictureFile, TokenFile, Model };

/// Two or three words that say what kind of trouble it is.
QString headingOf(const Error& error, ErrorSubject subject = ErrorSubject::Cell);
/// The same of an error that a cell tells: of its row's file, its model, or its own.
QString headingOf(const Error& error, const CellFacts& facts);
/// Whose file the row is.
ErrorSubject subjectOf(const Row& row);
/// The column to the left whose error this one repeats; -1 if it has one of its own or none.
int columnWithSameError(const CellFacts& facts);
/// Everything about an error that helps somebody else to understand it. Folders are left out.
QString reportOf(const Error& error, const CellFacts& facts);
/// What a person can do about it in that cell, the best first.
std::vector<CellAction> actionsFor(const Error& error, const CellFacts& facts);

/// What a cell without a picture says; nothing while it is about to get one.
std::optional<StateWords> stateOf(const CellFacts& facts);
/// Why the engine or the model cannot serve any cell.
const Error* commonError(const CellFacts& facts);

}  // namespace tessera::ui
