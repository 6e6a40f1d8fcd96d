// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QRect>

#include "panels/word_line.h"

class QPainter;

namespace tessera::ui {

/// Words at the left and numbers, each with its unit, at the right: how captions and headers are laid out.
struct WordRow {
    enum class Priority { Numbers, Left };  ///< whom the room goes to first
    std::vector<Word> left;
    std::vector<std::vector<Word>> numbers;
    bool whole = false;  ///< the left words are not elided: shown whole or, where there is no room, not at all
    bool operator==(const WordRow&) const = default;

    QString text() const;
    /// Leaves out whole numbers from the right, and elides the left words in their middle.
    void paint(QPainter& painter, const QRect& room, TextSize size, Priority priority = Priority::Numbers) const;
};

}  // namespace tessera::ui
