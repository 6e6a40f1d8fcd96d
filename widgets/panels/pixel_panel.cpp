// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/pixel_panel.h"

#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "bridge/cell_board.h"
#include "models/probe_model.h"
#include "panels/dock_title.h"
#include "panels/hint_stack.h"
#include "panels/pixel_patches.h"
#include "panels/table_painter.h"
#include "panels/word_line.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kCellPadding = 4;  // five columns in a narrow dock

}  // namespace

struct PixelPanel::Private {
    Session& session;
    CellBoard& board;
    ProbeModel* model;
    WordLine* place;
    QHBoxLayout* head;
    PixelPatches* patches;
    QTableView* table;
    HintStack* stack;

    void showPatches();
};

PixelPanel::PixelPanel(Session& session, CellBoard& board, QWidget* parent) : QWidget(parent), d(new Private{session, board}) {
    d->model = new ProbeModel(this);
    d->place = new WordLine(this, TextSize::Body);
    d->patches = new PixelPatches(this);
    d->table = new QTableView(this);
    d->table->setModel(d->model);
    dressTable(*d->table);
    d->table->setItemDelegate(new TablePainter(-1, -1, d->table, kCellPadding));
    d->table->setSelectionMode(QAbstractItemView::NoSelection);
    d->table->setFocusPolicy(Qt::NoFocus);
    d->table->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    d->table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    d->table->setAccessibleName(tr("Values of all columns at the pixel"));
    d->table->horizontalHeader()->setProperty("compact", true);
    d->table->horizontalHeader()->setMinimumSectionSize(28);
    d->table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    d->table->horizontalHeader()->setSectionResizeMode(ProbeModel::LensSection, QHeaderView::Stretch);

    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    layout->setContentsMargins(0, 8, 0, 0);
    layout->setSpacing(8);
    d->head = new QHBoxLayout;
    d->head->setContentsMargins(size::kDockMargin, 0, 8, 0);
    d->head->setSpacing(0);
    d->head->addWidget(d->place, 1);
    layout->addLayout(d->head);
    auto* patchRow = new QHBoxLayout;
    patchRow->setContentsMargins(size::kDockMargin, 0, size::kDockMargin, 0);
    patchRow->addWidget(d->patches);
    layout->addLayout(patchRow);
    layout->addWidget(d->table);
    layout->addStretch(1);
    d->stack = new HintStack(body, tr("Point at a picture\nto read its values"), this);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(d->stack);
    connect(&board, &CellBoard::cellChanged, this, [this](RowId row, int) {
        if (row == d->session.currentRow() && d->model->probe()) d->showPatches();
    });
}

PixelPanel::~PixelPanel() = default;

void PixelPanel::setTools(const QList<QAction*>& tools) {
    for (QAction* tool : tools) d->head->addWidget(smallButton(tool, this));
}

void PixelPanel::setProbe(const StageProbe* probe) {
    d->model->setProbe(probe ? std::optional(*probe) : std::nullopt);
    d->stack->setFilled(probe != nullptr);
    if (!probe) return;
    d->place->setWords({{tr("x %1, y %2").arg(probe->x).arg(probe->y), Word::Role::Strong}, {probe->pinned ? tr("pinned") : QString(), Word::Role::Second}});
    d->table->setFixedHeight((d->model->rowCount() + 1) * size::kTableRow);
    d->showPatches();
}

void PixelPanel::Private::showPatches() {
    std::vector<PixelPatches::Patch> shown;
    const StageProbe& probe = *model->probe();
    for (int column = 0; column < static_cast<int>(probe.values.size()); ++column) {
        const StageProbe::Value& value = probe.values[column];
        shown.push_back({value.name, value.present ? board.cell(session.currentRow(), column).picture : nullptr, value.x, value.y});
    }
    patches->setPatches(std::move(shown));
}

QString PixelPanel::text() const {
    return d->model->text();
}

}  // namespace tessera::ui
