// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <functional>
#include <vector>

#include <QAbstractTableModel>

#include <tessera/picture.h>

#include "workspace/columns.h"

namespace tessera::ui {

class CellBoard;
class EngineHost;
class Session;

/// The numbers of the board: a line for each image and each column that the model makes, and under several images their mean.
/// Numbers are right-aligned with fixed decimals and unit; their tool tip says how they were measured or why they are absent.
class MetricsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum class Scope { CurrentRow, AllRows };
    enum Section { ImageSection, ModelSection, LensSection, PsnrSection, SsimSection, MsSsimSection, FlipSection, LpipsSection, SimilaritySection, TimeSection, SectionCount };
    enum Role {
        NumberRole = Qt::UserRole,  ///< double for sorting; invalid if there is none
        UnitRole,                   ///< "dB": follows the number in second colour; the display text holds it too
        CurrentRole,                ///< bool: the line of the session's current row
        MeanRole                    ///< bool: a line of means
    };

    MetricsModel(Session& session, CellBoard& board, EngineHost& host, Scope scope, QObject* parent = nullptr);

    void setScope(Scope scope);
    Scope scope() const { return m_scope; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    /// Whether a number of that section is among the lines: what only some lenses tell has no column where they are not.
    bool tells(int section) const;
    RowId rowAt(int line) const;  ///< none for a line of means
    ColumnId columnAt(int line) const;
    int lineOf(RowId row) const;  ///< its first line, -1 if there is none
    int lineOf(RowId row, const ColumnId& column) const;  ///< -1 if the cell has none
    /// Tab-separated, with a header; all lines if `lines` is empty.
    QString text(std::vector<int> lines = {}) const;
    /// The same as CSV (RFC 4180).
    QString csv(std::vector<int> lines = {}) const;

private:
    struct Line {
        RowId row{};
        ColumnId column;
        QString image, model, lens;
        std::vector<Measure> measures;
        std::optional<double> seconds;
        std::optional<double> psnrDeviation;  ///< of a line of means
        QString region;    ///< of the file, that the measures speak of
        QString timings;   ///< one stage a line
        QString problem;   ///< why there are no numbers
        int averaged = 0;  ///< images that a line of means is made of
        const Measure* measure(std::string_view name) const;
        bool operator==(const Line&) const = default;
    };
    void refresh();
    std::vector<Line> linesNow() const;
    void addLines(const Row& row, std::vector<Line>& lines) const;
    void addMeans(std::vector<Line>& lines) const;
    QString textAt(const Line& line, int section) const;
    QString table(std::vector<int> lines, const std::function<QString(const QStringList&)>& joined) const;
    QString toolTipAt(const Line& line, int section) const;

    Session& m_session;
    CellBoard& m_board;
    EngineHost& m_host;
    Scope m_scope;
    std::vector<Line> m_lines;
    RowId m_current{};  ///< when the lines were last told
    bool m_refreshing = false;
};

}  // namespace tessera::ui
