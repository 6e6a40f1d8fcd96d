// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/codes/rate_panel.h"

#include <algorithm>
#include <cmath>

#include <QAction>
#include <QFileInfo>
#include <QTableView>

#include <tessera/source_words.h>

#include "bridge/engine_host.h"
#include "bridge/token_reader.h"
#include "models/numbers_model.h"
#include "models/table_text.h"
#include "panels/codes/plot_twin.h"
#include "panels/plot_view.h"
#include "panels/stage/header_words.h"
#include "panels/stage/number_words.h"
#include "panels/table_painter.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kRateDecimals = 3, kPsnrDecimals = 2;

}  // namespace

RatePanel::RatePanel(CodeReaders& readers, QWidget* parent) : CodesPanel(readers, parent), m_model(new NumbersModel(this)), m_plot(new PlotView) {
    m_model->setSections({{.name = tr("image"), .toolTip = {}, .words = true},
                          {tr("depth"), tr("Depths 1 to this one are decoded")},
                          {tr("rate, bit/px"), tr("Codes of these depths, each as many bits as its codebook needs, without entropy coding")},
                          {tr("PSNR, dB"), tr("Of the decoded picture to the model's input")}});
    QTableView* table = makePanelTable(m_model, tr("Rate and distortion"), [this] { return csv(); });
    table->setItemDelegate(new TablePainter(-1, -1, table));
    m_plot->setAccessibleName(tr("Rate and distortion"));
    m_plot->setWords([this](PlotPlace place) {
        const Known* known = find(place.series, place.point);
        if (!known) return QString();
        return tr("%1, depths 1 to %2: %3 dB at %4 bit/px").arg(nameOf(m_readers.depths.curves()[known->curve])).arg(known->depth + 1).arg(fixedNumber(known->point.psnr, kPsnrDecimals), fixedNumber(known->point.rate, kRateDecimals));
    });
    m_twin = new PlotTwin(m_plot, table);
    setContent(m_twin);
    setFocusProxy(m_twin);
    m_copy = makeCopyAction(this, tr("Copy rate and distortion"), tr("The points of all curves, as CSV"), [this] { return csv(); });
    connect(&readers.depths, &DepthReader::changed, this, &RatePanel::schedule);
    connect(m_plot, &PlotView::chosen, this, [this](int series, int point) {
        if (const Known* known = find(series, point)) choose(*known);
    });
    const auto chooseLine = [this](const QModelIndex& index) { choose(m_known[index.row()]); };
    connect(table, &QTableView::activated, this, chooseLine);
    connect(table, &QTableView::clicked, this, chooseLine);
}

RatePanel::~RatePanel() {
    watch(false);
}

QList<QAction*> RatePanel::tools() const {
    return {m_twin->tableAction(), m_copy};
}

void RatePanel::watch(bool seen) {
    m_readers.depths.watch(this, seen);
}

QString RatePanel::missing() const {
    const QString words = CodesPanel::missing();
    if (!words.isEmpty()) return words;
    const auto& curves = m_readers.depths.curves();
    const bool any = std::ranges::any_of(curves, [](const DepthCurve& curve) { return std::ranges::any_of(curve.points, [](const auto& point) { return point.has_value(); }); });
    if (any) return {};
    const DepthCurve* current = m_readers.depths.current();
    if (current && current->error) return QString::fromStdString(toLine(*current->error));
    const auto& model = m_readers.host.modelOf(m_readers.session.model()).info;
    if (model && std::ranges::find(model->capabilities, "decode") == model->capabilities.end()) return tr("%1 has no decoder:\nthere is no picture to compare").arg(QString::fromStdString(model->name));
    const Row* row = m_readers.session.find(m_readers.session.currentRow());
    if (row && row->info && holdsTokens(*row->info)) return tr("A file of tokens has no picture\nthat its depths could be compared with");
    return tr("The depths are being decoded…");
}

/// The file's name without its ending, with the model where curves have several.
QString RatePanel::nameOf(const DepthCurve& curve) const {
    const Row* row = m_readers.session.find(curve.row);
    QString name = row ? QFileInfo(row->name).completeBaseName() : QString();
    const auto& curves = m_readers.depths.curves();
    if (std::ranges::any_of(curves, [&](const DepthCurve& other) { return other.model != curve.model; })) name += QStringLiteral(" · ") + modelLabel(curve.model, m_readers.host);
    return curve.edited ? tr("%1, edited").arg(name) : name;
}

void RatePanel::refresh() {
    m_known.clear();
    const auto& curves = m_readers.depths.curves();
    for (std::size_t curve = 0; curve < curves.size(); ++curve) {
        for (std::size_t depth = 0; depth < curves[curve].points.size(); ++depth) {
            if (const auto& point = curves[curve].points[depth]) m_known.push_back({curve, static_cast<int>(depth), *point});
        }
    }
    m_copy->setEnabled(!m_known.empty());
    showPlot();
    m_model->setLines(static_cast<int>(m_known.size()), [this](int line, int section) {
        const Known& known = m_known[line];
        switch (section) {
            case 0: return nameOf(m_readers.depths.curves()[known.curve]);
            case 1: return QString::number(known.depth + 1);
            case 2: return fixedNumber(known.point.rate, kRateDecimals);
            default: return fixedNumber(known.point.psnr, kPsnrDecimals);
        }
    });
}

void RatePanel::showPlot() {
    const auto& curves = m_readers.depths.curves();
    std::vector<PlotLine> lines(curves.size());
    m_drawn.assign(curves.size(), {});
    std::optional<PlotPlace> marked;
    double least = 1e9, most = -1e9, widest = 0;
    for (std::size_t curve = 0; curve < curves.size(); ++curve) {
        lines[curve].name = nameOf(curves[curve]);
        lines[curve].mark = static_cast<int>(curve);
    }
    for (std::size_t i = 0; i < m_known.size(); ++i) {
        const auto& [curve, depth, point] = m_known[i];
        if (!std::isfinite(point.psnr)) continue;  // nothing is lost: no place on the axis
        if (m_readers.depths.current() && curve == 0 && depth == this->depth()) marked = PlotPlace{0, static_cast<int>(m_drawn[0].size())};
        m_drawn[curve].push_back(i);
        lines[curve].points.emplace_back(point.rate, point.psnr);
        least = std::min(least, point.psnr);
        most = std::max(most, point.psnr);
        widest = std::max(widest, point.rate);
    }
    m_plot->setLines(std::move(lines));
    m_plot->setMarked(marked);
    if (widest > 0) m_plot->setAxes({.title = tr("rate, bit/px"), .low = 0, .high = widest * 1.04}, {.title = tr("PSNR, dB"), .low = std::floor(least - 1), .high = std::ceil(most + 1)});
    m_plot->setAccessibleDescription(m_known.empty() ? QString() : tr("%1 points of %2 images, from %3 to %4 dB").arg(m_known.size()).arg(curves.size()).arg(fixedNumber(least, 1), fixedNumber(most, 1)));
}

const RatePanel::Known* RatePanel::find(int series, int point) const {
    if (series < 0 || series >= static_cast<int>(m_drawn.size()) || point < 0 || point >= static_cast<int>(m_drawn[series].size())) return nullptr;
    return &m_known[m_drawn[series][point]];
}

void RatePanel::choose(const Known& known) {
    const int depth = known.depth;
    m_readers.session.setCurrentRow(m_readers.depths.curves()[known.curve].row);
    chooseDepth(depth);
}

QString RatePanel::csv() const {
    return commaSeparated(*m_model);
}

}  // namespace tessera::ui
