// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/branch_tree.h"

#include <QCoreApplication>

namespace tessera::ui {
namespace {

/// Its origin, as long as that is in the list.
const DrawingOrigin* originOf(const DrawQueue& queue, const Drawing& drawing) {
    return drawing.origin && queue.find(drawing.origin->from.drawing) ? &*drawing.origin : nullptr;
}

void addBranch(const DrawQueue& queue, DrawnPicture picture, int parent, std::vector<Branch>& branches) {
    const auto drawing = queue.find(picture.drawing);
    if (!drawing) return;
    const DrawingOrigin* origin = originOf(queue, *drawing);
    const int own = static_cast<int>(branches.size());
    int tokens = drawing->tokens();
    // One that waits knows from the other how long it will be.
    if (tokens == 0 && parent >= 0) tokens = branches[parent].tokens;
    // What is drawn in steps has all of its tokens from the first one on.
    const int drawn = drawing->inSteps() && drawing->length() > 0 ? static_cast<int>(std::int64_t(tokens) * drawing->drawn.drawn / drawing->length()) : drawing->drawn.drawn;
    branches.push_back({.picture = picture, .parent = parent, .from = parent >= 0 && origin ? origin->token : 0, .drawn = drawn, .tokens = tokens});
    for (const auto& each : queue.drawings()) {
        const DrawingOrigin* of = originOf(queue, *each);
        if (of && of->from == picture) addBranch(queue, {each->id, 0}, own, branches);
    }
}

}  // namespace

std::vector<Branch> branchesOf(const DrawQueue& queue, DrawnPicture picture) {
    // Origins are older than what comes of them, so this ends.
    for (auto drawing = queue.find(picture.drawing); drawing;) {
        const DrawingOrigin* origin = originOf(queue, *drawing);
        if (!origin) break;
        picture = origin->from;
        drawing = queue.find(picture.drawing);
    }
    std::vector<Branch> branches;
    addBranch(queue, picture, -1, branches);
    return branches;
}

QString branchName(const DrawQueue& queue, const std::vector<Branch>& branches, std::size_t index) {
    if (branches[index].parent < 0) return QCoreApplication::translate("Branch", "main");
    const auto drawing = queue.find(branches[index].picture.drawing);
    const bool fork = !drawing || !drawing->origin || drawing->origin->kind == DrawingOrigin::Kind::Fork;
    return (fork ? QCoreApplication::translate("Branch", "fork %1") : QCoreApplication::translate("Branch", "redraw %1")).arg(index);
}

QString branchExchange(const DrawQueue& queue, const Branch& branch) {
    const auto drawing = queue.find(branch.picture.drawing);
    if (branch.parent < 0 || !drawing || !drawing->origin) return {};
    const DrawingOrigin& origin = *drawing->origin;
    if (origin.kind == DrawingOrigin::Kind::Fork) return QCoreApplication::translate("Branch", "code %1 → %2").arg(origin.before).arg(origin.after);
    const QRect part = origin.part;
    return QCoreApplication::translate("Branch", "columns %1–%2, rows %3–%4").arg(part.left() + 1).arg(part.right() + 1).arg(part.top() + 1).arg(part.bottom() + 1);
}

}  // namespace tessera::ui
