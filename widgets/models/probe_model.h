// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QAbstractTableModel>

#include "panels/stage_probe.h"

namespace tessera::ui {

/// What every column of the board holds at one place: a line per column with its channels, or the value of a field.
/// Colours are numbers from 0 to 255, fields have three decimals; what is not there is a dash.
class ProbeModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Section { LensSection, RedSection, GreenSection, BlueSection, ValueSection, SectionCount };

    explicit ProbeModel(QObject* parent = nullptr);

    void setProbe(std::optional<StageProbe> probe);
    const std::optional<StageProbe>& probe() const { return m_probe; }
    /// Tab-separated, with the place in the first line and the header in the second; empty without a probe.
    QString text() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString numberAt(const StageProbe::Value& value, int section) const;

    std::optional<StageProbe> m_probe;
};

}  // namespace tessera::ui
