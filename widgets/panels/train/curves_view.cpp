// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/train/curves_view.h"

#include <algorithm>

#include <QAction>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "models/table_text.h"
#include "panels/codes/codes_panel.h"
#include "panels/stage/parameter_slider.h"
#include "panels/table_painter.h"
#include "panels/train/curve_legend.h"
#include "panels/train/curve_plot.h"
#include "panels/train/curves_model.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kMostSmoothing = 99, kLegendWidth = 232;
constexpr const char* kHeldOut = "held_out.";

QToolButton* toggle(const QString& icon, const QString& words, const QString& help, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setIcon(themedIcon(icon));
    button->setText(words);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setProperty("choice", true);
    button->setCheckable(true);
    button->setToolTip(help);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

}  // namespace

CurvesView::CurvesView(QWidget* parent) : QWidget(parent), m_model(new CurvesModel(this)), m_losses(new CurvePlot(tr("Losses"))), m_figures(new CurvePlot(tr("Held-out figures"))), m_legend(new CurveLegend) {
    m_losses->setObjectName(QStringLiteral("losses"));
    m_figures->setObjectName(QStringLiteral("figures"));
    auto* plots = new QWidget;
    auto* column = new QVBoxLayout;
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_losses, 3);
    column->addWidget(m_figures, 2);
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFixedWidth(kLegendWidth);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(m_legend);
    auto* row = new QHBoxLayout(plots);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addLayout(column, 1);
    row->addWidget(scroll);
    QTableView* table = makePanelTable(m_model, tr("Log of the run"), [this] { return csv(); });
    table->setItemDelegate(new TablePainter(-1, -1, table));
    m_pages = new QStackedWidget;
    m_pages->addWidget(plots);
    m_pages->addWidget(table);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(makeControls());
    layout->addWidget(m_pages, 1);
    setFocusProxy(m_losses);
    connect(m_legend, &CurveLegend::hiddenChanged, this, &CurvesView::show);
    connect(m_losses, &CurvePlot::cursorMoved, m_figures, &CurvePlot::setCursor);
    connect(m_figures, &CurvePlot::cursorMoved, m_losses, &CurvePlot::setCursor);
    connect(&Theme::instance(), &Theme::changed, this, &CurvesView::show);
    show();
}

QWidget* CurvesView::makeControls() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(size::kDockMargin, 6, size::kDockMargin, 6);
    row->setSpacing(8);
    m_logarithmic = toggle(QStringLiteral("logarithm"), tr("Logarithmic"), tr("Losses on a logarithmic axis: what is small shows beside what is large"), bar);
    m_logarithmic->setChecked(true);
    auto* words = new QLabel(tr("Smoothing"), bar);
    words->setProperty("role", "second");
    m_smoothing = new ParameterSlider(0, kMostSmoothing, 0, bar);
    m_smoothing->setObjectName(QStringLiteral("smoothing"));
    m_smoothing->setMaximumWidth(160);
    m_smoothing->setAccessibleName(tr("Smoothing"));
    m_smoothing->setToolTip(tr("How much of the curves a moving average keeps from one report to the next; double-click: none"));
    words->setBuddy(m_smoothing);
    m_smoothingWords = new QLabel(bar);
    m_smoothingWords->setMinimumWidth(40);
    m_table = toggle(QStringLiteral("table"), tr("Table"), tr("The numbers of the curves as a table"), bar);
    auto* copy = new QToolButton(bar);
    copy->setDefaultAction(makeCopyAction(this, tr("Copy log"), tr("The log of the run, as CSV"), [this] { return csv(); }));
    copy->setFocusPolicy(Qt::TabFocus);
    row->addWidget(m_logarithmic);
    row->addSpacing(8);
    row->addWidget(words);
    row->addWidget(m_smoothing);
    row->addWidget(m_smoothingWords);
    row->addStretch(1);
    row->addWidget(m_table);
    row->addWidget(copy);
    connect(m_logarithmic, &QToolButton::toggled, this, &CurvesView::show);
    connect(m_smoothing, &QSlider::valueChanged, this, &CurvesView::show);
    connect(m_table, &QToolButton::toggled, this, [this](bool on) {
        m_pages->setCurrentIndex(on ? 1 : 0);
        if (on) m_model->setLog(m_log);
    });
    return bar;
}

void CurvesView::setLog(std::shared_ptr<const RunLog> log) {
    if (log == m_log) return;
    m_log = std::move(log);
    show();
}

CurvesLook CurvesView::look() const {
    return {.logarithmic = m_logarithmic->isChecked(), .smoothing = m_smoothing->value(), .hidden = m_legend->hiddenKeys()};
}

void CurvesView::setLook(const CurvesLook& look) {
    m_logarithmic->setChecked(look.logarithmic);
    m_smoothing->setValue(look.smoothing);
    m_legend->setHiddenKeys(look.hidden);
    show();
}

QString CurvesView::csv() const {
    m_model->setLog(m_log);
    return commaSeparated(*m_model);
}

void CurvesView::show() {
    const double keep = m_smoothing->value() / 100.0;
    m_smoothingWords->setText(m_smoothing->value() == 0 ? tr("off") : QString::number(keep, 'f', 2));
    if (m_pages->currentIndex() == 1) m_model->setLog(m_log);
    std::vector<StepCurve> losses, figures;
    std::vector<std::pair<std::string, int>> marks;  // of losses by their names: what is held out has the same
    std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = 0;
    std::vector<CurveLegend::Entry> entries;
    std::vector<StepCurve> all;
    all.reserve(m_log->curves().size());
    for (const bool heldOut : {false, true}) {
        for (const RunCurve& curve : m_log->curves()) {
            const bool isHeldOut = curve.name.starts_with(kHeldOut);
            if (isHeldOut != heldOut) continue;
            const std::string plain = heldOut ? curve.name.substr(std::string_view(kHeldOut).size()) : curve.name;
            auto mark = std::ranges::find(marks, plain, &std::pair<std::string, int>::first);
            const bool paired = mark != marks.end();
            if (!paired) mark = marks.insert(mark, {plain, static_cast<int>(marks.size())});
            const QString key = QString::fromStdString(curve.name);
            StepCurve drawn{.name = curveTitle(curve.name), .mark = mark->second, .dotted = heldOut, .steps = curve.steps, .values = curve.values, .smoothed = {}};
            if (keep > 0 && !heldOut) drawn.smoothed = smoothed(curve.values, keep);
            if (!curve.steps.empty()) {
                first = std::min(first, curve.steps.front());
                last = std::max(last, curve.steps.back());
            }
            all.push_back(drawn);
            const QString name = heldOut ? curveTitle(plain) : drawn.name;
            entries.push_back({.key = key, .name = name, .curve = &all.back(), .heldOut = heldOut});
            if (m_legend->isHidden(key)) continue;
            (heldOut && !paired ? figures : losses).push_back(std::move(drawn));
        }
    }
    m_legend->setEntries(entries);
    if (last == 0) first = 0;
    const bool logarithmic = m_logarithmic->isChecked();
    m_figures->setVisible(!figures.empty());
    m_figures->setTitle(figures.size() == 1 ? figures.front().name : tr("held-out figures"));
    m_losses->setTitle(logarithmic ? tr("loss, logarithmic") : tr("loss"));
    m_losses->setLogarithmic(logarithmic);
    m_losses->setCurves(std::move(losses));
    m_figures->setCurves(std::move(figures));
    const int axis = std::max(m_losses->axisWidth(), m_figures->curves().empty() ? 0 : m_figures->axisWidth());
    for (CurvePlot* plot : {m_losses, m_figures}) {
        plot->setSteps(first, last);
        plot->setLeastAxisWidth(axis);
    }
    m_losses->setAccessibleDescription(last == 0 ? tr("No report yet") : tr("%1 curves from step %2 to %3").arg(m_losses->curves().size()).arg(first).arg(last));
}

}  // namespace tessera::ui
