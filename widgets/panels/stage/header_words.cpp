// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/header_words.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>
#include <QFileInfo>

#include <tessera/source_words.h>

#include "panels/parameter_field.h"
#include "panels/stage/measure_words.h"
#include "panels/stage/number_words.h"
#include "panels/stage/state_words.h"

namespace tessera::ui {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("StageHeader", text);
}

Word second(const QString& text) {
    return {text, Word::Role::Second};
}

QString joined(std::initializer_list<std::string> words) {
    QStringList parts;
    for (const std::string& word : words) {
        if (!word.empty()) parts << QString::fromStdString(word);
    }
    return parts.join(QStringLiteral(" · "));
}

QString latentWords(const Picture& picture, const ModelInfo& model) {
    if (model.latentChannels <= 0 || model.downsample <= 0) return {};
    const bool codes = model.codes.depths() > 0 && model.codes.pixelsPerCell > 0;
    // Sides that are no multiples are padded for the model.
    const int side = codes ? model.codes.pixelsPerCell : model.downsample;
    const auto cells = [side](int pixels) { return (pixels + side - 1) / side; };
    const QString grid = tr("%1 × %2").arg(cells(picture.image.width())).arg(cells(picture.image.height()));
    return codes ? tr("%1 × %2 codes").arg(grid).arg(model.codes.depths()) : tr("%1 × %2 latents").arg(grid).arg(model.latentChannels);
}

/// How single tokens are brought to where words are, of a lens that does: as the column says, or as the model has it.
QString methodOf(const Column& column, const EngineHost& host) {
    const ParameterSpec* spec = specOf(host, column.lens, "method");
    const auto& model = host.modelOf(column.model).info;
    if (!spec || !model || model->denseMethods.empty()) return {};
    const auto chosen = column.parameters.find(spec->name);
    const Value& value = chosen == column.parameters.end() ? spec->initial : chosen->second;
    const std::string name = toText(value);
    return QString::fromStdString(name == toText(spec->initial) ? model->denseMethods.front() : name).replace(u'_', u' ');
}

}  // namespace

const ParameterSpec* specOf(const EngineHost& host, const std::string& lens, const std::string& parameter) {
    const LensInfo* info = lensInfo(host, lens);
    if (!info) return nullptr;
    const auto it = std::ranges::find(info->parameters, parameter, &ParameterSpec::name);
    return it == info->parameters.end() ? nullptr : &*it;
}

QString valueWords(const Value& value, const ParameterSpec* spec) {
    QString text;
    if (const auto* real = std::get_if<double>(&value)) {
        text = QString::number(*real, 'g', 4);
        text.replace(u'-', QChar(0x2212));
    } else if (const auto* word = std::get_if<std::string>(&value)) {
        text = choiceLabel(*word);
    } else if (const auto* yes = std::get_if<bool>(&value)) {
        text = *yes ? tr("on") : tr("off");
    } else {
        text = QString::fromStdString(toText(value));
    }
    const QString unit = spec && spec->unit != Unit::LatentUnits ? unitWords(spec->unit) : QString();
    return unit.isEmpty() ? text : text + QChar(0xa0) + unit;
}

QString modelName(const ModelChoice& choice, const EngineHost& host) {
    if (const auto& info = host.modelOf(choice).info) return QString::fromStdString(info->name);
    return QFileInfo(QString::fromStdString(choice.reference)).fileName();
}

QString modelLabel(const ModelChoice& choice, const EngineHost& host) {
    const QString name = modelName(choice, host);
    const auto sameModel = [&](const ModelChoice& other) { return other.reference == choice.reference && other != choice; };
    if (std::ranges::none_of(host.choices(), sameModel)) return name;
    const auto& info = host.modelOf(choice).info;
    const QString weights = choice.int8Weights ? QStringLiteral(" int8") : QString();
    if (choice.precision == Precision::Auto) return tr("%1 auto").arg(name) + weights;
    return info ? name + u' ' + QString::fromStdString(info->precision) + weights : name;
}

HeaderLine sourceHeader(const Row* row) {
    HeaderLine line{.row = {.left = {{tr("Source"), Word::Role::Strong}}}};
    if (!row) return line;
    line.row.numbers = {{second(row->name)}};
    line.toolTip = row->name;
    if (!row->info) return line;
    for (const std::string& note : row->info->notes) line.toolTip += u'\n' + QString::fromStdString(note);
    return line;
}

HeaderLine modelHeader(const ModelChoice& choice, const EngineHost& host) {
    HeaderLine line;
    const auto set = [&](const QString& name, const Word& right) {
        line.row.left = {{name, Word::Role::Strong}};
        if (!right.text.isEmpty()) line.row.numbers = {{right}};
        line.toolTip = right.text.isEmpty() ? name : name + u'\n' + right.text;
    };
    const QString chosen = modelLabel(choice, host);
    const ModelStatus& status = host.modelOf(choice);
    if (status.info) {
        const ModelInfo& model = *status.info;
        set(chosen, second(joined({model.precision, model.shape})));
        line.toolTip = chosen + u'\n' + joined({model.family, model.layout, model.precision, model.device});
        if (!model.licence.empty()) line.toolTip += u'\n' + QString::fromStdString(model.licence);
    } else if (status.opening) {
        const int percent = static_cast<int>(std::lround(status.progress.fraction * 100));
        set(chosen, second(percent > 0 ? tr("opening, %1 %").arg(percent) : tr("opening")));
    } else if (status.error) {
        set(chosen, {headingOf(*status.error, ErrorSubject::Model), Word::Role::Error});
        line.toolTip = QString::fromStdString(toLine(*status.error));
    } else {
        set(chosen.isEmpty() ? tr("No model") : chosen, {});
    }
    return line;
}

LensHeader::Words lensWords(const LensColumn& lens, const Column& column, const Row* row, const std::vector<Row>& rows, const EngineHost& host) {
    LensHeader::Words words;
    words.row.left = {second(lensTitle(lens.lens))};
    const LensInfo* info = lensInfo(host, lens.lens);
    if (info) words.toolTip = QString::fromStdString(info->help);
    if (const QString method = methodOf(column, host); !method.isEmpty()) {
        words.row.left.push_back(second(QStringLiteral("· ") + method));
        words.toolTip += u'\n' + tr("Tokens meet words by %1").arg(method);
    }
    if (lens.sweep) {
        const ParameterSpec* spec = specOf(host, lens.lens, lens.sweep->parameter);
        const auto& values = lens.sweep->values;
        words.folded = lens.sweep->folded;
        const QString range = tr("%1 %2…%3").arg(parameterLabel(lens.sweep->parameter).toLower(), valueWords(values.front(), nullptr), valueWords(values.back(), spec));
        words.row.numbers = {{second(range)}, {second(lens.sweep->folded ? tr("1 of %1").arg(values.size()) : tr("%1 columns").arg(values.size()))}};
        words.toolTip += u'\n' + tr("Sweep over %1").arg(range);
    } else if (lens.with) {
        QStringList parts;
        if (lens.with->model) parts << modelLabel(*lens.with->model, host);
        if (lens.with->row) {
            const auto other = std::ranges::find(rows, *lens.with->row, &Row::id);
            parts << (other == rows.end() ? tr("an image that was removed") : other->name);
        }
        if (!parts.isEmpty()) words.row.numbers = {{second(tr("with %1").arg(parts.join(QStringLiteral(", "))))}};
    } else if (lens.lens == "input" && row && row->info) {
        words.row.numbers = {{second(QString::fromStdString(row->info->format))}, {second(QString::fromStdString(sizeWords(*row->info)))}};
    }
    return words;
}

ParameterHeader::Words parameterWords(const Column& column, const LensColumn& lens, const Cell& cell, const EngineHost& host, bool current) {
    ParameterHeader::Words words;
    words.current = current;
    const Picture* picture = cell.picture.get();
    if (column.step && lens.sweep) {
        const QString value = valueWords(lens.sweep->values[*column.step], specOf(host, column.lens, lens.sweep->parameter));
        words.row.left = {{value, current ? Word::Role::Strong : Word::Role::Second}};
        if (const Measure* snr = picture ? picture->measure("snr") : nullptr; snr && snr->value) {
            words.row.numbers = {{second(tr("SNR %1 dB").arg(measureNumber(*snr)))}};
        }
        words.toolTip = parameterLabel(lens.sweep->parameter) + u' ' + value;
        return words;
    }
    if (!picture) return words;
    const QString summary = QString::fromStdString(picture->summary);
    if (column.source) {
        words.row.left = {second(summary)};
        words.toolTip = summary;
        return words;
    }
    const auto& model = host.modelOf(column.model).info;
    // Of a picture in pixels the latents are the news; lenses of latents say theirs themselves.
    const bool pixels = column.lens == "reconstruction" || column.lens == "difference";
    const QString latents = model && pixels ? latentWords(*picture, *model) : QString();
    words.row.left = {second(latents.isEmpty() ? summary : latents)};
    words.toolTip = summary;
    if (cell.state == CellState::Done && cell.seconds > 0) words.row.numbers = {{second(durationWords(cell.seconds))}};
    return words;
}

}  // namespace tessera::ui
