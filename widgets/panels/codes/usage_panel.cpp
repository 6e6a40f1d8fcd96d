// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/codes/usage_panel.h"

#include <QAction>
#include <QTableView>

#include "bridge/token_reader.h"
#include "models/numbers_model.h"
#include "models/table_text.h"
#include "panels/codes/plot_twin.h"
#include "panels/plot_view.h"
#include "panels/stage/number_words.h"
#include "panels/table_painter.h"
#include "theme/icons.h"
#include "workspace/session.h"

namespace tessera::ui {

CodeStatistics statisticsOf(const CodeReaders& readers, const TokenGrid* grid, bool imageOnly) {
    if (!imageOnly) return readers.library.statistics().pictures() > 0 ? readers.library.statistics() : CodeStatistics();
    if (!grid) return {};
    CodeStatistics statistics(grid->layout);
    statistics.add(shownCodes(*grid));
    return statistics;
}

UsagePanel::UsagePanel(CodeReaders& readers, QWidget* parent)
    : CodesPanel(readers, parent), m_imageOnly(new QAction(themedIcon(QStringLiteral("image")), tr("This image only"), this)), m_model(new NumbersModel(this)), m_plot(new PlotView) {
    m_model->setSections({{tr("rank"), tr("The most used code is the first")}, {tr("code"), {}}, {tr("uses"), {}}, {tr("share"), tr("Of all codes that were counted at this depth")}});
    QTableView* table = makePanelTable(m_model, tr("Uses of codes by rank"), [this] { return text(); });
    table->setItemDelegate(new TablePainter(-1, -1, table));
    m_plot->setAccessibleName(tr("Uses of codes by rank"));
    m_plot->setWords([this](PlotPlace place) {
        const std::int32_t code = m_ranked[place.point];
        return tr("rank %1: code %2, %3 uses, %4 %").arg(place.point + 1).arg(code).arg(countWords(m_use.counts[code]), fixedNumber(100.0 * double(m_use.counts[code]) / double(m_use.total), 2));
    });
    m_twin = new PlotTwin(m_plot, table);
    setContent(m_twin);
    setFocusProxy(m_twin);
    m_imageOnly->setCheckable(true);
    m_imageOnly->setToolTip(tr("Counts the codes of the current image alone, not those of all images"));
    m_copy = makeCopyAction(this, tr("Copy usage"), tr("The uses of codes, as tab-separated text"), [this] { return text(); });
    connect(m_imageOnly, &QAction::toggled, this, &UsagePanel::schedule);
    connect(&readers.library, &LibraryCodes::changed, this, &UsagePanel::schedule);
    connect(m_plot, &PlotView::chosen, this, [this](int, int point) { chooseCode(depth(), m_ranked[point]); });
    connect(table, &QTableView::activated, this, [this](const QModelIndex& index) { chooseCode(depth(), m_ranked[index.row()]); });
    connect(table, &QTableView::clicked, this, [this](const QModelIndex& index) { chooseCode(depth(), m_ranked[index.row()]); });
}

UsagePanel::~UsagePanel() {
    watch(false);
}

QList<QAction*> UsagePanel::tools() const {
    return {m_imageOnly, m_twin->tableAction(), m_copy};
}

void UsagePanel::watch(bool seen) {
    m_readers.library.watch(this, seen);
}

QString UsagePanel::missing() const {
    const QString words = CodesPanel::missing();
    if (!words.isEmpty() || m_imageOnly->isChecked()) return words;
    return m_readers.library.statistics().pictures() > 0 ? QString() : tr("The codes of all images are being counted…");
}

void UsagePanel::refresh() {
    const auto current = grid();
    const CodeStatistics statistics = statisticsOf(m_readers, current.get(), m_imageOnly->isChecked());
    m_use = depth() < statistics.depths() ? statistics.depth(depth()) : CodeUse();
    m_ranked = m_use.ranked();
    m_copy->setEnabled(!m_ranked.empty());
    showPlot();
    m_model->setLines(static_cast<int>(m_ranked.size()), [this](int line, int section) {
        const std::int32_t code = m_ranked[line];
        switch (section) {
            case 0: return QString::number(line + 1);
            case 1: return QString::number(code);
            case 2: return QString::number(m_use.counts[code]);
            default: return tr("%1 %").arg(fixedNumber(100.0 * double(m_use.counts[code]) / double(m_use.total), 2));
        }
    });
}

void UsagePanel::showPlot() {
    PlotBars bars;
    for (const std::int32_t code : m_ranked) bars.heights.push_back(double(m_use.counts[code]));
    const double codes = double(m_use.counts.size()), most = bars.heights.empty() ? 1 : bars.heights.front();
    if (!m_ranked.empty()) {
        bars.noteAt = double(m_ranked.size());
        bars.note = tr("perplexity %1 · %2 unused").arg(fixedNumber(m_use.perplexity(), 0), countWords(m_use.unused()));
        const LibraryCodes::Coverage coverage = m_readers.library.coverage();
        if (!m_imageOnly->isChecked() && !coverage.complete()) bars.note += tr(" · %1 of %2 images").arg(coverage.read + coverage.failed).arg(coverage.rows);
    }
    m_plot->setAccessibleDescription(bars.note);
    m_plot->setBars(std::move(bars));
    const double middle = std::round(codes / 2);
    m_plot->setAxes({.title = tr("codes of depth %1 by rank").arg(depth() + 1), .low = 0.5, .high = codes + 0.5, .ticks = middle > 1 ? std::vector{1.0, middle, codes} : std::vector{1.0}},
                    {.title = tr("uses"), .low = 0, .high = most, .ticks = most > 1 ? std::vector{0.0, std::round(most / 2), most} : std::vector{0.0, 1.0}});
}

QString UsagePanel::text() const {
    return tabSeparated(*m_model);
}

}  // namespace tessera::ui
