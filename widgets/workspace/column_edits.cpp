// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/column_edits.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "workspace/prompts.h"

namespace tessera::ui {
namespace {

struct Place {
    int group = -1, entry = -1;
    explicit operator bool() const { return group >= 0; }
};

Place placeOf(const Groups& groups, LensColumnId lens) {
    for (int g = 0; g < static_cast<int>(groups.size()); ++g) {
        const auto& lenses = groups[g].lenses;
        const auto it = std::ranges::find(lenses, lens, &LensColumn::id);
        if (it != lenses.end()) return {g, static_cast<int>(it - lenses.begin())};
    }
    return {};
}

bool isGroup(const Groups& groups, int group) {
    return group >= 0 && group < static_cast<int>(groups.size());
}

template <typename Edit>
Groups edited(Groups groups, LensColumnId lens, Edit edit) {
    if (const Place place = placeOf(groups, lens)) edit(groups[place.group].lenses[place.entry]);
    return groups;
}

LensColumn renamed(LensColumn lens, std::uint32_t& nextId) {
    lens.id = LensColumnId{nextId++};
    return lens;
}

ModelGroup renamed(ModelGroup group, std::uint32_t& nextId) {
    for (LensColumn& lens : group.lenses) lens = renamed(std::move(lens), nextId);
    return group;
}

template <typename Item>
void moveItem(std::vector<Item>& items, int from, int to) {
    const auto begin = items.begin();
    if (from < to) std::rotate(begin + from, begin + from + 1, begin + to + 1);
    if (to < from) std::rotate(begin + to, begin + from, begin + from + 1);
}

}  // namespace

Groups withModel(Groups groups, const ModelChoice& model, std::uint32_t& nextId) {
    const auto pattern = std::find_if(groups.rbegin(), groups.rend(), [](const ModelGroup& group) { return group.model.has_value(); });
    ModelGroup added{.model = model};
    if (pattern != groups.rend()) {
        added.lenses = pattern->lenses;
    } else {
        added.lenses = {{.lens = "reconstruction"}};
    }
    // A board that shows no model yet gets its first one there.
    if (pattern != groups.rend() && pattern->model->reference.empty()) {
        pattern->model = model;
        return groups;
    }
    groups.push_back(renamed(std::move(added), nextId));
    return groups;
}

Groups withoutModel(Groups groups, const ModelChoice& model) {
    Groups kept = groups;
    std::erase_if(kept, [&](const ModelGroup& group) { return group.model == model; });
    return kept.empty() ? groups : kept;
}

Groups withoutGroup(Groups groups, int group) {
    if (isGroup(groups, group) && groups.size() > 1) groups.erase(groups.begin() + group);
    return groups;
}

Groups withGroupMoved(Groups groups, int from, int to) {
    if (isGroup(groups, from) && isGroup(groups, to)) moveItem(groups, from, to);
    return groups;
}

Groups withGroupFolded(Groups groups, int group, bool folded) {
    if (isGroup(groups, group)) groups[group].folded = folded;
    return groups;
}

Groups withGroupModel(Groups groups, int group, const ModelChoice& model) {
    if (isGroup(groups, group) && groups[group].model) groups[group].model = model;
    return groups;
}

Groups withGroupCopied(Groups groups, int group, std::uint32_t& nextId) {
    if (isGroup(groups, group)) groups.insert(groups.begin() + group + 1, renamed(groups[group], nextId));
    return groups;
}

Groups withLens(Groups groups, int group, const std::string& lens, std::uint32_t& nextId) {
    if (!isGroup(groups, group)) return groups;
    groups[group].lenses.push_back({.id = LensColumnId{nextId++}, .lens = lens});
    groups[group].folded = false;
    return groups;
}

Groups withoutLens(Groups groups, LensColumnId lens) {
    const Place place = placeOf(groups, lens);
    if (!place) return groups;
    auto& lenses = groups[place.group].lenses;
    if (lenses.size() == 1) return withoutGroup(std::move(groups), place.group);
    lenses.erase(lenses.begin() + place.entry);
    return groups;
}

Groups withLensChanged(Groups groups, LensColumnId lens, const std::string& name, const std::vector<std::string>& kept) {
    return edited(std::move(groups), lens, [&](LensColumn& column) {
        const auto stays = [&](const std::string& parameter) { return std::ranges::find(kept, parameter) != kept.end(); };
        column.lens = name;
        std::erase_if(column.parameters, [&](const auto& entry) { return !stays(entry.first); });
        if (column.sweep && !stays(column.sweep->parameter)) column.sweep.reset();
        column.with.reset();
    });
}

Groups withLensCopied(Groups groups, LensColumnId lens, std::uint32_t& nextId) {
    const Place place = placeOf(groups, lens);
    if (!place) return groups;
    auto& lenses = groups[place.group].lenses;
    lenses.insert(lenses.begin() + place.entry + 1, renamed(lenses[place.entry], nextId));
    groups[place.group].folded = false;
    return groups;
}

Groups withLensMoved(Groups groups, LensColumnId lens, int group, int to) {
    const Place place = placeOf(groups, lens);
    if (!place || !isGroup(groups, group)) return groups;
    LensColumn moved = groups[place.group].lenses[place.entry];
    auto& from = groups[place.group].lenses;
    from.erase(from.begin() + place.entry);
    if (place.group == group && to > place.entry) --to;
    auto& into = groups[group].lenses;
    into.insert(into.begin() + std::clamp(to, 0, static_cast<int>(into.size())), std::move(moved));
    if (from.empty()) groups.erase(groups.begin() + place.group);
    return groups;
}

Groups withCompanion(Groups groups, LensColumnId lens, std::optional<Companion> with) {
    return edited(std::move(groups), lens, [&](LensColumn& column) { column.with = std::move(with); });
}

Groups withSweep(Groups groups, LensColumnId lens, std::optional<Sweep> sweep) {
    if (sweep && sweep->values.empty()) return groups;
    return edited(std::move(groups), lens, [&](LensColumn& column) {
        // The step that was looked at becomes the parameter's value.
        if (column.sweep && (!sweep || sweep->parameter != column.sweep->parameter)) {
            column.parameters.insert_or_assign(column.sweep->parameter, column.sweep->values[column.sweep->current]);
        }
        if (sweep) sweep->current = std::clamp(sweep->current, 0, static_cast<int>(sweep->values.size()) - 1);
        column.sweep = std::move(sweep);
    });
}

Groups withSweepFolded(Groups groups, LensColumnId lens, bool folded) {
    return edited(std::move(groups), lens, [folded](LensColumn& column) {
        if (column.sweep) column.sweep->folded = folded;
    });
}

Groups withParameter(Groups groups, const ColumnId& column, const std::string& name, const Value& value) {
    return edited(std::move(groups), column.lens, [&](LensColumn& lens) {
        const bool swept = lens.sweep && lens.sweep->parameter == name && column.step < static_cast<int>(lens.sweep->values.size());
        if (swept) {
            lens.sweep->values[column.step] = value;
        } else {
            lens.parameters.insert_or_assign(name, value);
            if (lens.sweep && lens.sweep->parameter == "prompt" && showsBestPrompt(lens)) lens.sweep.reset();
        }
    });
}

Groups withParameterEverywhere(Groups groups, const std::string& name, const Value& value) {
    for (ModelGroup& group : groups) {
        for (LensColumn& lens : group.lenses) {
            if (lens.sweep && lens.sweep->parameter == name) lens.sweep.reset();
            lens.parameters.insert_or_assign(name, value);
        }
    }
    return groups;
}

double numberOf(const Value& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    return 0;
}

double plainNumber(double number) {
    constexpr int kDigits = 12;  // of the 15 to 17 that a double has
    char text[40];
    const auto written = std::to_chars(text, text + sizeof text, number, std::chars_format::general, kDigits);
    double read = number;
    std::from_chars(text, written.ptr, read);
    return read;
}

std::vector<Value> sweepValues(const Value& low, const Value& high, int count, bool doubling) {
    count = std::max(1, count);
    const bool whole = std::holds_alternative<std::int64_t>(low);
    const double a = numberOf(low), b = numberOf(high);
    std::vector<double> numbers;
    for (int i = 0; i < count; ++i) {
        double x = count == 1 ? a : a + (b - a) * i / (count - 1);
        // The last is `high`, each before it half of the next; the first is `low`.
        if (doubling && i > 0) x = b / std::exp2(count - 1 - i);
        // As numbers until the end: GCC 12 takes the text side of a Value for uninitialised here.
        const double number = whole ? std::round(x) : plainNumber(x);
        if (numbers.empty() || numbers.back() != number) numbers.push_back(number);
    }
    std::vector<Value> values;
    for (const double number : numbers) {
        if (whole) {
            values.emplace_back(static_cast<std::int64_t>(number));
        } else {
            values.emplace_back(number);
        }
    }
    return values;
}

const LensColumn* findLens(const Groups& groups, LensColumnId lens) {
    const Place place = placeOf(groups, lens);
    return place ? &groups[place.group].lenses[place.entry] : nullptr;
}

}  // namespace tessera::ui
