// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/pixel_panel.h"

#include <algorithm>

#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QScrollArea>
#include <QStyle>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "bridge/latent_reader.h"
#include "models/latents_model.h"
#include "models/probe_model.h"
#include "panels/dock_title.h"
#include "panels/hint_stack.h"
#include "panels/pixel_patches.h"
#include "panels/stage/header_words.h"
#include "panels/stage/number_words.h"
#include "panels/table_painter.h"
#include "panels/word_line.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kCellPadding = 4;  // five columns in a narrow dock
constexpr int kDifferenceDecimals = 4;

QString waysWords(FieldMapping way) {
    switch (way) {
        case FieldMapping::Signed: return PixelPanel::tr("signed");
        case FieldMapping::Squared: return PixelPanel::tr("squared");
        default: return PixelPanel::tr("absolute");
    }
}

/// Under a style sheet Qt cuts words that are too long at their beginning, whatever the elide mode.
class ElidingHeader : public QHeaderView {
public:
    using QHeaderView::QHeaderView;

protected:
    void initStyleOptionForIndex(QStyleOptionHeader* option, int section) const override {
        QHeaderView::initStyleOptionForIndex(option, section);
        if (section == 0) return;  // as wide as its words
        const QFontMetrics metrics(Theme::instance().font(TextSize::Table));
        const int margins = 2 * (kCellPadding + style()->pixelMetric(QStyle::PM_HeaderMargin, nullptr, this));
        option->text = metrics.elidedText(option->text, Qt::ElideMiddle, sectionSize(section) - margins);
    }
};

/// All of its lines, always: the panel scrolls.
QTableView* makeTable(QAbstractItemModel* model, QStyledItemDelegate* delegate, const QString& name, QHeaderView* header = nullptr) {
    auto* table = new QTableView;
    if (header) table->setHorizontalHeader(header);
    table->setModel(model);
    dressTable(*table);
    delegate->setParent(table);
    table->setItemDelegate(delegate);
    table->setSelectionMode(QAbstractItemView::NoSelection);
    table->setFocusPolicy(Qt::NoFocus);
    table->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table->setAccessibleName(name);
    table->horizontalHeader()->setProperty("compact", true);
    table->horizontalHeader()->setMinimumSectionSize(28);
    return table;
}

}  // namespace

struct PixelPanel::Private {
    Session& session;
    CellBoard& board;
    EngineHost& host;
    ProbeModel* model;
    LatentsModel* latents;
    LatentReader* reader;
    WordLine *place, *difference, *latentsHead;
    QHBoxLayout* head;
    PixelPatches* patches;
    QTableView *table, *latentsTable;
    QLabel* pinHint;
    HintStack* stack;

    void build(PixelPanel& panel);
    void follow(PixelPanel& panel);
    void showPatches();
    void showDifference();
    void showLatents();
    void showModelLines();
};

PixelPanel::PixelPanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent) : QWidget(parent), d(new Private{session, board, host}) {
    d->build(*this);
    d->follow(*this);
}

PixelPanel::~PixelPanel() = default;

void PixelPanel::Private::build(PixelPanel& panel) {
    model = new ProbeModel(&panel);
    latents = new LatentsModel(&panel);
    reader = new LatentReader(session, board, host, &panel);
    place = new WordLine(&panel, TextSize::Body);
    patches = new PixelPatches(&panel);
    difference = new WordLine(&panel);
    latentsHead = new WordLine(&panel, TextSize::Body);
    table = makeTable(model, new TablePainter(ProbeModel::UnitRole, ProbeModel::ModelRole, nullptr, kCellPadding), tr("Values of all columns at the pixel"));
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setSectionResizeMode(ProbeModel::LensSection, QHeaderView::Stretch);
    latentsTable = makeTable(latents, new TablePainter(-1, -1, nullptr, kCellPadding), tr("Latents of all models at the pixel"), new ElidingHeader(Qt::Horizontal));
    latentsTable->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    pinHint = new QLabel(tr("I pins the place and reads the latents there"));
    pinHint->setProperty("role", "secondTable");
    pinHint->setWordWrap(true);

    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    layout->setContentsMargins(0, 8, 0, 8);
    layout->setSpacing(8);
    head = new QHBoxLayout;
    head->setContentsMargins(size::kDockMargin, 0, 8, 0);
    head->setSpacing(0);
    head->addWidget(place, 1);
    layout->addLayout(head);
    const auto addInside = [layout](QWidget* widget) {
        auto* row = new QHBoxLayout;
        row->setContentsMargins(size::kDockMargin, 0, size::kDockMargin, 0);
        row->addWidget(widget);
        layout->addLayout(row);
    };
    addInside(patches);
    layout->addWidget(table);
    addInside(difference);
    addInside(latentsHead);
    layout->addWidget(latentsTable);
    addInside(pinHint);
    layout->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setAccessibleName(tr("Values at the pixel"));
    scroll->setWidget(body);
    stack = new HintStack(scroll, tr("Point at a picture\nto read its values"), &panel);
    auto* outer = new QVBoxLayout(&panel);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(stack);
}

void PixelPanel::Private::follow(PixelPanel& panel) {
    QObject::connect(&board, &CellBoard::cellChanged, &panel, [this](RowId row, int) {
        if (row != session.currentRow() || !model->probe()) return;
        showPatches();
        showLatents();
    });
    const auto showAgain = [this] { showLatents(); };
    QObject::connect(reader, &LatentReader::answered, &panel, showAgain);
    QObject::connect(&host, &EngineHost::modelChanged, &panel, showAgain);
    for (const auto signal : {&Session::columnsChanged, &Session::currentColumnChanged, &Session::currentRowChanged}) QObject::connect(&session, signal, &panel, showAgain);
    QObject::connect(&session, &Session::columnChanged, &panel, showAgain);
    QObject::connect(&session, &Session::viewChanged, &panel, [this] { showDifference(); });
    QObject::connect(model, &QAbstractItemModel::modelReset, &panel, [this] { showModelLines(); });
    QObject::connect(latents, &QAbstractItemModel::modelReset, &panel, [this] {
        latentsTable->setFixedHeight((latents->rowCount() + 1) * size::kTableRow);
        // Names of models need more room than counted channels.
        if (latents->columnCount() > 1) latentsTable->horizontalHeader()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    });
}

void PixelPanel::setTools(const QList<QAction*>& tools) {
    for (QAction* tool : tools) d->head->addWidget(smallButton(tool, this));
}

void PixelPanel::setProbe(const StageProbe* probe) {
    d->model->setProbe(probe ? std::optional(*probe) : std::nullopt);
    d->stack->setFilled(probe != nullptr);
    d->showLatents();
    if (!probe) return;
    d->place->setWords({{tr("x %1, y %2").arg(probe->x).arg(probe->y), Word::Role::Strong}, {probe->pinned ? tr("pinned") : QString(), Word::Role::Second}});
    d->showDifference();
    d->showPatches();
}

void PixelPanel::Private::showModelLines() {
    table->clearSpans();
    for (int row = 0; row < model->rowCount(); ++row) {
        if (model->isModelLine(row)) table->setSpan(row, 0, 1, ProbeModel::SectionCount);
    }
    table->setFixedHeight((model->rowCount() + 1) * size::kTableRow);
}

void PixelPanel::Private::showPatches() {
    std::vector<PixelPatches::Patch> shown;
    const StageProbe& probe = *model->probe();
    for (int column = 0; column < static_cast<int>(probe.values.size()); ++column) {
        const StageProbe::Value& value = probe.values[column];
        const QString name = value.sweep.isEmpty() ? value.lens : value.sweep;
        shown.push_back({name, value.name, value.present ? board.cell(session.currentRow(), column).picture : nullptr, value.x, value.y});
    }
    patches->setPatches(std::move(shown));
}

/// Of the cell that is pointed at, or the current one at a pinned place.
void PixelPanel::Private::showDifference() {
    const auto& probe = model->probe();
    const bool known = probe && probe->difference && probe->column < static_cast<int>(probe->values.size());
    difference->setVisible(known);
    if (!known) return;
    const FieldMapping way = session.view().differenceBy;
    const auto& place = session.view().reference;
    const int reference = std::clamp(place ? session.indexOf(place->column) : 0, 0, static_cast<int>(probe->values.size()) - 1);
    difference->setWords({{tr("Difference from %1").arg(probe->values[reference].lens), Word::Role::Second},
                          {fixedNumber(*probe->difference, kDifferenceDecimals), Word::Role::Value},
                          {waysWords(way), Word::Role::Second}});
    difference->setToolTip(tr("%1 from %2: mean over the channels in sRGB, 0 to 1, or in the field's own values").arg(probe->values[probe->column].name, probe->values[reference].name));
}

void PixelPanel::Private::showLatents() {
    const auto& probe = model->probe();
    const bool wanted = probe && probe->pinned;
    std::vector<LatentsModel::Entry> entries;
    if (wanted) {
        for (LatentVector& vector : reader->read(session.currentRow(), probe->sourceX, probe->sourceY)) {
            QString name = modelLabel(vector.model, host);
            entries.push_back({std::move(name), std::move(vector)});
        }
    } else {
        reader->rest();
    }
    latents->setEntries(std::move(entries));
    const auto& shown = latents->entries();
    latentsHead->setVisible(!shown.empty());
    latentsTable->setVisible(latents->rowCount() > 0);
    pinHint->setVisible(probe && !wanted);
    if (shown.empty()) return;
    const QString where = LatentsModel::placeWords(shown.front().vector);
    const bool same = std::ranges::all_of(shown, [&](const LatentsModel::Entry& entry) { return LatentsModel::placeWords(entry.vector) == where; });
    const bool failed = shown.front().vector.state == LatentVector::State::Failed;
    latentsHead->setWords({{tr("Latents"), Word::Role::Strong}, {same ? where : tr("see the heads for places"), same && failed ? Word::Role::Error : Word::Role::Second}});
    latentsHead->setToolTip(latentsHead->text());
}

QString PixelPanel::text() const {
    const Row* row = d->session.find(d->session.currentRow());
    if (!row || !d->model->probe()) return {};
    return tr("image") + u'\t' + row->name.simplified() + u'\n' + d->model->text() + d->latents->text();
}

}  // namespace tessera::ui
