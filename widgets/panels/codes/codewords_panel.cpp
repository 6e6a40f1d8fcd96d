// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/codes/codewords_panel.h"

#include <algorithm>

#include <QAction>
#include <QTableView>

#include <tessera/code_colour.h>

#include "bridge/token_reader.h"
#include "models/numbers_model.h"
#include "models/table_text.h"
#include "panels/codes/plot_twin.h"
#include "panels/codes/usage_panel.h"
#include "panels/plot_view.h"
#include "panels/stage/number_words.h"
#include "panels/table_painter.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kDecimals = 3;
constexpr double kMargin = 0.06;  // of the axis's length, beside the outermost dots

PlotAxis axisOf(const PrincipalPlane& plane, int axis, const QString& title) {
    double low = 0, high = 0;
    for (const auto& place : plane.places) {
        low = std::min(low, double(place[axis]));
        high = std::max(high, double(place[axis]));
    }
    const double margin = std::max((high - low) * kMargin, 1e-6);
    return {.title = title.arg(axis + 1).arg(fixedNumber(100 * plane.share[axis], 1)), .low = low - margin, .high = high + margin};
}

}  // namespace

CodewordsPanel::CodewordsPanel(CodeReaders& readers, QWidget* parent) : CodesPanel(readers, parent), m_model(new NumbersModel(this)), m_plot(new PlotView) {
    m_model->setSections({{tr("code"), {}}, {tr("component 1"), {}}, {tr("component 2"), {}}, {tr("in image"), tr("How often this image has the code at this depth")}});
    QTableView* table = makePanelTable(m_model, tr("Codewords by principal components"), [this] { return text(); });
    table->setItemDelegate(new TablePainter(-1, -1, table));
    m_plot->setAccessibleName(tr("Codewords by principal components"));
    m_plot->setWords([this](PlotPlace place) {
        const QString code = tr("code %1").arg(place.point);
        return m_use.counts.empty() ? code : tr("%1: %2 in this image").arg(code, countWords(m_use.counts[place.point]));
    });
    m_twin = new PlotTwin(m_plot, table);
    setContent(m_twin);
    setFocusProxy(m_twin);
    m_copy = makeCopyAction(this, tr("Copy codewords"), tr("Where the codewords lie, as tab-separated text"), [this] { return text(); });
    connect(&readers.codebooks, &CodebookReader::answered, this, &CodewordsPanel::schedule);
    connect(&readers.maths, &CodewordMaths::planeFound, this, &CodewordsPanel::schedule);
    connect(m_plot, &PlotView::chosen, this, [this](int, int point) { chooseCode(depth(), point); });
    connect(table, &QTableView::activated, this, [this](const QModelIndex& index) { chooseCode(depth(), index.row()); });
    connect(table, &QTableView::clicked, this, [this](const QModelIndex& index) { chooseCode(depth(), index.row()); });
}

CodewordsPanel::~CodewordsPanel() {
    watch(false);
}

QList<QAction*> CodewordsPanel::tools() const {
    return {m_twin->tableAction(), m_copy};
}

void CodewordsPanel::watch(bool seen) {
    if (!seen) m_readers.maths.restPlane();
}

QString CodewordsPanel::missing() const {
    const QString words = missingModel();
    if (!words.isEmpty()) return words;
    const auto codebooks = m_readers.codebooks.read();
    if (!codebooks) return m_readers.codebooks.error() ? QString::fromStdString(toLine(*m_readers.codebooks.error())) : tr("The codebook is being read…");
    return m_readers.maths.planeOf(codebooks->of(depth())) ? QString() : tr("The principal components are being computed…");
}

void CodewordsPanel::refresh() {
    const auto codebooks = m_readers.codebooks.read();
    m_plane = codebooks ? m_readers.maths.planeOf(codebooks->of(depth())) : nullptr;
    const auto current = grid();
    const CodeStatistics statistics = statisticsOf(m_readers, current.get(), true);
    m_use = m_plane && depth() < statistics.depths() ? statistics.depth(depth()) : CodeUse();
    // Readers follow another model one after the other.
    if (m_plane && m_use.counts.size() != m_plane->places.size()) m_use = {};
    m_copy->setEnabled(m_plane != nullptr);
    if (m_plane) showPlot();
    m_model->setLines(m_plane ? static_cast<int>(m_plane->places.size()) : 0, [this](int code, int section) {
        switch (section) {
            case 0: return QString::number(code);
            case 3: return m_use.counts.empty() ? QStringLiteral("–") : QString::number(m_use.counts[code]);
            default: return fixedNumber(m_plane->places[code][section - 1], kDecimals);
        }
    });
}

void CodewordsPanel::showPlot() {
    std::vector<PlotDot> dots;
    dots.reserve(m_plane->places.size());
    for (std::size_t code = 0; code < m_plane->places.size(); ++code) {
        const auto [x, y] = m_plane->places[code];
        const auto colour = colourOfCode(static_cast<std::int64_t>(code));
        dots.push_back({QPointF(x, y), qRgb(colour[0], colour[1], colour[2]), !m_use.counts.empty() && m_use.counts[code] > 0});
    }
    m_plot->setDots(std::move(dots));
    const QString title = tr("component %1, %2 %");
    m_plot->setAxes(axisOf(*m_plane, 0, title), axisOf(*m_plane, 1, title));
    const TokenSelection chosen = selection();
    const auto current = grid();
    const std::int32_t code = current && chosen.any() ? current->codes[current->at(chosen.cursor.row, chosen.cursor.column, depth())] : -1;
    m_plot->setMarked(code >= 0 ? std::optional(PlotPlace{0, code}) : std::nullopt);
    m_plot->setAccessibleDescription(tr("%1 codewords of depth %2, %3 of them in this image").arg(countWords(static_cast<std::int64_t>(m_plane->places.size()))).arg(depth() + 1).arg(countWords(m_use.used())));
}

QString CodewordsPanel::text() const {
    return tabSeparated(*m_model);
}

}  // namespace tessera::ui
