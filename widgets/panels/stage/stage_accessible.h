// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace tessera::ui {

/// Makes assistive technology see every stage as a table: rows are images, columns are those of the board, and there is a cell for each
/// of both, on the screen or not. Further calls do nothing.
void offerStagesAsTables();

}  // namespace tessera::ui
