// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QAbstractTableModel>

#include "bridge/latent_reader.h"

namespace tessera::ui {

/// Latent vectors at one place: a line per channel, a section per model, named by what tells it from
/// the others. Numbers have three decimals; a channel that a model lacks is a dash.
class LatentsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    struct Entry {
        QString model;  ///< as people read it
        LatentVector vector;
        bool operator==(const Entry&) const = default;
    };

    explicit LatentsModel(QObject* parent = nullptr);

    void setEntries(std::vector<Entry> entries);
    const std::vector<Entry>& entries() const { return m_entries; }
    /// "row 10, column 9 of 32 × 32", or why there are no numbers.
    static QString placeWords(const LatentVector& vector);
    /// Tab-separated: models, their rows and columns, then a line per channel, all counted from 0; empty without a model.
    QString text() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString numberAt(int channel, int entry) const;
    QString headOf(int entry) const;

    std::vector<Entry> m_entries;
};

}  // namespace tessera::ui
