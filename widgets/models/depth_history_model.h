// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include <QAbstractTableModel>
#include <QImage>

#include <tessera/token_grid.h>

#include "workspace/token_edits.h"

namespace tessera::ui {

/// How one token is built up: a line per depth with its code, the code decoded alone, and the picture's patch decoded so far.
class DepthHistoryModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Section { DepthSection, AloneSection, CodeSection, NormSection, ResidualSection, SoFarSection, SectionCount };
    enum Role {
        PatchRole = Qt::UserRole,  ///< QImage of a picture section; null before it is there
        EditedRole                 ///< bool: another code than the search found
    };

    explicit DepthHistoryModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    /// No grid: no lines. The place is one of the grid's.
    void setToken(std::shared_ptr<const TokenGrid> grid, TokenPlace place);
    /// One of each per depth; null where there is none yet.
    void setPatches(std::vector<QImage> alone, std::vector<QImage> soFar);
    std::int32_t codeAt(int depth) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString textAt(int depth, int section) const;
    QString toolTipAt(int depth, int section) const;
    bool isEdited(int depth) const;

    std::shared_ptr<const TokenGrid> m_grid;
    TokenPlace m_place;
    std::vector<QImage> m_alone, m_soFar;
};

}  // namespace tessera::ui
