// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/histogram_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "panels/histogram_data.h"
#include "panels/histogram_plot.h"
#include "panels/stage/number_words.h"

namespace tessera::ui {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kSignificant = 4, kMostDecimals = 9;

/// The encoded value that becomes white: exposure and gain multiply light.
double whiteOf(const canvas::PaneLook& look) {
    const double light = 1 / (std::exp2(double(look.exposureStops)) * std::max(1e-9, double(look.gain)));
    return light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

std::pair<double, double> rangeOf(const canvas::Pane& pane) {
    const bool difference = pane.compare == canvas::Compare::Difference && pane.other;
    const canvas::PaneLook& look = difference ? pane.differenceLook : pane.look;
    if (!difference && look.mapping == FieldMapping::Colour) return {0, whiteOf(look)};
    const double gain = look.gain == 0 ? 1 : look.gain;
    return {look.low / gain, look.high / gain};
}

}  // namespace

HistogramModel::HistogramModel(QObject* parent) : QAbstractTableModel(parent) {}

void HistogramModel::setHistogram(std::shared_ptr<const FineHistogram> histogram, const canvas::Pane& pane) {
    const auto shown = rangeOf(pane);
    if (histogram == m_histogram && shown == m_shown) return;
    const bool reset = (histogram ? histogram->channels() : 0) != rowCount();
    if (reset) beginResetModel();
    m_histogram = std::move(histogram);
    m_shown = shown;
    if (reset) return endResetModel();
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, SectionCount - 1));
}

int HistogramModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() || !m_histogram ? 0 : m_histogram->channels();
}

int HistogramModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : SectionCount;
}

QString HistogramModel::nameOf(int channel) const {
    return m_histogram->isColour() ? channelMark(channel).name : tr("value");
}

QString HistogramModel::numberWords(double value) const {
    if (!std::isfinite(value)) return QStringLiteral("–");
    if (m_histogram->isColour()) return fixedNumber(value * 255, 1);
    // As many decimals as the range is worth: columns of numbers that can be compared.
    const double span = std::max(std::abs(double(m_histogram->low())), std::abs(double(m_histogram->high())));
    const int decimals = span > 0 ? std::clamp(kSignificant - static_cast<int>(std::ceil(std::log10(span))), 0, kMostDecimals) : kSignificant;
    return fixedNumber(value, decimals);
}

/// Of all pixels, also where only some of them were counted.
QString HistogramModel::countWords(std::uint64_t counted) const {
    const auto stride = static_cast<std::uint64_t>(m_histogram->stride());
    QString digits = QString::number(counted * stride * stride);
    for (qsizetype i = digits.size() - 3; i > 0; i -= 3) digits.insert(i, QChar(0x2009));
    return digits;
}

QString HistogramModel::shareWords(std::uint64_t counted) const {
    if (m_histogram->pixels() == 0) return QStringLiteral("–");
    return tr("%1 %").arg(fixedNumber(100.0 * double(counted) / double(m_histogram->pixels()), 1));
}

QVariant HistogramModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const int channel = index.row();
    if (role == Qt::TextAlignmentRole) return int((index.column() == NameSection ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && index.column() == NameSection) return nameOf(channel);
    if (role == Qt::ForegroundRole && index.column() == NameSection && m_histogram->isColour()) return channelMark(channel).colour;
    const bool accessible = role == Qt::AccessibleTextRole;
    if (role != Qt::DisplayRole && !accessible) return {};
    const auto& range = m_histogram->channel(channel).range;
    QString text;
    switch (index.column()) {
        case NameSection: return accessible || !m_histogram->isColour() ? nameOf(channel) : channelMark(channel).letter;
        case LeastSection: text = range ? numberWords(range->first) : QStringLiteral("–"); break;
        case MostSection: text = range ? numberWords(range->second) : QStringLiteral("–"); break;
        case MeanSection: text = numberWords(m_histogram->mean(channel)); break;
        case BelowSection: text = shareWords(m_histogram->between(channel, -kInfinity, std::nextafter(m_shown.first, -kInfinity))); break;
        case AboveSection: text = shareWords(m_histogram->between(channel, std::nextafter(m_shown.second, kInfinity), kInfinity)); break;
        default: return {};
    }
    return accessible ? tr("%1, %2: %3").arg(nameOf(channel), headerData(index.column(), Qt::Horizontal).toString(), text) : text;
}

QVariant HistogramModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole) return int((section == NameSection ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    const bool beyond = section == BelowSection || section == AboveSection;
    if (role == Qt::ToolTipRole && beyond && m_histogram) return tr("Of the range that is shown, %1 to %2").arg(numberWords(m_shown.first), numberWords(m_shown.second));
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case NameSection: return QString();
        case LeastSection: return tr("min");
        case MeanSection: return tr("mean");
        case MostSection: return tr("max");
        case BelowSection: return tr("below");
        case AboveSection: return tr("above");
        default: return {};
    }
}

QString HistogramModel::brushWords(const std::pair<float, float>& brush) const {
    if (!m_histogram || m_histogram->channels() == 0) return {};
    const std::uint64_t counted = m_histogram->between(m_histogram->brushed(), brush.first, brush.second);
    return tr("%1 to %2: %3 px, %4").arg(numberWords(brush.first), numberWords(brush.second), countWords(counted), shareWords(counted));
}

QString HistogramModel::binWords(int bin, int bins) const {
    if (!m_histogram || m_histogram->channels() == 0 || bin < 0 || bin >= bins) return {};
    QStringList counts;
    for (int channel = 0; channel < m_histogram->channels(); ++channel) {
        const QString count = countWords(m_histogram->bins(channel, bins)[static_cast<std::size_t>(bin)]);
        counts << (m_histogram->isColour() ? channelMark(channel).letter + u' ' + count : count);
    }
    return tr("%1 to %2: %3 px").arg(numberWords(m_histogram->edge(bin, bins)), numberWords(m_histogram->edge(bin + 1, bins)), counts.join(QStringLiteral(", ")));
}

QString HistogramModel::text(const std::optional<std::pair<float, float>>& brush) const {
    if (!m_histogram) return {};
    QString text;
    QStringList header{tr("channel")};
    for (int section = LeastSection; section < SectionCount; ++section) header << headerData(section, Qt::Horizontal).toString();
    text += header.join(u'\t') + u'\n';
    for (int row = 0; row < rowCount(); ++row) {
        QStringList cells{nameOf(row)};
        for (int section = LeastSection; section < SectionCount; ++section) cells << data(index(row, section)).toString().replace(QChar(0x2212), u'-');
        text += cells.join(u'\t') + u'\n';
    }
    if (brush) text += tr("selected") + u'\t' + brushWords(*brush).replace(QChar(0x2212), u'-').remove(QChar(0x2009)) + u'\n';
    return text;
}

}  // namespace tessera::ui
