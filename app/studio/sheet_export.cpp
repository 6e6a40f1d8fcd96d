// SPDX-License-Identifier: GPL-3.0-or-later
#include "sheet_export.h"

#include <algorithm>
#include <new>

#include <QCoreApplication>

#include <tessera/files.h>
#include <tessera/sheet_contents.h>
#include <tessera/source_words.h>

#include "bridge/qt_executor.h"
#include "document.h"
#include "panels/stage/picture_look.h"

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
        // Filled in its place: GCC 12 takes the strings of a temporary one for uninitialised here.
        SheetContents::Model& model = contents.models.emplace_back();
        model.request.reference = choice.reference;
        model.request.precision = choice.precision;
        model.info = status.info;
        model.problem = status.error;
    }
    for (const ui::Column& column : session.columns()) {
        SheetContents::Column sheet{.lens = column.lens, .parameters = column.parameters, .model = indexOf(models, column.model), .group = column.group, .source = column.source};
        if (column.with && column.with->model && column.with->model != column.model) sheet.withModel = indexOf(models, *column.with->model);
        const ui::Row* with = column.with && column.with->row ? session.find(*column.with->row) : nullptr;
        if (with) sheet.with = with->request.path.empty() ? with->name.toStdString() : with->request.path;
        const ui::LensColumn* lens = ui::findLens(session.groups(), column.id.lens);
        if (column.step && lens && lens->sweep) sheet.swept = lens->sweep->parameter;
        contents.columns.push_back(std::move(sheet));
    }
    for (const ui::Row& row : session.rows()) contents.sources.push_back({.path = row.request.path, .name = row.name.toStdString(), .info = row.info});
    return contents;
}

/// What the cells of each column hold together, where the view asks for it.
std::vector<std::optional<ui::PictureLook::Range>> rangesOf(const Document& document, ui::PictureLook& look) {
    const ui::Session& session = document.session;
    std::vector<std::optional<ui::PictureLook::Range>> ranges(session.columns().size());
    if (session.view().range != ui::FieldRange::Column) return ranges;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        std::vector<std::shared_ptr<const Picture>> pictures;
        for (const ui::Row& row : session.rows()) pictures.push_back(document.board.cell(row.id, int(i)).picture);
        ranges[i] = look.rangeOfAll(pictures, session.columns()[i]);
    }
    return ranges;
}

SheetRow rowOf(const Document& document, const ui::Row& row, ui::PictureLook& look, const std::vector<std::optional<ui::PictureLook::Range>>& ranges) {
    SheetRow sheet{.name = row.name.toStdString(), .words = {}, .thumbnail = {}, .cells = {}};
    if (row.info) sheet.words = row.info->format + " · " + sizeWords(*row.info);
    if (const QImage thumbnail = row.thumbnail.convertToFormat(QImage::Format_RGB888); !thumbnail.isNull()) {
        std::vector<std::uint8_t> rgb;
        for (int y = 0; y < thumbnail.height(); ++y) rgb.insert(rgb.end(), thumbnail.constScanLine(y), thumbnail.constScanLine(y) + thumbnail.width() * 3);
        sheet.thumbnail = Image(thumbnail.width(), thumbnail.height(), 3, SharedArray<std::uint8_t>(std::move(rgb)));
    }
    const auto& columns = document.session.columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const ui::Cell& cell = document.board.cell(row.id, int(i));
        if (cell.picture && !cell.picture->partial && !cell.outdated) {
            sheet.cells.push_back(sheetCell(*look.pictureShown(cell.picture, columns[i], document.session.view(), ranges[i]), columns[i].lens));
        } else if (cell.error) {
            sheet.cells.push_back(sheetCell(*cell.error));
        } else {
            sheet.cells.push_back({.picture = {}, .problem = {}, .words = tr("not computed yet"), .numbers = {}});
        }
        if (cell.edited) sheet.cells.back().words = tr("edited") + (sheet.cells.back().words.empty() ? "" : ", " + sheet.cells.back().words);
    }
    return sheet;
}

/// Everything that the worker needs: values, whose pixels are shared with the board.
struct Sheet {
    std::string path;
    SheetLook look;
    SheetContents contents;
    std::vector<SheetRow> rows;
};

std::optional<Error> written(Sheet& sheet, const std::stop_token& stop, const std::function<void()>& rowDrawn) {
    try {
        auto painter = ContactSheetPainter::make(sheetHead(sheet.contents), sheet.look);
        if (!painter) return painter.error();
        for (SheetRow& row : sheet.rows) {
            if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "cancelled", {}, {}};
            painter.value().addRow(row);
            row = {};  // the board may have let go of its pictures meanwhile
            rowDrawn();
        }
        const Result<Image> image = painter.value().finish();
        if (!image) return image.error();
        return writePngFile(sheet.path, image.value(), {{"Software", "Tessera " TESSERA_VERSION}, {"Tessera", sheetText(sheet.contents)}}, stop);
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::OutOfMemory, "the sheet does not fit into memory", sheet.path, "take some images off the board"};
    }
}

}  // namespace

SheetExport::SheetExport(const Document& document, QObject* parent) : QObject(parent), m_document(document) {
    m_pool.setMaxThreadCount(1);
}

SheetExport::~SheetExport() {
    cancel();
    m_pool.waitForDone();
}

void SheetExport::start(const QString& path, const SheetLook& look) {
    if (m_running) return;
    auto sheet = std::make_shared<Sheet>(Sheet{path.toStdString(), look, contentsOf(m_document), {}});
    ui::PictureLook drawn;
    const auto ranges = rangesOf(m_document, drawn);
    for (const ui::Row& row : m_document.session.rows()) sheet->rows.push_back(rowOf(m_document, row, drawn, ranges));
    m_stop = std::stop_source();
    m_running = true;
    m_drawn = 0;
    m_rows = static_cast<int>(sheet->rows.size());
    Q_EMIT progressed();
    m_pool.start([this, path, sheet, stop = m_stop.get_token(), executor = ui::guiExecutor(this)] {
        const auto rowDrawn = [this, &executor] {
            executor([this] {
                ++m_drawn;
                Q_EMIT progressed();
            });
        };
        const std::optional<Error> error = written(*sheet, stop, rowDrawn);
        executor([this, path, error] {
            m_running = false;
            const bool cancelled = error && error->code == ErrorCode::Cancelled;
            Q_EMIT finished(path, cancelled ? tr("The export was cancelled, no sheet is written") : error ? QString::fromStdString(toLine(*error)) : QString());
        });
    });
}

}  // namespace tessera::studio
