// SPDX-License-Identifier: GPL-3.0-or-later
#include "exports.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <tessera/colour_map.h>
#include <tessera/files.h>

#include "document.h"
#include "panels/stage/picture_look.h"

namespace tessera::studio {
namespace {

ModelRequest requestOf(const ui::ModelChoice& model) {
    return {model.reference, model.precision, model.int8Weights};
}

bool showsEdits(const Document& document, const LensInfo& lens) {
    return ui::seesTokenEdits(lens) && !document.session.view().unedited;
}

void addOthers(const Document& document, ui::RowId row, const ui::Column& column, const LensInfo& lens, ui::CellRecipe& cell) {
    for (const ui::OtherCell& other : ui::othersOf(document.session, row, column, lens, ui::wishOf(column, &lens).computed)) {
        const ui::Row* found = document.session.find(other.row);
        const bool edited = showsEdits(document, lens) && document.session.tokenEdit(other.row, other.model) != nullptr;
        cell.others.push_back({.own = other.row == row, .path = found ? found->request.path : "", .model = requestOf(other.model), .edited = edited, .frame = document.session.frameOf(other.row)});
    }
}

Error noImage() {
    return {ErrorCode::NotFound, QCoreApplication::translate("Exports", "There is no image").toStdString(), {}, {}};
}

/// Of the current column.
ui::RecipeFacts factsOf(const Document& document, const ui::Row& row) {
    const ui::Column& column = document.session.columns()[document.session.currentColumn()];
    const LensInfo* lens = ui::lensInfo(document.host, column.lens);
    const auto infoOf = [&](const ui::ModelChoice& choice) {
        const std::optional<ModelInfo>& info = document.host.modelOf(choice).info;
        return info ? &*info : nullptr;
    };
    ui::RecipeFacts facts{.lens = lens, .model = infoOf(column.model), .source = row.info ? &*row.info : nullptr};
    if (!lens) return facts;
    for (const ui::OtherCell& other : ui::othersOf(document.session, row.id, column, *lens, ui::wishOf(column, lens).computed)) {
        const ui::Row* found = document.session.find(other.row);
        if (other.row == row.id) facts.otherModel = infoOf(other.model);
        else if (found && found->info) facts.otherSource = &*found->info;
    }
    return facts;
}

}  // namespace

ui::CellRecipe recipeOf(const Document& document, ui::RowId row, int index) {
    const ui::Column& column = document.session.columns()[index];
    const LensInfo* lens = ui::lensInfo(document.host, column.lens);
    const EngineOptions& options = document.host.options();
    ui::CellRecipe cell{.path = document.session.find(row)->request.path, .model = {}, .lens = column.lens, .parameters = column.parameters, .others = {}, .tokens = {}, .frame = document.session.frameOf(row), .device = options.device, .threads = options.cpuThreads};
    cell.parameters.merge(document.board.followed(row, index));
    if (!lens || !lens->needs.empty()) cell.model = requestOf(column.model);
    if (!lens) return cell;
    addOthers(document, row, column, *lens, cell);
    const ui::TokenEditPointer edit = showsEdits(document, *lens) ? document.session.tokenEdit(row, column.model) : nullptr;
    cell.edited = edit != nullptr;
    if (edit) cell.tokens = document.editFiles.fileOf(edit, column.model, ui::preprocessingOf(column, document.host.lenses()));
    return cell;
}

std::optional<Error> commandRefusal(const Document& document) {
    const ui::Row* row = document.session.find(document.session.currentRow());
    if (!row) return noImage();
    return ui::commandRefusal(recipeOf(document, row->id, document.session.currentColumn()));
}

bool commandNeedsTokenFile(const Document& document) {
    const ui::Row* row = document.session.find(document.session.currentRow());
    return row && ui::needsTokenFile(recipeOf(document, row->id, document.session.currentColumn()));
}

QString copiedCommand(const Document& document) {
    const ui::Session& session = document.session;
    if (!session.find(session.currentRow())) return {};
    return QString::fromStdString(ui::commandFor(recipeOf(document, session.currentRow(), session.currentColumn())));
}

std::optional<Error> pythonRefusal(const Document& document) {
    const ui::Row* row = document.session.find(document.session.currentRow());
    if (!row) return noImage();
    return ui::pythonRefusal(recipeOf(document, row->id, document.session.currentColumn()), factsOf(document, *row));
}

Result<QString> copiedPython(const Document& document) {
    const ui::Row* row = document.session.find(document.session.currentRow());
    if (!row) return noImage();
    const auto program = ui::pythonFor(recipeOf(document, row->id, document.session.currentColumn()), factsOf(document, *row));
    if (!program) return program.error();
    return QString::fromStdString(program.value());
}

QImage imageOf(const Picture& picture) {
    const Image pixels = rendered(picture, picture.mapping, picture.legend.value_or(Legend()));
    const auto& samples = std::get<SharedArray<std::uint8_t>>(pixels.samples());
    const QImage view(samples.span().data(), pixels.width(), pixels.height(), qsizetype(pixels.width()) * 3, QImage::Format_RGB888);
    return view.copy();
}

std::shared_ptr<const Picture> currentPicture(const Document& document) {
    const ui::RowId row = document.session.currentRow();
    const int column = document.session.currentColumn();
    return document.session.find(row) ? ui::asShown(document.board.cell(row, column).picture, document.session.columns()[column]) : nullptr;
}

QString exportName(const Document& document) {
    const ui::Row* row = document.session.find(document.session.currentRow());
    if (!row) return {};
    const std::string& lens = document.session.columns()[document.session.currentColumn()].lens;
    return QStringLiteral("%1 %2.png").arg(QFileInfo(row->name).completeBaseName(), QString::fromStdString(lens));
}

QString exportPicture(const Document& document, const QString& path) {
    const auto picture = currentPicture(document);
    if (!picture) return QCoreApplication::translate("Exports", "There is no picture to export yet");
    FileWords words{{"Software", "Tessera " TESSERA_VERSION}};
    const QString command = copiedCommand(document);
    if (!command.isEmpty()) words["Command"] = command.toStdString();
    // The same encoder as the command line's: not only the same pixels, but the same colour space in the file.
    const auto problem = writePngFile(path.toStdString(), rendered(*picture, picture->mapping, picture->legend.value_or(Legend())), words);
    return problem ? QString::fromStdString(toLine(*problem)) : QString();
}

}  // namespace tessera::studio
