// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/images_model.h"

#include <algorithm>

#include <tessera/source_words.h>

#include "workspace/session.h"

namespace tessera::ui {
namespace {

QString detailOf(const Row& row) {
    if (row.error) return QString::fromStdString(row.error->message);
    if (!row.info) return ImagesModel::tr("loading");
    const QString size = QString::fromStdString(sizeWords(*row.info));
    return changedSinceSaved(row) ? ImagesModel::tr("%1 · changed").arg(size) : size;
}

QString toolTipOf(const Row& row) {
    QStringList lines{row.name};
    if (row.error) {
        lines << QString::fromStdString(toLine(*row.error));
        return lines.join(u'\n');
    }
    if (!row.request.path.empty()) lines << QString::fromStdString(row.request.path);
    if (row.info) {
        lines << QString::fromStdString(row.info->format) + QStringLiteral(", ") + detailOf(row);
        for (const std::string& note : row.info->notes) lines << QString::fromStdString(note);
    }
    return lines.join(u'\n');
}

QString accessibleTextOf(const Row& row) {
    if (row.error) return ImagesModel::tr("%1, cannot be shown: %2").arg(row.name, detailOf(row));
    return ImagesModel::tr("%1, %2").arg(row.name, detailOf(row));
}

}  // namespace

ImagesModel::ImagesModel(Session& session, QObject* parent) : QAbstractListModel(parent), m_session(session), m_current(session.currentRow()) {
    connect(&session, &Session::rowsAboutToBeInserted, this, [this](int first, int last) { beginInsertRows({}, first, last); });
    connect(&session, &Session::rowsInserted, this, [this] { endInsertRows(); });
    connect(&session, &Session::rowsAboutToBeRemoved, this, [this](int first, int last) { beginRemoveRows({}, first, last); });
    connect(&session, &Session::rowsRemoved, this, [this] { endRemoveRows(); });
    connect(&session, &Session::rowsAboutToBeMoved, this, [this](int from, int to) { beginMoveRows({}, from, from, {}, to > from ? to + 1 : to); });
    connect(&session, &Session::rowsMoved, this, [this] { endMoveRows(); });
    connect(&session, &Session::rowChanged, this, [this](int row) { Q_EMIT dataChanged(index(row), index(row)); });
    connect(&session, &Session::currentRowChanged, this, &ImagesModel::showCurrent);
}

int ImagesModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_session.rows().size());
}

QVariant ImagesModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = m_session.rows()[index.row()];
    switch (role) {
        case Qt::DisplayRole: return row.name;
        case Qt::DecorationRole: return row.thumbnail;
        case Qt::ToolTipRole: return toolTipOf(row);
        case Qt::AccessibleTextRole: return accessibleTextOf(row);
        case DetailRole: return detailOf(row);
        case StateRole: return static_cast<int>(row.state);
        case ErrorRole: return row.error ? QString::fromStdString(toLine(*row.error)) : QString();
        case CurrentRole: return row.id == m_session.currentRow();
        case RowIdRole: return QVariant::fromValue(static_cast<quint64>(row.id));
        default: return {};
    }
}

QHash<int, QByteArray> ImagesModel::roleNames() const {
    auto names = QAbstractListModel::roleNames();
    names.insert({{DetailRole, "detail"}, {StateRole, "state"}, {ErrorRole, "error"}, {CurrentRole, "current"}, {RowIdRole, "rowId"}});
    return names;
}

RowId ImagesModel::rowAt(const QModelIndex& index) const {
    return checkIndex(index, CheckIndexOption::IndexIsValid) ? m_session.rows()[index.row()].id : RowId{};
}

QModelIndex ImagesModel::indexOf(RowId row) const {
    const int found = m_session.indexOf(row);
    return found < 0 ? QModelIndex() : index(found);
}

void ImagesModel::showCurrent() {
    for (const RowId row : {std::exchange(m_current, m_session.currentRow()), m_current}) {
        if (const QModelIndex changed = indexOf(row); changed.isValid()) Q_EMIT dataChanged(changed, changed, {CurrentRole});
    }
}

}  // namespace tessera::ui
