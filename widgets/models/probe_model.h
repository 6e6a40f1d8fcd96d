// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include <QAbstractTableModel>

#include "panels/stage_probe.h"

namespace tessera::ui {

/// What every column of the board holds at one place: a line per column with its channels, or the value of a field. Where the board has
/// several models, a line with the model's name stands above its columns.
/// Colours are numbers from 0 to 255, fields have three decimals; what is not there is a dash. Where colours are labels, the number behind
/// them stands as the value, and the tool tip has those of all planes.
class ProbeModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Section { LensSection, RedSection, GreenSection, BlueSection, ValueSection, SectionCount };
    enum Role {
        UnitRole = Qt::UserRole,  ///< what ends the text of ValueSection: "dB"
        ModelRole                 ///< true in a line that is a model's name: it takes all sections
    };

    explicit ProbeModel(QObject* parent = nullptr);

    void setProbe(std::optional<StageProbe> probe);
    const std::optional<StageProbe>& probe() const { return m_probe; }
    bool isModelLine(int row) const { return m_lines[row] < 0; }
    /// Tab-separated: the place and the difference in the first line, the header in the second, then a line per column with its lens, model
    /// and sweep each by itself; empty without a probe.
    QString text() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    std::vector<int> linesOf(const std::optional<StageProbe>& probe) const;
    QVariant modelData(int row, int section, int role) const;
    static QString readingsOf(const StageProbe::Value& value);
    QString numberAt(const StageProbe::Value& value, int section) const;

    std::optional<StageProbe> m_probe;
    std::vector<int> m_lines;  ///< index of the value; -1: the name of the next one's model
};

}  // namespace tessera::ui
