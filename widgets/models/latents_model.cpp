// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/latents_model.h"

#include <algorithm>

#include "panels/stage/number_words.h"

namespace tessera::ui {
namespace {

constexpr int kDecimals = 3, kCopiedDigits = 9;  // which bring back every float

int channelsOf(const std::vector<LatentsModel::Entry>& entries) {
    std::size_t most = 0;
    for (const LatentsModel::Entry& entry : entries) most = std::max(most, entry.vector.channels.size());
    return static_cast<int>(most);
}

bool sameShape(const std::vector<LatentsModel::Entry>& a, const std::vector<LatentsModel::Entry>& b) {
    return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.model == y.model && x.vector.channels.size() == y.vector.channels.size(); });
}

}  // namespace

LatentsModel::LatentsModel(QObject* parent) : QAbstractTableModel(parent) {}

void LatentsModel::setEntries(std::vector<Entry> entries) {
    if (entries == m_entries) return;
    const bool reset = !sameShape(entries, m_entries);
    if (reset) beginResetModel();
    m_entries = std::move(entries);
    if (reset) return endResetModel();
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

QString LatentsModel::placeWords(const LatentVector& vector) {
    switch (vector.state) {
        case LatentVector::State::Waiting: return tr("being read");
        case LatentVector::State::Ready: return tr("row %1, column %2 of %3 × %4").arg(vector.row).arg(vector.column).arg(vector.rows).arg(vector.columns);
        case LatentVector::State::Outside: return tr("outside what the model was given");
        case LatentVector::State::Failed: return vector.error ? QString::fromStdString(toLine(*vector.error)) : QString();
    }
    return {};
}

int LatentsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : channelsOf(m_entries);
}

int LatentsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : 1 + static_cast<int>(m_entries.size());
}

QString LatentsModel::numberAt(int channel, int entry) const {
    const std::vector<float>& channels = m_entries[entry].vector.channels;
    return channel < static_cast<int>(channels.size()) ? fixedNumber(channels[channel], kDecimals) : QStringLiteral("–");
}

QVariant LatentsModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const bool name = index.column() == 0;
    const QString text = name ? QString::number(index.row()) : numberAt(index.row(), index.column() - 1);
    switch (role) {
        case Qt::DisplayRole: return text;
        case Qt::TextAlignmentRole: return int((name ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        case Qt::ToolTipRole:
            if (name) return {};
            return tr("%1, channel %2, %3: in units of the unscaled latents").arg(m_entries[index.column() - 1].model).arg(index.row()).arg(placeWords(m_entries[index.column() - 1].vector));
        case Qt::AccessibleTextRole: return name ? tr("channel %1").arg(text) : tr("%1, channel %2: %3").arg(m_entries[index.column() - 1].model).arg(index.row()).arg(text);
        default: return {};
    }
}

/// "bf16" beside "fp32", where the words before are the same: a head is narrow.
QString LatentsModel::headOf(int entry) const {
    const QString& whole = m_entries[entry].model;
    qsizetype common = whole.lastIndexOf(u' ') + 1;
    for (const Entry& other : m_entries) {
        while (common > 0 && !other.model.startsWith(QStringView(whole).left(common))) common = common > 1 ? whole.lastIndexOf(u' ', common - 2) + 1 : 0;
    }
    return m_entries.size() > 1 ? whole.mid(common) : whole;
}

QVariant LatentsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
    if (role == Qt::TextAlignmentRole) return int((section == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (section == 0) return role == Qt::DisplayRole ? QVariant(tr("channel")) : QVariant();
    const Entry& entry = m_entries[section - 1];
    if (role == Qt::DisplayRole) return headOf(section - 1);
    if (role == Qt::ToolTipRole) return QString(entry.model + u'\n' + placeWords(entry.vector));
    return {};
}

QString LatentsModel::text() const {
    if (m_entries.empty()) return {};
    QString text;
    const auto addLine = [&](const QString& head, auto&& cell) {
        QStringList cells{head};
        for (const Entry& entry : m_entries) cells << cell(entry.vector);
        text += cells.join(u'\t') + u'\n';
    };
    QStringList models{tr("latents")};
    for (const Entry& entry : m_entries) models << entry.model;
    text += models.join(u'\t') + u'\n';
    const auto ready = [](const LatentVector& vector) { return vector.state == LatentVector::State::Ready; };
    addLine(tr("row"), [&](const LatentVector& vector) { return ready(vector) ? QString::number(vector.row) : placeWords(vector); });
    addLine(tr("column"), [&](const LatentVector& vector) { return ready(vector) ? QString::number(vector.column) : QString(); });
    for (int channel = 0; channel < rowCount(); ++channel) {
        addLine(tr("channel %1").arg(channel), [channel](const LatentVector& vector) {
            return channel < static_cast<int>(vector.channels.size()) ? QString::number(double(vector.channels[channel]), 'g', kCopiedDigits) : QString();
        });
    }
    return text;
}

}  // namespace tessera::ui
