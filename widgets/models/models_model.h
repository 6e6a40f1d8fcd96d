// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include <QAbstractListModel>

#include <tessera/engine.h>

namespace tessera::ui {

class EngineHost;
struct ModelStatus;
class Session;

/// Models that the board can show: what the engine lists (built in first), then what was opened by path in this session.
/// Display: the name. Check state: the session's choice. Checking another one adds it to a board of several, undoably; where there is room for
/// one alone it is asked for by modelWanted().
class ModelsModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum class State { Here, Opening, Loaded, Failed };
    enum Role {
        DetailRole = Qt::UserRole,  ///< second line: "9.6 MB · built in, loaded"
        StateRole,                  ///< State as int
        ErrorRole,                  ///< why it is not open, in one line; empty otherwise
        ReferenceRole,              ///< what chooseModel takes
        CurrentRole,                ///< bool: the model of the session's current column
        SeveralRole                 ///< bool: the board may show several models
    };

    ModelsModel(Session& session, EngineHost& host, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QHash<int, QByteArray> roleNames() const override;

    QModelIndex currentIndex() const;  ///< of the session's choice

Q_SIGNALS:
    void modelWanted(const QString& reference);

private:
    struct Entry {
        ModelEntry listed;
        std::string reference;
        std::optional<ModelInfo> info;  ///< as it was when last open
        bool operator==(const Entry&) const;
    };
    void refresh();
    std::vector<Entry> entriesNow() const;
    State stateOf(const Entry& entry) const;
    const ModelStatus* statusOf(const Entry& entry) const;
    bool isOnBoard(const Entry& entry) const;
    QString detailOf(const Entry& entry) const;
    QString toolTipOf(const Entry& entry) const;

    Session& m_session;
    EngineHost& m_host;
    std::vector<Entry> m_entries;
};

}  // namespace tessera::ui
