// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <QObject>

#include <tessera/engine.h>

#include "bridge/cell_wish.h"
#include "workspace/row.h"

namespace tessera::ui {

class EngineHost;
class Session;

enum class CellState {
    Waiting,    ///< for the engine, the model or its turn
    Running,
    Done,
    Failed,     ///< `error` says why
    Cancelled,  ///< by a person; retry() starts it again
    NotOffered  ///< the model lacks what the lens needs, or the row does: a file of tokens has no picture; `error` says what
};

/// What is known of one cell. A picture that is there stays until the next one is whole.
struct Cell {
    CellState state = CellState::Waiting;
    std::shared_ptr<const Picture> picture;  ///< the newest, whole or partial; null before the first
    bool outdated = false;  ///< the picture belongs to an older request: other model, parameters or file
    Progress progress;      ///< while Running
    std::chrono::steady_clock::time_point since{};  ///< when it began to run or wait
    double seconds = 0;     ///< Done, Failed, Cancelled: from request to answer
    std::optional<Error> error;
    bool edited = false;    ///< what is asked for are codes that a person changed
};

/// Asks the engine for the cells of a session (rows x columns) and keeps the answers. Follows the session: rows that come, go or are
/// undone, the model, parameters, the current row. GUI thread.
///
/// The current row and those told by setVisibleRows run at Priority::Visible, their neighbours off screen; others wait until they are
/// shown, so that a folder of a thousand pictures costs what is looked at. Display parameters re-present a cell without recomputing.
class CellBoard : public QObject {
    Q_OBJECT
public:
    CellBoard(Session& session, EngineHost& host, QObject* parent = nullptr);
    ~CellBoard() override;

    /// The state of an unknown row is Waiting.
    const Cell& cell(RowId row, int column) const;
    /// The row's file as the engine knows it now; none without an engine or for an unknown row.
    SourceId source(RowId row) const;
    /// Rows on screen besides the current one.
    void setVisibleRows(std::vector<RowId> rows);
    /// These and the current one, which comes first if there is one.
    std::vector<RowId> visibleRows() const;
    /// A list shows the row: describes the file and makes its thumbnail, as soon as the pictures on screen have their input.
    void showInList(RowId row);

    /// Answers every running or waiting cell of the row Cancelled; the pictures that are there stay.
    void cancel(RowId row);
    void cancelAll();
    /// Asks again for cells that failed or were cancelled; re-reads the file.
    void retry(RowId row);

    /// Rows and columns of the grid of tokens that a row has under a column's model; nothing while they are not known.
    using TokenGrids = std::function<std::optional<std::pair<int, int>>(RowId row, const Column& column)>;
    /// Lenses that follow the token that is looked at ask these where it lies; call again when the answers changed. Without them they stay at
    /// what they begin with.
    void setTokenGrids(TokenGrids grids);

    /// Row, column and depth of the token that a cell's lens follows; empty for a lens that follows none.
    ParameterSet followed(RowId row, int column) const;

    /// A picture drawn ahead of a file that may become a row: the first cell of that file that asks for the same shows it as a preview until
    /// the engine's answer. One at a time; an empty path takes it back.
    void offerPreview(std::string path, Wish wish = {}, Picture picture = {});

    struct Totals {
        int running = 0, waiting = 0, failed = 0;
        double fraction = 0;  ///< of all that was to be done since the board was idle, 0..1
        std::optional<double> secondsLeft;  ///< nothing until enough was finished to tell
        bool operator==(const Totals&) const = default;
    };
    Totals totals() const;

Q_SIGNALS:
    void cellChanged(tessera::ui::RowId row, int column);
    void visibleRowsChanged();
    void totalsChanged();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::ui
