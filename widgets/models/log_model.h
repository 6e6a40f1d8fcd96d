// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <vector>

#include <QAbstractTableModel>
#include <QDateTime>

#include <tessera/engine.h>

#include "workspace/row.h"

namespace tessera::ui {

class CellBoard;
class EngineHost;
class Session;

/// What the engine, the models and the images had to say, in the order it happened. It collects from the start, whoever looks.
/// A sentence is told once for each image until its file is read anew.
class LogModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum class Severity { Information, Warning, Error };
    enum Section { TimeSection, SeveritySection, AboutSection, SentenceSection, SectionCount };

    LogModel(Session& session, CellBoard& board, EngineHost& host, QObject* parent = nullptr);

    /// `about`: the image, the model, or the part of the program.
    void tell(Severity severity, const QString& about, const QString& sentence);
    void clear();

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    Severity severityAt(int line) const { return m_lines[line].severity; }
    /// Tab-separated, with date and time; all lines if `lines` is empty.
    QString text(std::vector<int> lines = {}) const;

private:
    struct Line {
        QDateTime time;
        Severity severity;
        QString about, sentence;
    };
    struct RowMemory {
        std::set<QString> told;
        RowState state = RowState::Loading;
    };
    void hearEngine();
    void hearModel();
    void hearRow(int index);
    void hearCell(RowId row, int column);
    void tellOfRow(const Row& row, Severity severity, const std::string& sentence);

    Session& m_session;
    CellBoard& m_board;
    EngineHost& m_host;
    std::vector<Line> m_lines;
    std::map<RowId, RowMemory> m_rows;
    std::optional<Error> m_modelError;  ///< as last told
    ModelId m_model{};
};

}  // namespace tessera::ui
