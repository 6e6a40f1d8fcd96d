// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/log_model.h"

#include <numeric>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kMostLines = 1000;

QString wordOf(LogModel::Severity severity) {
    switch (severity) {
        case LogModel::Severity::Information: return LogModel::tr("note");
        case LogModel::Severity::Warning: return LogModel::tr("warning");
        case LogModel::Severity::Error: return LogModel::tr("error");
    }
    return {};
}

}  // namespace

LogModel::LogModel(Session& session, CellBoard& board, EngineHost& host, QObject* parent)
    : QAbstractTableModel(parent), m_session(session), m_board(board), m_host(host) {
    connect(&host, &EngineHost::stateChanged, this, &LogModel::hearEngine);
    connect(&host, &EngineHost::modelChanged, this, &LogModel::hearModel);
    connect(&board, &CellBoard::cellChanged, this, &LogModel::hearCell);
    connect(&session, &Session::rowChanged, this, &LogModel::hearRow);
    connect(&session, &Session::rowsAboutToBeRemoved, this, [this](int first, int last) {
        for (int index = first; index <= last; ++index) m_rows.erase(m_session.rows()[index].id);
    });
}

void LogModel::tell(Severity severity, const QString& about, const QString& sentence) {
    if (sentence.isEmpty()) return;
    if (rowCount() == kMostLines) {
        beginRemoveRows({}, 0, 0);
        m_lines.erase(m_lines.begin());
        endRemoveRows();
    }
    beginInsertRows({}, rowCount(), rowCount());
    m_lines.push_back({QDateTime::currentDateTime(), severity, about, sentence});
    endInsertRows();
}

void LogModel::clear() {
    beginResetModel();
    m_lines.clear();
    endResetModel();
}

void LogModel::hearEngine() {
    const QString engine = tr("engine");
    if (m_host.state() == EngineHost::State::Failed && m_host.error()) return tell(Severity::Error, engine, QString::fromStdString(toLine(*m_host.error())));
    if (m_host.state() != EngineHost::State::Ready) return;
    m_model = {};
    const EngineStatus status = m_host.engine()->status();
    tell(Severity::Information, engine, tr("ready on %1").arg(QString::fromStdString(status.device)));
    if (!status.deviceNote.empty()) tell(Severity::Information, engine, tr("no GPU is used: %1").arg(QString::fromStdString(status.deviceNote)));
}

void LogModel::hearModel() {
    if (m_host.modelOpening()) m_modelError.reset();
    if (const auto& error = m_host.modelError(); error && error != m_modelError) {
        m_modelError = error;
        tell(Severity::Error, QString::fromStdString(m_host.choice().reference), QString::fromStdString(toLine(*error)));
    }
    if (const auto& model = m_host.model(); model && model->id != m_model) {
        m_model = model->id;
        tell(Severity::Information, QString::fromStdString(model->name), tr("opened, computes in %1").arg(QString::fromStdString(model->precision)));
    }
}

void LogModel::hearRow(int index) {
    const Row& row = m_session.rows()[index];
    RowMemory& memory = m_rows[row.id];
    const bool readAnew = row.state == RowState::Loading && memory.state != RowState::Loading;
    memory.state = row.state;
    if (readAnew) memory.told.clear();
    if (row.state == RowState::Failed && row.error) tellOfRow(row, Severity::Error, toLine(*row.error));
    if (row.state != RowState::Ready || !row.info) return;
    for (const std::string& note : row.info->notes) tellOfRow(row, Severity::Information, note);
}

void LogModel::hearCell(RowId id, int column) {
    const Row* row = m_session.find(id);
    if (!row) return;
    const Cell& cell = m_board.cell(id, column);
    if (cell.state == CellState::Failed && cell.error) tellOfRow(*row, Severity::Error, toLine(*cell.error));
    if (cell.state != CellState::Done || !cell.picture || cell.outdated) return;
    for (const Note& note : cell.picture->notes) {
        tellOfRow(*row, note.kind == Note::Kind::Warning ? Severity::Warning : Severity::Information, note.text);
    }
}

void LogModel::tellOfRow(const Row& row, Severity severity, const std::string& sentence) {
    const QString text = QString::fromStdString(sentence);
    if (m_rows[row.id].told.insert(text).second) tell(severity, row.name, text);
}

int LogModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

int LogModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : SectionCount;
}

QVariant LogModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Line& line = m_lines[index.row()];
    const int section = index.column();
    if (role == Qt::DisplayRole) {
        switch (section) {
            case TimeSection: return line.time.toString(QStringLiteral("HH:mm:ss"));
            case SeveritySection: return wordOf(line.severity);
            case AboutSection: return line.about;
            default: return line.sentence;
        }
    }
    if (role == Qt::ToolTipRole) return section == TimeSection ? line.time.toString(Qt::ISODate) : section == AboutSection ? line.about : line.sentence;
    if (role == Qt::AccessibleTextRole) return QStringLiteral("%1, %2: %3").arg(wordOf(line.severity), line.about, line.sentence);
    if (role != Qt::ForegroundRole || section == SentenceSection || section == AboutSection) return {};
    if (section == TimeSection || line.severity == Severity::Information) return {};
    return line.severity == Severity::Error ? tokens().error : tokens().warning;
}

QVariant LogModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case TimeSection: return tr("time");
        case SeveritySection: return tr("kind");
        case AboutSection: return tr("about");
        case SentenceSection: return tr("what happened");
        default: return {};
    }
}

QString LogModel::text(std::vector<int> lines) const {
    if (lines.empty()) {
        lines.resize(m_lines.size());
        std::iota(lines.begin(), lines.end(), 0);
    }
    QString text;
    for (const int index : lines) {
        const Line& line = m_lines[index];
        text += QStringList{line.time.toString(Qt::ISODate), wordOf(line.severity), line.about, line.sentence}.join(u'\t') + u'\n';
    }
    return text;
}

}  // namespace tessera::ui
