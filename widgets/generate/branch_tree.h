// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "generate/draw_queue.h"

namespace tessera::ui {

/// One line of a tree of pictures that went on from one another.
struct Branch {
    DrawnPicture picture;
    int parent = -1;  ///< index of the line it leaves
    int from = 0;     ///< the token at which it leaves
    int drawn = 0;    ///< tokens that are there
    int tokens = 0;   ///< all of them; 0: not known yet
};

/// The tree that a picture belongs to: where it began first, every branch below the one that it left, the older first. One line where nothing branched.
std::vector<Branch> branchesOf(const DrawQueue& queue, DrawnPicture picture);
/// "main", "fork 1", "redraw 2": by the order of their lines.
QString branchName(const DrawQueue& queue, const std::vector<Branch>& branches, std::size_t index);
/// "code 512 → 77", "columns 3–6, rows 2–4"; empty of the first line.
QString branchExchange(const DrawQueue& queue, const Branch& branch);

}  // namespace tessera::ui
