// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <QCoreApplication>

#include <nlohmann/json.hpp>
#include <tessera/files.h>
#include <tessera/model_reference.h>

#include "document.h"
#include "exports.h"

namespace tessera::studio {
namespace {

std::string tr(const char* text) {
    return QCoreApplication::translate("ContactSheet", text).toStdString();
}

SheetHead headOf(const Document& document) {
    const auto& columns = document.session.columns();
    SheetHead head;
    const auto counted = [](std::size_t count, const char* one, const char* several) { return count == 1 ? tr(one) : QString::fromStdString(tr(several)).arg(count).toStdString(); };
    head.title = counted(document.session.rows().size(), "1 picture", "%1 pictures") + ", " + counted(ui::modelsOf(document.session.groups()).size(), "1 model", "%1 models");
    head.right = "Tessera " TESSERA_VERSION " · " + (document.host.engine() ? document.host.engine()->status().device : std::string());
    head.lines = {tr("PSNR and SSIM of sRGB pixels between the model's input and its output, on the grid of the input")};
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const ui::Column& column = columns[i];
        if (i == 0 || columns[i - 1].group != column.group) {
            const std::optional<ModelInfo>& model = document.host.modelOf(column.model).info;
            SheetGroup group{.name = column.source ? tr("Source") : model ? model->name : column.model.reference, .words = {}, .columns = {}};
            if (!column.source && model) group.words = model->precision + (model->shape.empty() ? "" : " · " + model->shape);
            head.groups.push_back(std::move(group));
        }
        const auto& lenses = document.host.lenses();
        const auto lens = std::ranges::find(lenses, column.lens, &LensInfo::name);
        head.groups.back().columns.push_back({column.lens, parameterWords(column.parameters, lens == lenses.end() ? std::vector<ParameterSpec>() : lens->parameters)});
    }
    return head;
}

SheetRow rowOf(const Document& document, const ui::Row& row) {
    SheetRow sheet{.name = row.name.toStdString(), .words = {}, .thumbnail = {}, .cells = {}};
    if (row.info) sheet.words = row.info->format + " · " + std::to_string(row.info->width) + " × " + std::to_string(row.info->height) + " px";
    if (const QImage thumbnail = row.thumbnail.convertToFormat(QImage::Format_RGB888); !thumbnail.isNull()) {
        std::vector<std::uint8_t> rgb;
        for (int y = 0; y < thumbnail.height(); ++y) rgb.insert(rgb.end(), thumbnail.constScanLine(y), thumbnail.constScanLine(y) + thumbnail.width() * 3);
        sheet.thumbnail = Image(thumbnail.width(), thumbnail.height(), 3, SharedArray<std::uint8_t>(std::move(rgb)));
    }
    const auto& columns = document.session.columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const ui::Cell& cell = document.board.cell(row.id, int(i));
        if (cell.picture && !cell.picture->partial && !cell.outdated) sheet.cells.push_back(sheetCell(*cell.picture, columns[i].lens));
        else if (cell.error) sheet.cells.push_back(sheetCell(*cell.error));
        else sheet.cells.push_back({.picture = {}, .problem = {}, .words = tr("not computed yet"), .numbers = {}});
    }
    return sheet;
}

/// The sheet's text: what is needed to make it again.
std::string wordsOf(const Document& document) {
    nlohmann::json models = nlohmann::json::array(), lenses = nlohmann::json::array(), sources = nlohmann::json::array();
    for (const ui::ModelChoice& choice : document.session.models()) {
        nlohmann::json json{{"reference", toText(ModelRequest{choice.reference, choice.precision})}};
        if (const auto& info = document.host.modelOf(choice).info) json.update({{"name", info->name}, {"fingerprint", info->fingerprint}, {"precision", info->precision}, {"device", info->device}});
        models.push_back(std::move(json));
    }
    for (const ui::Column& column : document.session.columns()) {
        nlohmann::json parameters = nlohmann::json::object();
        for (const auto& [name, value] : column.parameters) std::visit([&json = parameters[name]](const auto& held) { json = held; }, value);
        nlohmann::json lens{{"name", column.lens}, {"model", toText(ModelRequest{column.model.reference, column.model.precision})}, {"parameters", std::move(parameters)}};
        if (column.with && column.with->model) lens["with_model"] = toText(ModelRequest{column.with->model->reference, column.with->model->precision});
        if (const ui::Row* with = column.with && column.with->row ? document.session.find(*column.with->row) : nullptr) lens["with"] = with->request.path;
        lenses.push_back(std::move(lens));
    }
    for (const ui::Row& row : document.session.rows()) {
        nlohmann::json json{{"path", row.request.path}, {"name", row.name.toStdString()}};
        if (row.info) json["content"] = row.info->contentHash;
        sources.push_back(std::move(json));
    }
    const nlohmann::json words{{"program", "Tessera " TESSERA_VERSION}, {"models", models}, {"lenses", lenses}, {"sources", sources}};
    return words.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

QString exportContactSheet(const Document& document, const QString& path, const SheetLook& look) {
    auto painter = ContactSheetPainter::make(headOf(document), look);
    if (!painter) return QString::fromStdString(toLine(painter.error()));
    for (const ui::Row& row : document.session.rows()) painter.value().addRow(rowOf(document, row));
    const Result<Image> sheet = painter.value().finish();
    if (!sheet) return QString::fromStdString(toLine(sheet.error()));
    const auto problem = writePngFile(path.toStdString(), sheet.value(), {{"Software", "Tessera " TESSERA_VERSION}, {"Tessera", wordsOf(document)}});
    return problem ? QString::fromStdString(toLine(*problem)) : QString();
}

}  // namespace tessera::studio
