// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/train/curves_model.h"

#include <algorithm>

#include "panels/train/curve_plot.h"

namespace tessera::ui {

QString curveTitle(const std::string& name) {
    QString words = QString::fromStdString(name);
    const bool heldOut = words.startsWith(QLatin1String("held_out."));
    if (heldOut) words.remove(0, 9);
    if (words == u"psnr") words = CurvesModel::tr("PSNR, dB");
    words.replace(u'_', u' ');
    return heldOut ? CurvesModel::tr("held-out %1").arg(words) : words;
}

void CurvesModel::setLog(std::shared_ptr<const RunLog> log) {
    if (log == m_log) return;
    std::vector<std::int64_t> steps;
    for (const RunCurve& curve : log->curves()) steps.insert(steps.end(), curve.steps.begin(), curve.steps.end());
    std::ranges::sort(steps);
    const auto same = std::ranges::unique(steps);
    steps.erase(same.begin(), same.end());
    beginResetModel();
    m_log = std::move(log);
    m_steps = std::move(steps);
    endResetModel();
}

QVariant CurvesModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    if (role == Qt::TextAlignmentRole) return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    const std::int64_t step = m_steps[m_steps.size() - 1 - static_cast<std::size_t>(index.row())];
    if (index.column() == 0) return QString::number(step);
    const RunCurve& curve = m_log->curves()[static_cast<std::size_t>(index.column()) - 1];
    const auto found = std::ranges::lower_bound(curve.steps, step);
    if (found == curve.steps.end() || *found != step) return QString();
    return curveNumber(curve.values[static_cast<std::size_t>(found - curve.steps.begin())]);
}

QVariant CurvesModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section >= columnCount()) return {};
    if (role == Qt::TextAlignmentRole) return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
    return section == 0 ? tr("step") : curveTitle(m_log->curves()[static_cast<std::size_t>(section) - 1].name);
}

}  // namespace tessera::ui
