// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/metrics_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "panels/stage/cell_face.h"
#include "panels/stage/header_words.h"
#include "panels/stage/measure_words.h"
#include "panels/stage/number_words.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr std::string_view kNeedsWeights = "needs weights";

struct MeasureSection {
    int section;
    const char* measure;
};
constexpr std::array<MeasureSection, 6> kMeasures{{
    {MetricsModel::PsnrSection, "psnr"},
    {MetricsModel::SsimSection, "ssim"},
    {MetricsModel::MsSsimSection, "ms_ssim"},
    {MetricsModel::FlipSection, "flip"},
    {MetricsModel::LpipsSection, "lpips"},
    {MetricsModel::SimilaritySection, "similarity"},
}};

const char* measureOf(int section) {
    const auto it = std::ranges::find(kMeasures, section, &MeasureSection::section);
    return it == kMeasures.end() ? nullptr : it->measure;
}

bool isNumber(int section) {
    return section >= MetricsModel::PsnrSection;
}

/// Both look at the same reconstruction of the same input.
bool samePair(const Column& a, const Column& b) {
    if (a.model != b.model || b.with) return false;
    for (const char* name : {"size", "crop"}) {
        const auto x = a.parameters.find(name), y = b.parameters.find(name);
        const bool there = x != a.parameters.end();
        if (there != (y != b.parameters.end()) || (there && x->second != y->second)) return false;
    }
    return true;
}

void merge(std::vector<Measure>& into, const std::vector<Measure>& measures) {
    for (const Measure& measure : measures) {
        const auto known = std::ranges::find(into, measure.name, &Measure::name);
        if (known == into.end()) {
            into.push_back(measure);
        } else if (!known->value && measure.value) {
            *known = measure;
        }
    }
}

const Picture* finished(const Cell& cell) {
    return cell.picture && !cell.picture->partial && !cell.outdated ? cell.picture.get() : nullptr;
}

QString timingWords(const Picture& picture) {
    QStringList lines;
    for (const StageTiming& timing : picture.timings) {
        const QString stage = QString::fromStdString(timing.stage);
        lines << (timing.cached ? MetricsModel::tr("%1: from the cache").arg(stage) : MetricsModel::tr("%1: %2").arg(stage, durationWords(timing.seconds)));
    }
    return lines.join(u'\n');
}

QString dash() {
    return QStringLiteral("–");
}

/// Mean and standard deviation of the values that are there.
struct Spread {
    double mean = 0, deviation = 0;
    int count = 0;
};
Spread spreadOf(const std::vector<double>& values) {
    Spread spread{.count = static_cast<int>(values.size())};
    if (values.empty()) return spread;
    spread.mean = std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
    double squares = 0;
    for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
    if (values.size() > 1) spread.deviation = std::sqrt(squares / double(values.size() - 1));
    return spread;
}

}  // namespace

MetricsModel::MetricsModel(Session& session, CellBoard& board, EngineHost& host, Scope scope, QObject* parent)
    : QAbstractTableModel(parent), m_session(session), m_board(board), m_host(host), m_scope(scope) {
    connect(&session, &Session::rowsInserted, this, &MetricsModel::refresh);
    connect(&session, &Session::rowsRemoved, this, &MetricsModel::refresh);
    connect(&session, &Session::currentRowChanged, this, &MetricsModel::refresh);
    connect(&session, &Session::rowsMoved, this, &MetricsModel::refresh);
    connect(&session, &Session::columnChanged, this, &MetricsModel::refresh);
    connect(&session, &Session::columnsChanged, this, &MetricsModel::refresh);
    connect(&host, &EngineHost::modelChanged, this, &MetricsModel::refresh);
    connect(&board, &CellBoard::cellChanged, this, &MetricsModel::refresh);
    m_lines = linesNow();
}

void MetricsModel::setScope(Scope scope) {
    m_scope = scope;
    refresh();
}

/// Once for all cells that change in one turn of the event loop.
void MetricsModel::refresh() {
    if (std::exchange(m_refreshing, true)) return;
    const auto show = [this] {
        m_refreshing = false;
        std::vector<Line> now = linesNow();
        if (now == m_lines && m_current == m_session.currentRow()) return;
        m_current = m_session.currentRow();
        const bool sameLength = now.size() == m_lines.size();
        if (!sameLength) beginResetModel();
        m_lines = std::move(now);
        if (!sameLength) return endResetModel();
        if (!m_lines.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, SectionCount - 1));
    };
    QMetaObject::invokeMethod(this, show, Qt::QueuedConnection);
}

std::vector<MetricsModel::Line> MetricsModel::linesNow() const {
    std::vector<Line> lines;
    for (const Row& row : m_session.rows()) {
        if (m_scope == Scope::AllRows || row.id == m_session.currentRow()) addLines(row, lines);
    }
    addMeans(lines);
    return lines;
}

void MetricsModel::addLines(const Row& row, std::vector<Line>& lines) const {
    const std::vector<Column>& columns = m_session.columns();
    for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
        const std::string& lens = columns[i].lens;
        // What is not made by the model has no measures, and differences are told with what they compare.
        if (columns[i].source || lens == "source" || lens == "input" || lens == "difference") continue;
        Line line{.row = row.id, .column = columns[i].id, .image = row.name, .model = modelLabel(columns[i].model, m_host), .lens = lensTitle(lens)};
        if (const LensColumn* swept = findLens(m_session.groups(), columns[i].id.lens); columns[i].step && swept && swept->sweep) {
            line.lens += u' ' + valueWords(swept->sweep->values[*columns[i].step], specOf(m_host, lens, swept->sweep->parameter));
        }
        const Cell& cell = m_board.cell(row.id, i);
        if (cell.edited) line.lens = tr("%1, edited").arg(line.lens);
        if (const Picture* picture = finished(cell)) {
            line.measures = picture->measures;
            line.region = regionWords(*picture);
            line.timings = timingWords(*picture);
            line.seconds = cell.seconds;
        }
        for (int other = 0; other < static_cast<int>(columns.size()) && lens == "reconstruction"; ++other) {
            const Picture* compared = finished(m_board.cell(row.id, other));
            if (columns[other].lens == "difference" && compared && samePair(columns[i], columns[other])) merge(line.measures, compared->measures);
        }
        if (row.error) line.problem = QString::fromStdString(toLine(*row.error));
        lines.push_back(std::move(line));
    }
}

void MetricsModel::addMeans(std::vector<Line>& lines) const {
    std::vector<Line> means;
    for (const Line& line : lines) {
        if (std::ranges::find(means, line.column, &Line::column) != means.end()) continue;
        Line mean{.column = line.column, .model = line.model, .lens = line.lens};
        for (const MeasureSection& section : kMeasures) {
            std::vector<double> values;
            Measure sum{.name = section.measure};
            for (const Line& each : lines) {
                const Measure* measure = each.column == line.column ? each.measure(section.measure) : nullptr;
                if (!measure || !measure->value) continue;
                values.push_back(*measure->value);
                sum.unit = measure->unit;
            }
            const Spread spread = spreadOf(values);
            if (spread.count < 2) continue;
            mean.averaged = std::max(mean.averaged, spread.count);
            sum.value = spread.mean;
            const int decimals = section.section == PsnrSection ? 2 : 3;
            sum.detail = tr("mean and standard deviation of %3 images: %1 ± %2")
                             .arg(fixedNumber(spread.mean, decimals), fixedNumber(spread.deviation, decimals))
                             .arg(spread.count)
                             .toStdString();
            if (section.section == PsnrSection && std::isfinite(spread.mean)) mean.psnrDeviation = spread.deviation;
            mean.measures.push_back(std::move(sum));
        }
        if (mean.averaged == 0) continue;
        mean.image = tr("mean of %1").arg(mean.averaged);
        means.push_back(std::move(mean));
    }
    lines.insert(lines.end(), std::make_move_iterator(means.begin()), std::make_move_iterator(means.end()));
}

const Measure* MetricsModel::Line::measure(std::string_view name) const {
    const auto it = std::ranges::find(measures, name, &Measure::name);
    return it == measures.end() ? nullptr : &*it;
}

QString MetricsModel::textAt(const Line& line, int section) const {
    switch (section) {
        case ImageSection: return line.image;
        case ModelSection: return line.model;
        case LensSection: return line.lens;
        case TimeSection: return line.seconds ? durationWords(*line.seconds) : dash();
        default: break;
    }
    const Measure* measure = line.measure(measureOf(section));
    if (!measure) return dash();
    if (!measure->value) return section == LpipsSection && measure->detail.starts_with(kNeedsWeights) ? tr("needs weights") : dash();
    QString text = measureNumber(*measure);
    if (section == PsnrSection && line.psnrDeviation) text += QStringLiteral(" ± ") + fixedNumber(*line.psnrDeviation, 2);
    const QString unit = unitWords(measure->unit);
    return unit.isEmpty() ? text : text + u' ' + unit;
}

QString MetricsModel::toolTipAt(const Line& line, int section) const {
    if (!line.problem.isEmpty()) return line.problem;
    if (section == TimeSection) return line.timings;
    const char* name = measureOf(section);
    if (!name) return textAt(line, section);
    const Measure* measure = line.measure(name);
    if (!measure) return tr("Not computed yet");
    const QString detail = QString::fromStdString(measure->detail);
    const QString how = detail.isEmpty() ? measureTitle(measure->name) : tr("%1: %2").arg(measureTitle(measure->name), detail);
    return measure->value && !line.region.isEmpty() ? how + u'\n' + line.region : how;
}

int MetricsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

int MetricsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : SectionCount;
}

QVariant MetricsModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Line& line = m_lines[index.row()];
    const int section = index.column();
    const char* name = measureOf(section);
    const Measure* measure = name ? line.measure(name) : nullptr;
    switch (role) {
        case Qt::DisplayRole: return textAt(line, section);
        case Qt::TextAlignmentRole: return int((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
        case Qt::ToolTipRole: return toolTipAt(line, section);
        case Qt::AccessibleTextRole: return tr("%1: %2").arg(headerData(section, Qt::Horizontal).toString(), textAt(line, section));
        case NumberRole:
            if (section == TimeSection) return line.seconds ? QVariant(*line.seconds) : QVariant();
            return measure && measure->value ? QVariant(*measure->value) : QVariant();
        case UnitRole:
            if (section == TimeSection) return line.seconds ? textAt(line, section).section(u' ', -1) : QString();
            return measure && measure->value ? unitWords(measure->unit) : QString();
        case CurrentRole: return line.averaged == 0 && line.row == m_session.currentRow();
        case MeanRole: return line.averaged > 0;
        default: return {};
    }
}

QVariant MetricsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole) return int((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role == Qt::DisplayRole) {
        switch (section) {
            case ImageSection: return tr("image");
            case ModelSection: return tr("model");
            case LensSection: return tr("lens");
            case TimeSection: return tr("time");
            default: return measureOf(section) ? measureTitle(measureOf(section)) : QString();
        }
    }
    if (role != Qt::ToolTipRole) return {};
    switch (section) {
        case PsnrSection: return tr("Peak signal-to-noise ratio in decibels; more is closer to the input");
        case SsimSection: return tr("Structural similarity; 1 is the input itself");
        case MsSsimSection: return tr("Structural similarity over five scales; 1 is the input itself");
        case FlipSection: return tr("Mean FLIP error; 0 is the input itself");
        case LpipsSection: return tr("Learned perceptual distance; 0 is the input itself");
        case SimilaritySection: return tr("Cosine between the whole image and the prompt");
        case TimeSection: return tr("From the request to the picture");
        default: return {};
    }
}

bool MetricsModel::tells(int section) const {
    const char* name = measureOf(section);
    return !name || std::ranges::any_of(m_lines, [name](const Line& line) { return line.measure(name) != nullptr; });
}

RowId MetricsModel::rowAt(int line) const {
    return line >= 0 && line < rowCount() ? m_lines[line].row : RowId{};
}

ColumnId MetricsModel::columnAt(int line) const {
    return line >= 0 && line < rowCount() ? m_lines[line].column : ColumnId{};
}

int MetricsModel::lineOf(RowId row) const {
    const auto it = std::ranges::find(m_lines, row, &Line::row);
    return it == m_lines.end() || row == RowId{} ? -1 : static_cast<int>(it - m_lines.begin());
}

int MetricsModel::lineOf(RowId row, const ColumnId& column) const {
    const auto it = std::ranges::find_if(m_lines, [&](const Line& line) { return line.row == row && line.column == column; });
    return it == m_lines.end() || row == RowId{} ? -1 : static_cast<int>(it - m_lines.begin());
}

QString MetricsModel::text(std::vector<int> lines) const {
    return table(std::move(lines), [](const QStringList& cells) { return cells.join(u'\t') + u'\n'; });
}

QString MetricsModel::csv(std::vector<int> lines) const {
    return table(std::move(lines), [](QStringList cells) {
        for (QString& cell : cells) {
            const bool plain = std::ranges::none_of(cell, [](QChar c) { return c == u',' || c == u'"' || c == u'\n' || c == u'\r'; });
            if (!plain) cell = u'"' + cell.replace(u'"', QStringLiteral("\"\"")) + u'"';
        }
        return cells.join(u',') + QStringLiteral("\r\n");
    });
}

QString MetricsModel::table(std::vector<int> lines, const std::function<QString(const QStringList&)>& joined) const {
    if (lines.empty()) {
        lines.resize(m_lines.size());
        std::iota(lines.begin(), lines.end(), 0);
    }
    QString text;
    const auto addLine = [&](auto&& cell) {
        QStringList cells;
        for (int section = 0; section < SectionCount; ++section) {
            if (section != SimilaritySection || tells(section)) cells << cell(section);
        }
        text += joined(cells);
    };
    addLine([this](int section) {
        const QString name = headerData(section, Qt::Horizontal).toString();
        return section == PsnrSection ? tr("%1 (dB)").arg(name) : section == TimeSection ? tr("%1 (s)").arg(name) : name;
    });
    for (const int line : lines) {
        addLine([this, line](int section) {
            const QModelIndex cell = index(line, section);
            if (!isNumber(section)) return cell.data().toString();
            // Numbers as other programs read them.
            const QVariant number = cell.data(NumberRole);
            return number.isValid() ? QString::number(number.toDouble(), 'g', 6) : QString();
        });
    }
    return text;
}

}  // namespace tessera::ui
