// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <QAbstractTableModel>

#include "canvas/pane.h"

namespace tessera::ui {

class FineHistogram;

/// The numbers of a histogram: a line per channel with its smallest, largest and mean value, and which share lies beyond the range that is
/// shown. Colours from 0 to 255, fields in their own unit.
class HistogramModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Section { NameSection, LeastSection, MeanSection, MostSection, BelowSection, AboveSection, SectionCount };

    explicit HistogramModel(QObject* parent = nullptr);

    /// The pane that was counted: its look says which range is shown. No histogram: no lines.
    void setHistogram(std::shared_ptr<const FineHistogram> histogram, const canvas::Pane& pane);
    /// What is shown between the ends of the map, in values before gain; of colours what is neither black nor white for light's sake.
    std::pair<double, double> shownRange() const { return m_shown; }
    /// "128 to 191: 1 204 px, 12.3 %", for a brush.
    QString brushWords(const std::pair<float, float>& brush) const;
    /// "128 to 129: R 12, G 9, B 0, L 7 px", for one of `bins` bins.
    QString binWords(int bin, int bins) const;
    /// Tab-separated with a header, the brush in a line of its own.
    QString text(const std::optional<std::pair<float, float>>& brush) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString nameOf(int channel) const;
    QString numberWords(double value) const;
    QString countWords(std::uint64_t counted) const;
    QString shareWords(std::uint64_t counted) const;

    std::shared_ptr<const FineHistogram> m_histogram;
    std::pair<double, double> m_shown{0, 1};
};

}  // namespace tessera::ui
