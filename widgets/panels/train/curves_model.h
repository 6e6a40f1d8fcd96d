// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include <QAbstractTableModel>

#include "training/run_log.h"

namespace tessera::ui {

/// A run's log as a table: a line per step that was reported, the newest first; its step, and a section per loss or figure.
class CurvesModel : public QAbstractTableModel {
    Q_OBJECT
public:
    explicit CurvesModel(QObject* parent = nullptr) : QAbstractTableModel(parent), m_log(std::make_shared<RunLog>()) {}

    void setLog(std::shared_ptr<const RunLog> log);

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_steps.size()); }
    int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_log->curves().size()) + 1; }
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::shared_ptr<const RunLog> m_log;
    std::vector<std::int64_t> m_steps;  ///< upwards
};

/// "charbonnier", "held-out PSNR": as people read it.
QString curveTitle(const std::string& name);

}  // namespace tessera::ui
