// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>

#include "workspace/row.h"

namespace tessera::ui {

class Session;

/// The rows of a session as a list. Display: the name; decoration: the thumbnail, a QImage that is null until it is known.
class ImagesModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role {
        DetailRole = Qt::UserRole,  ///< second line: "1200 × 1200 px", or what is wrong
        StateRole,                  ///< RowState as int
        ErrorRole,                  ///< what, where and what to do, in one line; empty without an error
        CurrentRole,                ///< bool: the session's current row
        RowIdRole                   ///< quint64
    };

    explicit ImagesModel(Session& session, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QHash<int, QByteArray> roleNames() const override;

    RowId rowAt(const QModelIndex& index) const;  ///< none for an index that is not of this model
    QModelIndex indexOf(RowId row) const;

private:
    void showCurrent();

    Session& m_session;
    RowId m_current{};
};

}  // namespace tessera::ui
