// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <vector>

#include <QAbstractTableModel>

namespace tessera::ui {

/// Lines of numbers under named sections: the table beside a plot. Texts are made when they are looked at.
class NumbersModel : public QAbstractTableModel {
    Q_OBJECT
public:
    struct Section {
        QString name;
        QString toolTip;
        bool words = false;  ///< aligned left
        bool operator==(const Section&) const = default;
    };
    using Text = std::function<QString(int line, int section)>;

    explicit NumbersModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    void setSections(std::vector<Section> sections);
    /// `text` must not outlive what it reads. Lines that stay keep their selection.
    void setLines(int count, Text text);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    std::vector<Section> m_sections;
    int m_lines = 0;
    Text m_text;
};

}  // namespace tessera::ui
