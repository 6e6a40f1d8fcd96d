// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/numbers_model.h"

#include <utility>

namespace tessera::ui {

void NumbersModel::setSections(std::vector<Section> sections) {
    if (sections == m_sections) return;
    beginResetModel();
    m_sections = std::move(sections);
    endResetModel();
}

void NumbersModel::setLines(int count, Text text) {
    const int before = m_lines;
    if (count < before) beginRemoveRows({}, count, before - 1);
    if (count > before) beginInsertRows({}, before, count - 1);
    m_lines = count;
    m_text = std::move(text);
    if (count < before) endRemoveRows();
    if (count > before) endInsertRows();
    if (const int stayed = std::min(count, before); stayed > 0 && columnCount() > 0) Q_EMIT dataChanged(index(0, 0), index(stayed - 1, columnCount() - 1));
}

int NumbersModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : m_lines;
}

int NumbersModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_sections.size());
}

QVariant NumbersModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Section& section = m_sections[index.column()];
    switch (role) {
        case Qt::DisplayRole: return m_text(index.row(), index.column());
        case Qt::AccessibleTextRole: return tr("%1: %2").arg(section.name, m_text(index.row(), index.column()));
        case Qt::TextAlignmentRole: return int((section.words ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        default: return {};
    }
}

QVariant NumbersModel::headerData(int index, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || index < 0 || index >= columnCount()) return {};
    const Section& section = m_sections[index];
    switch (role) {
        case Qt::DisplayRole: return section.name;
        case Qt::ToolTipRole: return section.toolTip;
        case Qt::TextAlignmentRole: return int((section.words ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        default: return {};
    }
}

}  // namespace tessera::ui
