// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/cell_wish.h"

#include <algorithm>
#include <array>

#include <QCoreApplication>

#include "workspace/session.h"

namespace tessera::ui {
namespace {

/// Rows that an aggregate over the board is made of: the first ones, so that scrolling changes nothing.
constexpr std::size_t kMostShared = 16;

QString tr(const char* text) {
    return QCoreApplication::translate("CellBoard", text);
}

QString wordFor(const std::string& capability) {
    if (capability == "encode") return tr("encoder");
    if (capability == "decode") return tr("decoder");
    if (capability == "quantize") return tr("codes");
    if (capability == "text") return tr("text tower");
    return QString::fromStdString(capability);
}

}  // namespace

Wish wishOf(const Column& column, const LensInfo* lens) {
    Wish wish{.lens = column.lens, .computed = column.parameters};
    if (!lens || !lens->needs.empty()) wish.model = column.model;
    if (!lens) return wish;
    for (const ParameterSpec& spec : lens->parameters) {
        const auto given = wish.computed.find(spec.name);
        if (spec.display) {
            wish.displayed[spec.name] = given == wish.computed.end() ? spec.initial : given->second;
            if (given != wish.computed.end()) wish.computed.erase(given);
        } else if (given == wish.computed.end() && spec.countedBy.empty()) {
            wish.computed[spec.name] = spec.initial;  // the engine knows where a count of the model ends
        }
    }
    return wish;
}

std::vector<ParameterSpec> preprocessingSpecs(const std::vector<LensInfo>& lenses) {
    const auto input = std::ranges::find(lenses, "input", &LensInfo::name);
    return input == lenses.end() ? std::vector<ParameterSpec>() : input->parameters;
}

ParameterSet preprocessingOf(const Column& column, const std::vector<LensInfo>& lenses) {
    ParameterSet result;
    for (const ParameterSpec& spec : preprocessingSpecs(lenses)) {
        const auto given = column.parameters.find(spec.name);
        result[spec.name] = given == column.parameters.end() ? spec.initial : given->second;
    }
    return result;
}

std::optional<ParameterSpec> specFor(const ParameterSpec& declared, const std::optional<ModelInfo>& model) {
    if (!model) return declared;
    if (!declared.choices.empty() && !declared.countedBy.empty() && !countOf(*model, declared.countedBy)) return std::nullopt;
    return boundedFor(declared, *model);
}

std::vector<OtherCell> othersOf(const Session& session, RowId row, const Column& column, const LensInfo& lens, const ParameterSet& computed) {
    std::vector<OtherCell> others;
    if (column.with && (lens.others == Others::Reference || lens.others == Others::Required)) {
        const RowId other = column.with->row.value_or(row);
        const ModelChoice& model = column.with->model ? *column.with->model : column.model;
        // A picture is not compared with itself: the row that the others are held against shows its own input there.
        if (lens.others == Others::Required || other != row || model != column.model) others.push_back({other, model});
    } else if (drawsFromBoard(lens, computed)) {
        for (const Row& each : session.rows()) {
            if (others.size() == kMostShared) break;
            if (!each.error) others.push_back({each.id, column.model});
        }
    }
    return others;
}

bool drawsFromBoard(const LensInfo& lens, const ParameterSet& parameters) {
    if (lens.others != Others::Board) return false;
    return std::ranges::any_of(parameters, [](const auto& entry) { return entry.second == Value(std::string("shared")); });
}

bool seesTokenEdits(const LensInfo& lens) {
    return std::ranges::any_of(lens.needs, [](const std::string& need) { return need == "quantize" || need == "decode"; });
}

bool followsToken(const LensInfo& lens, const Column& column) {
    return std::ranges::all_of(std::array{"row", "column"}, [&](const char* name) {
        return std::ranges::find(lens.parameters, name, &ParameterSpec::name) != lens.parameters.end() && !column.parameters.contains(name);
    });
}

ParameterSet aimedAt(const LensInfo& lens, const Column& column, const TokenAim& aim) {
    ParameterSet aimed;
    if (!followsToken(lens, column)) return aimed;
    aimed["row"] = std::int64_t(aim.place.row);
    aimed["column"] = std::int64_t(aim.place.column);
    const bool takesDepth = std::ranges::find(lens.parameters, "depth", &ParameterSpec::name) != lens.parameters.end();
    if (takesDepth && !column.parameters.contains("depth")) aimed["depth"] = std::int64_t(aim.depth) + 1;
    return aimed;
}

Error needsOther(const LensInfo& lens) {
    return {ErrorCode::Invalid, tr("%1 needs a second image").arg(QString::fromStdString(lens.name)).toStdString(), {},
            tr("choose it in the column's menu, under With image").toStdString()};
}

bool isRecording(const ModelInfo& model) { return model.precision == "recorded"; }

std::optional<Error> notOffered(const LensInfo& lens, const ModelInfo& model) {
    for (const std::string& need : lens.needs) {
        if (need == "compute") {
            if (!isRecording(model)) continue;
            return Error{ErrorCode::Unsupported, tr("this is a recording: it holds what was computed, and %1 computes anew").arg(QString::fromStdString(lens.name).replace(u'_', u' ')).toStdString(), model.name,
                         tr("open the model itself").toStdString()};
        }
        if (std::ranges::find(model.capabilities, need) != model.capabilities.end()) continue;
        return Error{ErrorCode::Unsupported, tr("this model has no %1").arg(wordFor(need)).toStdString(), model.name,
                     need == "text" ? tr("choose tessera-mini, a CLIP, a SigLIP or an OpenVision").toStdString()
                                    : tr("choose a model that offers %1").arg(QString::fromStdString(lens.name).replace(u'_', u' ')).toStdString()};
    }
    return std::nullopt;
}

}  // namespace tessera::ui
