// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/histogram_panel.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QStyle>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "bridge/engine_host.h"
#include "panels/dock_title.h"
#include "panels/hint_stack.h"
#include "panels/histogram_data.h"
#include "panels/histogram_model.h"
#include "panels/histogram_plot.h"
#include "panels/stage/board_cells.h"
#include "panels/table_painter.h"
#include "panels/word_line.h"
#include "theme/icons.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kPlotHeight = 168, kCellPadding = 4;

}  // namespace

struct HistogramPanel::Private {
    Session& session;
    EngineHost& host;
    HistogramSource* source;
    HistogramModel* model;
    WordLine *name, *bin;
    HistogramPlot* plot;
    QLabel* selected;
    QTableView* table;
    QAction *logarithmic, *clear, *copy;
    HintStack* stack;
    std::optional<canvas::Pane> pane;
    Logarithmic chosen;
    bool peaked = false;  ///< of what is counted: a difference, or one tall peak
    int hovered = -1;

    void build(HistogramPanel& panel);
    QTableView* makeTable();
    QAction* makeTool(HistogramPanel& panel, QHBoxLayout& head, const QString& icon, const QString& name, const QString& toolTip);
    void show(const HistogramPanel& panel);
    void showAxis();
    void showBrush();
    void showBin();

    FieldMapping mapping = FieldMapping::Colour;  ///< of what is counted

    /// Numbers of fields are one thing in one lens and another in the next; colours and errors are not.
    std::string brushedLens() const { return mapping == FieldMapping::Scalar ? session.columns()[session.currentColumn()].lens : std::string(); }
    std::optional<std::pair<float, float>> brush() const { return session.view().brushFor(mapping, session.columns()[session.currentColumn()].lens); }
};

HistogramPanel::HistogramPanel(Session& session, EngineHost& host, QWidget* parent) : QWidget(parent), d(new Private{session, host}) {
    d->build(*this);
    connect(d->source, &HistogramSource::counted, this, [this] { d->show(*this); });
    connect(&session, &Session::viewChanged, this, [this] { d->showBrush(); });
    connect(d->plot, &HistogramPlot::brushChanged, this, [this](const std::optional<std::pair<float, float>>& brush) {
        ViewState view = d->session.view();
        view.brush = brush;
        view.brushed = d->mapping;
        view.brushedLens = d->brushedLens();
        d->session.setView(view);
    });
    connect(d->plot, &HistogramPlot::hovered, this, [this](int bin) {
        d->hovered = bin;
        d->showBin();
    });
    connect(d->logarithmic, &QAction::toggled, d->plot, &HistogramPlot::setLogarithmic);
    connect(d->logarithmic, &QAction::triggered, this, [this](bool on) { (d->peaked ? d->chosen.peaked : d->chosen.even) = on; });
    connect(d->clear, &QAction::triggered, this, [this] {
        ViewState view = d->session.view();
        view.brush.reset();
        d->session.setView(view);
    });
    connect(d->copy, &QAction::triggered, this, [this] { QGuiApplication::clipboard()->setText(text()); });
    d->showBrush();
}

HistogramPanel::~HistogramPanel() = default;

QAction* HistogramPanel::Private::makeTool(HistogramPanel& panel, QHBoxLayout& head, const QString& icon, const QString& name, const QString& toolTip) {
    auto* action = new QAction(themedIcon(icon), name, &panel);
    action->setToolTip(toolTip);
    head.addWidget(smallButton(action, &panel));
    return action;
}

QTableView* HistogramPanel::Private::makeTable() {
    auto* table = new QTableView;
    table->setModel(model);
    dressTable(*table);
    table->setItemDelegate(new TablePainter(-1, -1, table, kCellPadding));
    table->setSelectionMode(QAbstractItemView::NoSelection);
    table->setFocusPolicy(Qt::NoFocus);
    table->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table->setAccessibleName(tr("Numbers of the histogram"));
    table->horizontalHeader()->setProperty("compact", true);
    table->horizontalHeader()->setMinimumSectionSize(28);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    table->horizontalHeader()->setSectionResizeMode(HistogramModel::NameSection, QHeaderView::ResizeToContents);
    return table;
}

void HistogramPanel::Private::build(HistogramPanel& panel) {
    source = new HistogramSource(&panel);
    model = new HistogramModel(&panel);
    name = new WordLine(&panel, TextSize::Body);
    bin = new WordLine(&panel);
    plot = new HistogramPlot(&panel);
    table = makeTable();
    selected = new QLabel(&panel);
    selected->setProperty("role", "table");
    selected->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    selected->setAccessibleName(tr("Selected values"));

    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    layout->setContentsMargins(0, 8, 0, 8);
    layout->setSpacing(4);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(size::kDockMargin, 0, 8, 0);
    head->setSpacing(0);
    head->addWidget(name, 1);
    logarithmic = makeTool(panel, *head, QStringLiteral("logarithm"), tr("Logarithmic counts"), tr("Counts on a logarithmic axis: rare values are seen too"));
    logarithmic->setCheckable(true);
    clear = makeTool(panel, *head, QStringLiteral("close"), tr("All values"), tr("Takes the selection off: all pixels are lit (Esc in the histogram)"));
    copy = makeTool(panel, *head, QStringLiteral("copy"), tr("Copy numbers"), tr("The numbers of the histogram, as tab-separated text"));
    layout->addLayout(head);
    plot->setFixedHeight(kPlotHeight);
    auto* plotRow = new QHBoxLayout;
    plotRow->setContentsMargins(size::kDockMargin - 6, 0, size::kDockMargin - 6, 0);
    plotRow->addWidget(plot);
    layout->addLayout(plotRow);
    for (QWidget* line : {static_cast<QWidget*>(bin), static_cast<QWidget*>(selected)}) {
        auto* row = new QHBoxLayout;
        row->setContentsMargins(size::kDockMargin, 0, size::kDockMargin, 0);
        row->addWidget(line);
        layout->addLayout(row);
    }
    layout->addWidget(table);
    layout->addStretch(1);
    stack = new HintStack(body, tr("How often values occur,\nonce the current cell has a picture"), &panel);
    auto* outer = new QVBoxLayout(&panel);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(stack);
}

void HistogramPanel::setPane(std::optional<canvas::Pane> pane) {
    d->pane = std::move(pane);
    d->show(*this);
}

void HistogramPanel::showEvent(QShowEvent*) {
    d->show(*this);
}

/// Nothing is counted for a panel that nobody sees.
void HistogramPanel::Private::show(const HistogramPanel& panel) {
    if (!panel.isVisible()) return;
    stack->setFilled(pane.has_value());
    if (!pane) return;
    const bool difference = pane->compare == canvas::Compare::Difference && pane->other;
    auto histogram = source->of(*pane);
    const int column = session.currentColumn();
    std::vector<Word> words{{columnName(session, host, column), Word::Role::Strong}};
    if (!histogram) {
        words.push_back({tr("being counted"), Word::Role::Second});
    } else if (difference) {
        words.push_back({tr("difference from the reference"), Word::Role::Second});
    } else if (histogram->stride() > 1) {
        words.push_back({tr("every %1. row and column").arg(histogram->stride()), Word::Role::Second});
    }
    name->setWords(std::move(words));
    mapping = difference ? pane->differenceLook.mapping : pane->look.mapping;
    const bool ofDifference = mapping != FieldMapping::Colour && mapping != FieldMapping::Scalar;
    if (histogram) peaked = ofDifference || histogram->isPeaked();
    showAxis();
    plot->setHistogram(histogram, difference ? pane->differenceLook : pane->look);
    plot->setAccessibleDescription(histogram ? tr("%1 pixels").arg(histogram->pixels()) : QString());
    model->setHistogram(std::move(histogram), *pane);
    table->setFixedHeight((model->rowCount() + 1) * size::kTableRow);
    copy->setEnabled(model->rowCount() > 0);
    showBrush();
    showBin();
}

void HistogramPanel::Private::showAxis() {
    logarithmic->setChecked(peaked ? chosen.peaked.value_or(true) : chosen.even.value_or(false));
}

void HistogramPanel::setLogarithmic(const Logarithmic& chosen) {
    d->chosen = chosen;
    d->showAxis();
}

const HistogramPanel::Logarithmic& HistogramPanel::logarithmic() const {
    return d->chosen;
}

void HistogramPanel::Private::showBrush() {
    const auto brush = this->brush();
    plot->setBrush(brush);
    clear->setEnabled(brush.has_value());
    // What can be done is said more quietly than what was.
    selected->setProperty("role", brush ? "table" : "secondTable");
    selected->style()->polish(selected);
    selected->setText(brush ? tr("Selected %1").arg(model->brushWords(*brush)) : tr("Drag over values to light their pixels alone"));
}

void HistogramPanel::Private::showBin() {
    const QString words = model->binWords(hovered, plot->bins());
    bin->setWords({{words.isEmpty() ? tr("Point at the histogram for counts") : words, words.isEmpty() ? Word::Role::Second : Word::Role::Value}});
}

QString HistogramPanel::text() const {
    return d->model->text(d->brush());
}

}  // namespace tessera::ui
