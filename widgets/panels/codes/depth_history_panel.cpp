// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/codes/depth_history_panel.h"

#include <cmath>

#include <QAction>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QTableView>
#include <QVBoxLayout>

#include "bridge/picture_image.h"
#include "bridge/token_reader.h"
#include "canvas/camera.h"
#include "models/depth_history_model.h"
#include "models/table_text.h"
#include "panels/codes/patch_painter.h"
#include "panels/stage/number_words.h"
#include "panels/word_line.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kDepthWidth = 36, kPatchWidth = 44, kDecimals = 2;

/// The part of a picture under one token of a grid over the same source.
QImage patchAt(const Picture& picture, const TokenGrid& grid, TokenPlace place) {
    const Picture::Region region = canvas::regionOf(picture);
    if (region.width <= 0 || region.height <= 0) return {};
    const auto pixelX = [&](double column) { return (grid.region.x + column / grid.columns * grid.region.width - region.x) * picture.image.width() / region.width; };
    const auto pixelY = [&](double row) { return (grid.region.y + row / grid.rows * grid.region.height - region.y) * picture.image.height() / region.height; };
    const QPoint from(int(std::lround(pixelX(place.column))), int(std::lround(pixelY(place.row)))), to(int(std::lround(pixelX(place.column + 1))), int(std::lround(pixelY(place.row + 1))));
    return imageOf(picture, QRect(from, to - QPoint(1, 1)));
}

}  // namespace

DepthHistoryPanel::DepthHistoryPanel(CodeReaders& readers, QWidget* parent) : CodesPanel(readers, parent), m_model(new DepthHistoryModel(this)), m_head(new WordLine(this)) {
    m_table = makePanelTable(m_model, tr("Depth history of the token"), [this] { return text(); });
    m_table->setItemDelegate(new PatchPainter(DepthHistoryModel::PatchRole, {DepthHistoryModel::AloneSection, DepthHistoryModel::SoFarSection}, -1, DepthHistoryModel::EditedRole, m_table));
    m_table->verticalHeader()->setDefaultSectionSize(PatchPainter::kRow);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    QHeaderView* header = m_table->horizontalHeader();
    header->setMinimumSectionSize(28);
    for (const auto& [section, width] : {std::pair(DepthHistoryModel::DepthSection, kDepthWidth), {DepthHistoryModel::AloneSection, kPatchWidth}, {DepthHistoryModel::SoFarSection, kPatchWidth + 12}}) {
        header->setSectionResizeMode(section, QHeaderView::Fixed);
        header->resizeSection(section, width);
    }
    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* headRow = new QHBoxLayout;
    headRow->setContentsMargins(size::kDockMargin, 4, size::kDockMargin, 4);
    headRow->addWidget(m_head);
    layout->addLayout(headRow);
    layout->addWidget(m_table, 1);
    setContent(body);
    setFocusProxy(m_table);
    m_copy = makeCopyAction(this, tr("Copy depth history"), tr("The codes of the token at all depths, as tab-separated text"), [this] { return text(); });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        if (!m_showing && index.isValid()) chooseDepth(index.row());
    });
    connect(&readers.pictures, &CodePictures::arrived, this, &DepthHistoryPanel::schedule);
    connect(&readers.depths, &DepthReader::changed, this, &DepthHistoryPanel::schedule);
}

DepthHistoryPanel::~DepthHistoryPanel() {
    watch(false);
}

void DepthHistoryPanel::watch(bool seen) {
    m_readers.depths.watch(this, seen);
    if (!seen) m_readers.pictures.want(this, {});
}

QString DepthHistoryPanel::missing() const {
    const QString words = CodesPanel::missing();
    if (!words.isEmpty()) return words;
    return m_readers.session.view().tokens.any() ? QString() : tr("Choose a token in a picture\nto read its codes depth by depth");
}

void DepthHistoryPanel::refresh() {
    const auto current = grid();
    const TokenSelection chosen = selection();
    const bool there = current && chosen.any();
    m_copy->setEnabled(there);
    m_showing = true;
    m_model->setToken(there ? current : nullptr, chosen.cursor);
    if (there) m_table->selectionModel()->setCurrentIndex(m_model->index(depth(), 0), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_showing = false;
    Q_EMIT contextChanged(there ? tr("row %1, column %2").arg(chosen.cursor.row).arg(chosen.cursor.column) : QString());
    if (!there) return m_readers.pictures.want(this, {});
    showHead(*current, chosen);
    showPatches(*current, chosen.cursor);
}

void DepthHistoryPanel::showHead(const TokenGrid& grid, const TokenSelection& selection) {
    const std::size_t at = grid.at(selection.cursor.row, selection.cursor.column, depth());
    std::vector<Word> words{{tr("norm"), Word::Role::Second}, {fixedNumber(grid.norm[grid.cell(selection.cursor.row, selection.cursor.column)], kDecimals)},
                            {tr("nearest"), Word::Role::Second}, {fixedNumber(grid.nearest[at], kDecimals)}};
    if (std::isfinite(grid.second[at])) {
        words.push_back({tr("second"), Word::Role::Second});
        words.push_back({fixedNumber(grid.second[at], kDecimals)});
        words.push_back({tr("code %1").arg(grid.secondCode[at]), Word::Role::Second});
    }
    m_head->setWords(std::move(words));
    m_head->setToolTip(tr("Length of the token's vector, and at depth %1 the distances from what the depths before left to the nearest and the second nearest codeword").arg(depth() + 1));
}

void DepthHistoryPanel::showPatches(const TokenGrid& grid, TokenPlace place) {
    std::vector<QImage> alone, soFar;
    std::vector<DepthCode> wanted;
    const DepthCurve* curve = m_readers.depths.current();
    for (int depth = 0; depth < m_model->rowCount(); ++depth) {
        const DepthCode code{depth, m_model->codeAt(depth)};
        alone.push_back(m_readers.pictures.of(code));
        if (alone.back().isNull()) wanted.push_back(code);
        const bool there = curve && depth < static_cast<int>(curve->pictures.size()) && curve->pictures[depth];
        soFar.push_back(there ? patchAt(*curve->pictures[depth], grid, place) : QImage());
    }
    m_readers.pictures.want(this, std::move(wanted));
    m_model->setPatches(std::move(alone), std::move(soFar));
}

QString DepthHistoryPanel::text() const {
    return tabSeparated(*m_model);
}

}  // namespace tessera::ui
