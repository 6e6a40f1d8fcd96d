// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/depth_history_model.h"

#include <cmath>
#include <utility>

#include "panels/stage/number_words.h"

namespace tessera::ui {
namespace {

constexpr int kDecimals = 2;

}  // namespace

void DepthHistoryModel::setToken(std::shared_ptr<const TokenGrid> grid, TokenPlace place) {
    const int before = rowCount(), now = grid ? grid->layout.depths() : 0;
    if (grid == m_grid && place == m_place) return;
    if (before != now) beginResetModel();
    m_grid = std::move(grid);
    m_place = place;
    if (before != now) return endResetModel();
    if (now > 0) Q_EMIT dataChanged(index(0, 0), index(now - 1, SectionCount - 1));
}

void DepthHistoryModel::setPatches(std::vector<QImage> alone, std::vector<QImage> soFar) {
    m_alone = std::move(alone);
    m_soFar = std::move(soFar);
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, SectionCount - 1), {PatchRole});
}

int DepthHistoryModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() || !m_grid ? 0 : m_grid->layout.depths();
}

int DepthHistoryModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : SectionCount;
}

std::int32_t DepthHistoryModel::codeAt(int depth) const {
    return m_grid->codes[m_grid->at(m_place.row, m_place.column, depth)];
}

bool DepthHistoryModel::isEdited(int depth) const {
    return codeAt(depth) != m_grid->found[m_grid->at(m_place.row, m_place.column, depth)];
}

QString DepthHistoryModel::textAt(int depth, int section) const {
    const std::size_t at = m_grid->at(m_place.row, m_place.column, depth);
    switch (section) {
        case DepthSection: return QString::number(depth + 1);
        case CodeSection: return codeAt(depth) < 0 ? QStringLiteral("–") : QString::number(codeAt(depth));
        case NormSection: return std::isnan(m_grid->codeNorm[at]) ? QStringLiteral("…") : fixedNumber(m_grid->codeNorm[at], kDecimals);
        case ResidualSection: return std::isnan(m_grid->residual[at]) ? QStringLiteral("…") : fixedNumber(m_grid->residual[at], kDecimals);
        default: return {};
    }
}

QString DepthHistoryModel::toolTipAt(int depth, int section) const {
    const std::size_t at = m_grid->at(m_place.row, m_place.column, depth);
    switch (section) {
        case AloneSection: return tr("Code %1 of depth %2 decoded alone").arg(codeAt(depth)).arg(depth + 1);
        case SoFarSection: return tr("This part of the picture, decoded from depths 1 to %1").arg(depth + 1);
        case CodeSection:
            if (isEdited(depth)) return tr("Edited: the search found code %1").arg(m_grid->found[at]);
            return tr("Distance to the nearest codeword %1, to the second nearest, code %3, %2").arg(fixedNumber(m_grid->nearest[at], 3), fixedNumber(m_grid->second[at], 3)).arg(m_grid->secondCode[at]);
        default: return {};
    }
}

QVariant DepthHistoryModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const int depth = index.row(), section = index.column();
    const bool picture = section == AloneSection || section == SoFarSection;
    switch (role) {
        case Qt::DisplayRole: return picture ? QVariant() : textAt(depth, section);
        case Qt::TextAlignmentRole: return int((picture ? Qt::AlignHCenter : Qt::AlignRight) | Qt::AlignVCenter);
        case Qt::ToolTipRole: return toolTipAt(depth, section);
        case Qt::AccessibleTextRole:
            if (picture) return toolTipAt(depth, section);
            return tr("%1: %2").arg(headerData(section, Qt::Horizontal, Qt::AccessibleTextRole).toString(), textAt(depth, section)) + (section == CodeSection && isEdited(depth) ? tr(", edited") : QString());
        case PatchRole: {
            const std::vector<QImage>& patches = section == AloneSection ? m_alone : m_soFar;
            return picture && depth < static_cast<int>(patches.size()) ? patches[depth] : QImage();
        }
        case EditedRole: return section == CodeSection && isEdited(depth);
        default: return {};
    }
}

QVariant DepthHistoryModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    const bool words = role == Qt::AccessibleTextRole;
    if (role == Qt::TextAlignmentRole) return int((section == AloneSection || section == SoFarSection ? Qt::AlignHCenter : Qt::AlignRight) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole) {
        switch (section) {
            case DepthSection: return tr("Depth, coarse to fine");
            case AloneSection: return tr("The code decoded alone");
            case NormSection: return tr("Length of the codeword");
            case ResidualSection: return tr("Length of what is left of the token after this depth");
            case SoFarSection: return tr("The picture decoded from the depths up to this one");
            default: return {};
        }
    }
    if (role != Qt::DisplayRole && !words) return {};
    switch (section) {
        case DepthSection: return words ? tr("depth") : tr("d");
        case AloneSection: return words ? tr("alone") : QString();
        case CodeSection: return tr("code");
        case NormSection: return tr("norm");
        case ResidualSection: return tr("residual");
        case SoFarSection: return tr("so far");
        default: return {};
    }
}

}  // namespace tessera::ui
