// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/columns.h"

#include <algorithm>

namespace tessera::ui {
namespace {

template <typename Same>
std::vector<ColumnSpan> spans(const std::vector<Column>& columns, Same same) {
    std::vector<ColumnSpan> result;
    for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
        if (i > 0 && same(columns[i - 1], columns[i])) {
            result.back().last = i;
        } else {
            result.push_back({i, i});
        }
    }
    return result;
}

void addColumns(const LensColumn& lens, Column column, std::vector<Column>& columns) {
    column.lens = lens.lens;
    column.parameters = lens.parameters;
    column.with = lens.with;
    column.id = {lens.id, 0};
    if (!lens.sweep) {
        columns.push_back(std::move(column));
        return;
    }
    const Sweep& sweep = *lens.sweep;
    for (int step = 0; step < static_cast<int>(sweep.values.size()); ++step) {
        if (sweep.folded && step != sweep.current) continue;
        column.step = step;
        column.id.step = step;
        column.parameters.insert_or_assign(sweep.parameter, sweep.values[step]);
        columns.push_back(column);
    }
}

}  // namespace

std::vector<Column> columnsOf(const std::vector<ModelGroup>& groups) {
    std::vector<Column> columns;
    for (int g = 0; g < static_cast<int>(groups.size()); ++g) {
        const ModelGroup& group = groups[g];
        Column column{.model = group.model.value_or(leadModel(groups)), .group = g, .source = !group.model};
        const std::size_t first = columns.size();
        for (int entry = 0; entry < static_cast<int>(group.lenses.size()); ++entry) {
            column.entry = entry;
            addColumns(group.lenses[entry], column, columns);
        }
        if (group.folded && columns.size() > first) columns.resize(first + 1);
    }
    return columns;
}

ModelChoice leadModel(const std::vector<ModelGroup>& groups) {
    for (const ModelGroup& group : groups) {
        if (group.model) return *group.model;
    }
    return {};
}

std::vector<ModelChoice> modelsOf(const std::vector<ModelGroup>& groups) {
    std::vector<ModelChoice> models;
    const auto add = [&models](const ModelChoice& choice) {
        if (!choice.reference.empty() && std::ranges::find(models, choice) == models.end()) models.push_back(choice);
    };
    for (const ModelGroup& group : groups) {
        if (group.model) add(*group.model);
        for (const LensColumn& lens : group.lenses) {
            if (lens.with && lens.with->model) add(*lens.with->model);
        }
    }
    return models;
}

std::vector<ColumnSpan> groupSpans(const std::vector<Column>& columns) {
    return spans(columns, [](const Column& a, const Column& b) { return a.group == b.group; });
}

std::vector<ColumnSpan> lensSpans(const std::vector<Column>& columns) {
    return spans(columns, [](const Column& a, const Column& b) { return a.id.lens == b.id.lens; });
}

}  // namespace tessera::ui
