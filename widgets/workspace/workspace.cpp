// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/workspace.h"

#include <algorithm>
#include <array>

#include <QCoreApplication>

namespace tessera::ui {
namespace {

struct Words {
    WorkspaceKind kind;
    std::string_view key;
    const char* title;
};

constexpr std::array kWords{
    Words{WorkspaceKind::Reconstruct, "reconstruct", QT_TRANSLATE_NOOP("Workspace", "Reconstruct")},
    Words{WorkspaceKind::Tokens, "tokens", QT_TRANSLATE_NOOP("Workspace", "Tokens")},
    Words{WorkspaceKind::Compare, "compare", QT_TRANSLATE_NOOP("Workspace", "Compare")},
    Words{WorkspaceKind::Heatmap, "heatmap", QT_TRANSLATE_NOOP("Workspace", "Heatmap")},
    Words{WorkspaceKind::Generate, "generate", QT_TRANSLATE_NOOP("Workspace", "Generate")},
    Words{WorkspaceKind::Batch, "batch", QT_TRANSLATE_NOOP("Workspace", "Batch")},
    Words{WorkspaceKind::Train, "train", QT_TRANSLATE_NOOP("Workspace", "Train")},
};

LensColumn lensColumn(const char* lens, std::uint32_t& nextId) {
    return {.id = LensColumnId{nextId++}, .lens = lens};
}

}  // namespace

std::span<const WorkspaceKind> offeredWorkspaces() {
    static constexpr std::array kOffered{WorkspaceKind::Reconstruct, WorkspaceKind::Compare};
    return kOffered;
}

std::string_view keyOf(WorkspaceKind kind) {
    return std::ranges::find(kWords, kind, &Words::kind)->key;
}

std::optional<WorkspaceKind> workspaceFromKey(std::string_view key) {
    const auto it = std::ranges::find(kWords, key, &Words::key);
    return it == kWords.end() ? std::nullopt : std::optional(it->kind);
}

QString titleOf(WorkspaceKind kind) {
    return QCoreApplication::translate("Workspace", std::ranges::find(kWords, kind, &Words::kind)->title);
}

BoardForm initialForm(WorkspaceKind kind) {
    return {.grid = kind == WorkspaceKind::Compare};
}

std::vector<ModelGroup> initialGroups(WorkspaceKind kind, std::vector<ModelChoice> models, std::uint32_t& nextId) {
    if (models.empty()) models.push_back({});
    if (kind == WorkspaceKind::Reconstruct) models.resize(1);
    std::vector<ModelGroup> groups;
    groups.push_back({.lenses = {lensColumn("input", nextId)}});
    for (ModelChoice& model : models) {
        ModelGroup group{.model = std::move(model)};
        for (const char* lens : {"reconstruction", "difference"}) group.lenses.push_back(lensColumn(lens, nextId));
        groups.push_back(std::move(group));
    }
    return groups;
}

}  // namespace tessera::ui
