// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <QCoreApplication>

#include <tessera/files.h>
#include <tessera/sheet_contents.h>

#include "document.h"
#include "exports.h"

namespace tessera::studio {
namespace {

std::string tr(const char* text) {
    return QCoreApplication::translate("ContactSheet", text).toStdString();
}

/// Index among the models of the sheet; nothing for a board without a model.
std::optional<std::size_t> indexOf(const std::vector<ui::ModelChoice>& models, const ui::ModelChoice& model) {
    const auto found = std::ranges::find(models, model);
    return found == models.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - models.begin()));
}

SheetContents contentsOf(const Document& document) {
    const ui::Session& session = document.session;
    const std::vector<ui::ModelChoice> models = ui::modelsOf(session.groups());
    SheetContents contents;
    contents.lenses = document.host.lenses();
    if (document.host.engine()) contents.device = document.host.engine()->status().device;
    for (const ui::ModelChoice& choice : models) {
        const ui::ModelStatus& status = document.host.modelOf(choice);
        contents.models.push_back({.request = {choice.reference, choice.precision}, .info = status.info, .problem = status.error});
    }
    for (const ui::Column& column : session.columns()) {
        SheetContents::Column sheet{.lens = column.lens, .parameters = column.parameters, .model = indexOf(models, column.model), .group = column.group, .source = column.source};
        if (column.with && column.with->model && column.with->model != column.model) sheet.withModel = indexOf(models, *column.with->model);
        const ui::Row* with = column.with && column.with->row ? session.find(*column.with->row) : nullptr;
        if (with) sheet.with = with->request.path.empty() ? with->name.toStdString() : with->request.path;
        contents.columns.push_back(std::move(sheet));
    }
    for (const ui::Row& row : session.rows()) contents.sources.push_back({.path = row.request.path, .name = row.name.toStdString(), .info = row.info});
    return contents;
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

}  // namespace

QString exportContactSheet(const Document& document, const QString& path, const SheetLook& look) {
    const SheetContents contents = contentsOf(document);
    auto painter = ContactSheetPainter::make(sheetHead(contents), look);
    if (!painter) return QString::fromStdString(toLine(painter.error()));
    for (const ui::Row& row : document.session.rows()) painter.value().addRow(rowOf(document, row));
    const Result<Image> sheet = painter.value().finish();
    if (!sheet) return QString::fromStdString(toLine(sheet.error()));
    const auto problem = writePngFile(path.toStdString(), sheet.value(), {{"Software", "Tessera " TESSERA_VERSION}, {"Tessera", sheetText(contents)}});
    return problem ? QString::fromStdString(toLine(*problem)) : QString();
}

}  // namespace tessera::studio
