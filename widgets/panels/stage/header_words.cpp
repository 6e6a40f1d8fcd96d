// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/header_words.h"

#include <cmath>

#include <QCoreApplication>
#include <QFileInfo>

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
    return tr("%1 × %2 × %3 latents").arg(picture.image.width() / model.downsample).arg(picture.image.height() / model.downsample).arg(model.latentChannels);
}

}  // namespace

HeaderLine sourceHeader(const Row& row) {
    HeaderLine line{.row = {.left = {{tr("Source"), Word::Role::Strong}}, .numbers = {{second(row.name)}}}, .toolTip = row.name};
    if (!row.info) return line;
    for (const std::string& note : row.info->notes) line.toolTip += u'\n' + QString::fromStdString(note);
    return line;
}

HeaderLine modelHeader(const EngineHost& host) {
    HeaderLine line;
    const auto set = [&](const QString& name, const Word& right) {
        line.row.left = {{name, Word::Role::Strong}};
        if (!right.text.isEmpty()) line.row.numbers = {{right}};
        line.toolTip = right.text.isEmpty() ? name : name + u'\n' + right.text;
    };
    const QString chosen = QFileInfo(QString::fromStdString(host.choice().reference)).fileName();
    if (host.model() && !host.modelOpening()) {
        const ModelInfo& model = *host.model();
        set(QString::fromStdString(model.name), second(joined({model.precision, model.shape})));
        line.toolTip = QString::fromStdString(model.name) + u'\n' + joined({model.family, model.layout, model.precision, model.device});
        if (!model.licence.empty()) line.toolTip += u'\n' + QString::fromStdString(model.licence);
    } else if (host.modelOpening()) {
        const int percent = static_cast<int>(std::lround(host.modelProgress().fraction * 100));
        set(chosen, second(percent > 0 ? tr("opening, %1 %").arg(percent) : tr("opening")));
    } else if (host.modelError()) {
        set(chosen, {headingOf(*host.modelError()), Word::Role::Error});
        line.toolTip = QString::fromStdString(toLine(*host.modelError()));
    } else {
        set(chosen.isEmpty() ? tr("No model") : chosen, {});
    }
    return line;
}

ColumnHeader::Words columnWords(const Row& row, const Column& column, const Cell& cell, const EngineHost& host) {
    ColumnHeader::Words words;
    words.lens.left = {second(lensTitle(column.lens))};
    const Picture* picture = cell.picture.get();
    if (column.lens == "input") {
        if (row.info) {
            words.lens.numbers = {{second(QString::fromStdString(row.info->format))}, {second(tr("%1 × %2 px").arg(row.info->width).arg(row.info->height))}};
        }
        if (picture) words.parameter.left = {second(QString::fromStdString(picture->summary))};
        return words;
    }
    if (!picture) return words;
    const QString latents = host.model() ? latentWords(*picture, *host.model()) : QString();
    words.parameter.left = {second(latents.isEmpty() ? QString::fromStdString(picture->summary) : latents)};
    if (cell.state == CellState::Done && cell.seconds > 0) words.parameter.numbers = {{second(durationWords(cell.seconds))}};
    return words;
}

}  // namespace tessera::ui
