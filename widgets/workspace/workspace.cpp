// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/workspace.h"

#include <algorithm>
#include <array>

#include <QCoreApplication>

#include "workspace/prompts.h"

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

constexpr int kMostDepths = 64;
constexpr std::array kFirstPrompts{"a person", "the sky", "a plant"};  // as the lens itself starts with

LensColumn lensColumn(const char* lens, std::uint32_t& nextId, ParameterSet parameters = {}) {
    return {.id = LensColumnId{nextId++}, .lens = lens, .parameters = std::move(parameters)};
}

/// What tokens are told by, with codes of that many depths or without any.
std::vector<LensColumn> tokenLenses(TokenDepths codes, std::uint32_t& nextId) {
    const int depths = codes.count;
    std::vector<LensColumn> lenses;
    const auto add = [&](const char* lens, ParameterSet parameters = {}) { lenses.push_back(lensColumn(lens, nextId, std::move(parameters))); };
    if (depths == 0) {
        for (const char* lens : {"token_norm", "latent_pca", "token_similarity"}) add(lens);
        return lenses;
    }
    const auto depth = [](int value) { return ParameterSet{{"depth", std::int64_t(value)}}; };
    add("depth");
    add("codes", depth(1));
    if (depths > 1) add("codes", depth(depths));
    add("token_norm");
    if (codes.residual) add("residual");
    if (depths > 1) add("depth_contribution", depth(2));
    add("latent_pca");
    return lenses;
}

}  // namespace

std::span<const WorkspaceKind> offeredWorkspaces() {
    static constexpr std::array kOffered{WorkspaceKind::Reconstruct, WorkspaceKind::Tokens, WorkspaceKind::Compare, WorkspaceKind::Heatmap, WorkspaceKind::Generate, WorkspaceKind::Train};
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
    return {.grid = kind == WorkspaceKind::Compare || kind == WorkspaceKind::Heatmap};
}

bool showsOneModel(WorkspaceKind kind) {
    return kind == WorkspaceKind::Reconstruct || kind == WorkspaceKind::Tokens || kind == WorkspaceKind::Generate;
}

bool showsBoard(WorkspaceKind kind) {
    return kind != WorkspaceKind::Train && kind != WorkspaceKind::Generate;
}

bool areInitialTokens(const std::vector<ModelGroup>& groups) {
    if (groups.size() != 1 || !groups.front().model || groups.front().folded) return false;
    for (int i = 0; i <= 2 * kMostDepths + 1; ++i) {
        std::uint32_t id = 0;
        const TokenDepths depths{.count = i / 2, .residual = i % 2 == 0};
        const auto same = [](const LensColumn& a, const LensColumn& b) { return a.lens == b.lens && a.parameters == b.parameters && !a.sweep && !a.with; };
        if (std::ranges::equal(groups.front().lenses, tokenLenses(depths, id), same)) return true;
    }
    return false;
}

std::vector<ModelGroup> initialGroups(WorkspaceKind kind, std::vector<ModelChoice> models, std::uint32_t& nextId, TokenDepths depths) {
    if (models.empty()) models.push_back({});
    if (showsOneModel(kind)) models.resize(1);
    std::vector<ModelGroup> groups;
    if (kind == WorkspaceKind::Tokens) {
        groups.push_back({.model = std::move(models.front()), .lenses = tokenLenses(depths, nextId)});
        return groups;
    }
    if (!showsBoard(kind)) {
        // It shows no board. What is cheapest keeps the models for the workspace that comes next.
        for (ModelChoice& model : models) groups.push_back({.model = std::move(model), .lenses = {lensColumn("input", nextId)}});
        return groups;
    }
    groups.push_back({.lenses = {lensColumn("input", nextId)}});
    for (ModelChoice& model : models) {
        ModelGroup group{.model = std::move(model)};
        if (kind == WorkspaceKind::Heatmap) {
            for (const char* lens : {"text_similarity", "token_similarity"}) group.lenses.push_back(lensColumn(lens, nextId));
        } else {
            for (const char* lens : {"reconstruction", "difference"}) group.lenses.push_back(lensColumn(lens, nextId));
        }
        groups.push_back(std::move(group));
    }
    if (kind != WorkspaceKind::Heatmap) return groups;
    const std::vector<std::string> prompts(kFirstPrompts.begin(), kFirstPrompts.end());
    return withPrompts(std::move(groups), prompts, [](const ModelChoice&) { return true; }, nextId);
}

}  // namespace tessera::ui
