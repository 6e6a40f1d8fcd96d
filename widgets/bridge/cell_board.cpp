// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/cell_board.h"

#include <algorithm>
#include <list>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include <QTimer>

#include <tessera/source_words.h>

#include "bridge/cell_record.h"
#include "bridge/engine_edits.h"
#include "bridge/engine_host.h"
#include "bridge/qt_executor.h"
#include "bridge/row_sources.h"
#include "bridge/studio_trace.h"
#include "bridge/work_estimate.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

/// Pictures of rows that nobody looks at are kept up to this; the engine's own cache gives most of them again at once.
constexpr std::size_t kPictureBudget = std::size_t(256) << 20;
/// A picture that is there when its row comes is drawn before a model takes the processor.
constexpr std::chrono::milliseconds kFirstFrame{30};
constexpr int kListRowsAtOnce = 4;
/// A list that is scrolled fast asks for more rows than anyone will see.
constexpr std::size_t kLongestList = 64;

std::uint64_t newSlot() {
    static std::uint64_t last = 0;  // one numbering for all boards that share an engine
    return ++last;
}

bool holds(const std::vector<RowId>& rows, RowId row) {
    return std::ranges::find(rows, row) != rows.end();
}

/// What a cell would be asked for now.
struct Intent {
    Wish wish;
    std::optional<ModelId> model;  ///< none: it has to wait for engine or model
    std::optional<Error> refusal;
};

}  // namespace

struct CellBoard::Private {
    Private(CellBoard& board, Session& session, EngineHost& host);

    // What is asked of the engine, and when.
    void schedule();
    void plan();
    void planRow(RowId row, Priority priority, bool mayStart);
    void planCell(RowId row, int column, Priority priority, bool mayStart);
    void planThumbnails(const std::vector<RowId>& visible, const std::vector<RowId>& near);
    Wish wishOf(RowId row, const RowRecord& owner, int column, const LensInfo* lens) const;
    ParameterSet aim(RowId row, const Column& column, const LensInfo& lens, const std::vector<OtherCell>& others) const;
    void followView();
    const LensInfo* lensOf(int column) const;
    Intent intentOf(RowId row, const RowRecord& owner, int column) const;
    std::optional<Error> refusalOf(const LensInfo& lens, const ModelInfo& model, const Wish& wish) const;
    void ask(RowId row, int column, Intent intent, Priority priority);
    void takeOffer(RowId row, CellRecord& cell);
    void restRow(RowId row, RowRecord& owner);
    void forgetFarPictures();

    // What the engine answers.
    void progressed(RowId row, const ColumnId& column, std::uint64_t ticket, const Progress& progress);
    void previewed(RowId row, const ColumnId& column, std::uint64_t ticket, Picture picture);
    void answered(RowId row, const ColumnId& column, std::uint64_t ticket, const Result<Picture>& result);
    const Row* rowOfFile(RowId row, const CellRecord& cell, const Error& error) const;
    void failRow(RowId row, const Error& error);
    void markFailed(RowId row, RowRecord& owner, const Error& error);
    void engineChanged();

    void removeRows(int first, int last);
    void cancelRow(RowId row);
    RowRecord& record(RowId row);
    CellRecord* find(RowId row, const ColumnId& column, std::uint64_t ticket);
    void followColumns();
    std::vector<RowId> visibleRows() const;
    std::vector<RowId> neighbours(const std::vector<RowId>& rows) const;
    void touch(RowId row, int column) { changed.emplace_back(row, column); }
    void settle();
    Totals count() const;

    CellBoard& q;
    Session& session;
    EngineHost& host;
    const Executor executor;
    std::unordered_map<RowId, RowRecord> rows;  ///< those that were wanted at least once
    RowSources sources;
    EngineEdits edits;
    TokenGrids tokenGrids;
    TokenSelection seenTokens;
    bool seenUnedited = false;
    int seenFrame = 0;
    std::vector<RowId> onScreen;  ///< besides the current row
    std::list<RowId> listed;      ///< rows that a list shows and nobody has asked for yet, newest first
    std::vector<std::pair<RowId, int>> changed;  ///< to be told by settle()
    struct Offer {
        std::string path;
        Wish wish;
        Picture picture;
    } offer;
    std::set<std::uint64_t> cancelling;          ///< tickets whose answer a person waits for
    Totals totals;
    WorkEstimate estimate;
    std::uint64_t lastTicket = 0, engineRound = 0, planRound = 0;
    std::vector<ColumnId> columnIds;  ///< of the cells that each row holds
    bool scheduled = false, hadEngine = false;
};

CellBoard::Private::Private(CellBoard& board, Session& session, EngineHost& host)
    : q(board),
      session(session),
      host(host),
      executor(guiExecutor(&board)),
      sources(session, host, executor,
              {.onError = [this](RowId row, const Error& error) { failRow(row, error); }, .onAnswer = [this] { schedule(); }}) {
    followColumns();
}

/// One plan for all that happens in one turn of the event loop: a slider that jumps, a thousand rows that come.
void CellBoard::Private::schedule() {
    if (std::exchange(scheduled, true)) return;
    executor([this] {
        if (scheduled) plan();
    });
}

void CellBoard::Private::plan() {
    scheduled = false;
    ++planRound;
    const std::vector<RowId> visible = visibleRows(), near = neighbours(visible);
    for (auto& [row, owner] : rows) {
        if (!holds(visible, row) && !holds(near, row)) restRow(row, owner);
    }
    for (const RowId row : visible) planRow(row, Priority::Visible, true);
    // Not beside what somebody looks at: even at a lower priority a prefetch would take that work's processor. Nor after a cancel:
    // who stops a row wants no other one to begin.
    const bool served = std::ranges::all_of(visible, [this](RowId row) { return std::ranges::all_of(record(row).cells, &CellRecord::served); });
    for (const RowId row : near) planRow(row, Priority::OffScreen, served);
    planThumbnails(visible, near);
    forgetFarPictures();
    settle();
}

void CellBoard::Private::planRow(RowId row, Priority priority, bool mayStart) {
    RowRecord& owner = record(row);
    owner.lastShown = planRound;
    if (owner.failed) return;
    for (int column = 0; column < static_cast<int>(owner.cells.size()); ++column) {
        planCell(row, column, priority, mayStart && (column == 0 || CellRecord::Clock::now() >= owner.firstFrameBy));
    }
}

void CellBoard::Private::planCell(RowId row, int column, Priority priority, bool mayStart) {
    RowRecord& owner = record(row);
    CellRecord& cell = owner.cells[column];
    const auto facts = [&cell] { return std::tuple(cell.cell.state, cell.cell.outdated, cell.cell.error, cell.cell.since, cell.cell.edited); };
    const auto before = facts();
    Intent intent = intentOf(row, owner, column);
    // Cancelled before the engine said what the lens takes: the same wish in other words.
    if (cell.cell.state == CellState::Cancelled && cell.asked == wishOf(row, owner, column, nullptr)) cell.asked = intent.wish;
    cell.cell.outdated = cell.cell.picture && !cell.shows(intent.wish);
    cell.cell.edited = intent.wish.edit || std::ranges::any_of(intent.wish.others, [](const OtherCell& other) { return other.edit != nullptr; });
    const bool visible = priority == Priority::Visible;
    if (visible) cell.held = false;
    // The cell whose tokens are edited follows the hand before all that is drawn from them besides.
    if (visible && intent.wish.edit && row == session.currentRow() && column == session.currentColumn()) priority = Priority::Hovered;
    const bool sameWish = cell.asked == intent.wish, sameModel = !intent.model || cell.askedModel == *intent.model;
    const bool givenUp = cell.cell.state == CellState::Cancelled || (cell.cell.state == CellState::Failed && sameModel);
    if (sameWish && givenUp) {
        // Until the wish changes or somebody retries.
    } else if (intent.refusal) {
        cell.refuse(*intent.refusal);
    } else if (!intent.model) {
        cell.wait();
    } else if (sameWish && sameModel) {
        if (cell.running() && cell.askedPriority != priority) ask(row, column, std::move(intent), priority);
    } else if (mayStart && !cell.held) {
        ask(row, column, std::move(intent), priority);
    } else if (!cell.asked || !cell.asked->computesLike(intent.wish)) {
        cell.wait();
    }
    // Who is not looked at does not wait.
    if (!visible && cell.cell.state == CellState::Waiting) cell.cell.since = {};
    if (facts() != before) touch(row, column);
}

const LensInfo* CellBoard::Private::lensOf(int column) const {
    return lensInfo(host, session.columns()[column].lens);
}

Wish CellBoard::Private::wishOf(RowId row, const RowRecord& owner, int column, const LensInfo* lens) const {
    Wish wish = ui::wishOf(session.columns()[column], lens);
    if (lens) wish.others = othersOf(session, row, session.columns()[column], *lens, wish.computed);
    if (lens) {
        for (auto& [name, value] : aim(row, session.columns()[column], *lens, wish.others)) wish.computed.insert_or_assign(name, value);
    }
    const bool editable = lens && seesTokenEdits(*lens) && !session.view().unedited;
    if (editable) wish.edit = session.tokenEdit(row, session.columns()[column].model);
    for (OtherCell& other : wish.others) {
        if (editable) other.edit = session.tokenEdit(other.row, other.model);
        if (const auto it = rows.find(other.row); it != rows.end()) other.reading = it->second.reading;
        other.frame = session.frameOf(other.row);
    }
    wish.frame = session.frameOf(row);
    wish.reading = owner.reading;
    wish.engine = engineRound;
    return wish;
}

/// At the token that is looked at, on the grid where the lens looks for it: that of the other cell if there is one.
ParameterSet CellBoard::Private::aim(RowId row, const Column& column, const LensInfo& lens, const std::vector<OtherCell>& others) const {
    const TokenSelection& tokens = session.view().tokens;
    if (!tokens.any() || !tokenGrids || !followsToken(lens, column)) return {};
    Column where = column;
    if (!others.empty()) {
        row = others.front().row;
        where.model = others.front().model;
    }
    const auto grid = tokenGrids(row, where);
    if (!grid) return {};
    const auto& model = host.modelOf(where.model).info;
    const int depths = model ? model->codes.depths() : 0;
    const TokenAim aim{onGrid(tokens, grid->first, grid->second).cursor, std::clamp(tokens.depth, 0, std::max(0, depths - 1))};
    return aimedAt(lens, column, aim);
}

/// The view is moved often; few of its parts are computed from.
void CellBoard::Private::followView() {
    const ViewState& view = session.view();
    if (view.tokens == seenTokens && view.unedited == seenUnedited && view.frame == seenFrame) return;
    seenFrame = view.frame;
    seenTokens = view.tokens;
    seenUnedited = view.unedited;
    schedule();
}

std::optional<Error> CellBoard::Private::refusalOf(const LensInfo& lens, const ModelInfo& model, const Wish& wish) const {
    if (auto refusal = notOffered(lens, model)) return refusal;
    if (lens.others == Others::Required && wish.others.empty()) return needsOther(lens);
    for (const OtherCell& other : wish.others) {
        const Row* known = session.find(other.row);
        if (!known) return needsOther(lens);
        if (known->error) return known->error;
        const ModelStatus& status = host.modelOf(other.model);
        if (status.error) return status.error;
    }
    return std::nullopt;
}

Intent CellBoard::Private::intentOf(RowId row, const RowRecord& owner, int column) const {
    const Column& wanted = session.columns()[column];
    const LensInfo* lens = lensOf(column);
    Intent intent{.wish = wishOf(row, owner, column, lens)};
    if (!host.engine()) return intent;
    const ModelStatus& status = host.modelOf(wanted.model);
    if (status.info) {
        if (lens) intent.refusal = refusalOf(*lens, *status.info, intent.wish);
        const bool othersOpen = std::ranges::all_of(intent.wish.others, [this](const OtherCell& other) { return host.modelOf(other.model).info.has_value(); });
        if (othersOpen) intent.model = status.info->id;
    } else if (lens && lens->needs.empty()) {
        // What needs no model is shown before there is one. While another is opened, the picture made for the last one stays.
        const CellRecord& cell = owner.cells[column];
        intent.model = status.opening && cell.asked ? cell.askedModel : ModelId{};
    }
    return intent;
}

void CellBoard::Private::ask(RowId row, int column, Intent intent, Priority priority) {
    CellRecord& cell = record(row).cells[column];
    const bool sameWork = cell.running() && cell.asked && cell.asked->computesLike(intent.wish);
    if (!sameWork) {
        const bool waited = cell.busy() || (cell.cell.state == CellState::Waiting && cell.cell.since != CellRecord::Clock::time_point{});
        cell.requested = CellRecord::Clock::now();
        cell.quiet = cell.cell.state == CellState::Done && cell.shows(intent.wish);
        if (!cell.quiet) {
            if (!waited) cell.cell.since = cell.requested;
            cell.cell.state = CellState::Running;
            cell.cell.progress = {};
            cell.cell.error.reset();
        }
    }
    const std::uint64_t ticket = ++lastTicket;
    const auto editId = [this](const TokenEditPointer& edit) { return edits.idOf(host.engine(), edit); };
    Query query{.lens = intent.wish.lens, .cell = {.source = sources.sourceOf(row), .model = *intent.model, .edit = editId(intent.wish.edit), .frame = intent.wish.frame}, .parameters = intent.wish.parameters()};
    for (const OtherCell& other : intent.wish.others) {
        query.others.push_back({.source = sources.sourceOf(other.row), .model = host.modelOf(other.model).info->id, .edit = editId(other.edit), .frame = other.frame});
    }
    cell.ticket = ticket;
    cell.asked = std::move(intent.wish);
    takeOffer(row, cell);
    cell.askedModel = *intent.model;
    cell.askedPriority = priority;
    Observer<Picture> observer;
    observer.executor = executor;
    const ColumnId id = session.columns()[column].id;
    observer.onDone = [this, row, id, ticket](const Result<Picture>& result) { answered(row, id, ticket, result); };
    observer.onProgress = [this, row, id, ticket](const Progress& progress) { progressed(row, id, ticket, progress); };
    // A whole picture stays until the next whole one: a preview would not be shown.
    if (!cell.cell.picture || cell.cell.picture->partial) {
        observer.onPartial = [this, row, id, ticket](Picture picture) { previewed(row, id, ticket, std::move(picture)); };
    }
    // The older request of the cell goes only now, so that work both need goes on.
    cell.job = host.engine()->request(query, priority, std::move(observer), cell.slot);
}

void CellBoard::Private::takeOffer(RowId row, CellRecord& cell) {
    if (cell.cell.picture || offer.path.empty() || session.find(row)->request.path != offer.path) return;
    const Wish& wish = *cell.asked;
    if (wish.lens != offer.wish.lens || wish.computed != offer.wish.computed || wish.model != offer.wish.model) return;
    cell.accept(std::move(offer.picture));
    offer = {};
    record(row).firstFrameBy = CellRecord::Clock::now() + kFirstFrame;
    QTimer::singleShot(kFirstFrame, &q, [this] { schedule(); });
}

void CellBoard::Private::restRow(RowId row, RowRecord& owner) {
    if (owner.failed) return;
    for (int column = 0; column < static_cast<int>(owner.cells.size()); ++column) {
        CellRecord& cell = owner.cells[column];
        const auto before = std::pair(cell.cell.state, cell.cell.outdated);
        cell.rest();
        if (cell.cell.picture) cell.cell.outdated = !cell.shows(intentOf(row, owner, column).wish);
        if (before != std::pair(cell.cell.state, cell.cell.outdated)) touch(row, column);
    }
}

void CellBoard::Private::planThumbnails(const std::vector<RowId>& visible, const std::vector<RowId>& near) {
    if (!host.engine()) return;
    const auto ask = [this](RowId row, Priority priority) {
        if (!record(row).failed) sources.askThumbnail(row, priority);
    };
    const auto inputIsThere = [this](RowId row) {
        const CellRecord& first = record(row).cells.front();
        return !first.busy() && first.cell.state != CellState::Waiting;
    };
    // What is looked at shows its input first; then all that is on screen shows what it is, before more is made of it.
    const RowId current = session.currentRow();
    const LensInfo* first = lensOf(0);
    if (session.find(current) && first && first->needs.empty() && record(current).cells.front().busy()) return;
    for (const RowId row : visible) {
        if (row != current || inputIsThere(row)) ask(row, Priority::Hovered);
    }
    while (!listed.empty() && sources.busyRows() < kListRowsAtOnce) {
        const RowId row = listed.front();
        listed.pop_front();
        if (session.find(row)) ask(row, Priority::Hovered);
    }
    // The input comes first: both read the same file.
    for (const RowId row : near) {
        if (inputIsThere(row)) ask(row, Priority::OffScreen);
    }
}

void CellBoard::Private::forgetFarPictures() {
    struct Far {
        std::uint64_t lastShown;
        RowId row;
        std::size_t bytes;
    };
    std::vector<Far> far;
    std::size_t total = 0;
    for (const auto& [row, owner] : rows) {
        if (owner.lastShown == planRound) continue;
        std::size_t bytes = 0;
        for (const CellRecord& cell : owner.cells) bytes += cell.cell.picture ? cell.cell.picture->byteSize() : 0;
        if (bytes > 0) far.push_back({owner.lastShown, row, bytes});
        total += bytes;
    }
    std::ranges::sort(far, {}, &Far::lastShown);
    for (const Far& oldest : far) {
        if (total <= kPictureBudget) return;
        total -= oldest.bytes;
        RowRecord& owner = rows.at(oldest.row);
        for (int column = 0; column < static_cast<int>(owner.cells.size()); ++column) {
            owner.cells[column].forgetPicture();
            touch(oldest.row, column);
        }
    }
}

void CellBoard::Private::progressed(RowId row, const ColumnId& column, std::uint64_t ticket, const Progress& progress) {
    CellRecord* cell = find(row, column, ticket);
    if (!cell) return;
    if (std::exchange(cell->quiet, false)) {
        // The picture has to be computed again after all.
        cell->cell.state = CellState::Running;
        cell->cell.since = cell->requested;
    }
    if (cell->cell.progress == progress) return;
    cell->cell.progress = progress;
    touch(row, session.indexOf(column));
    settle();
}

void CellBoard::Private::previewed(RowId row, const ColumnId& column, std::uint64_t ticket, Picture picture) {
    CellRecord* cell = find(row, column, ticket);
    if (!cell) return;
    picture.partial = true;
    cell->accept(std::move(picture));
    touch(row, session.indexOf(column));
    settle();
}

void CellBoard::Private::answered(RowId row, const ColumnId& column, std::uint64_t ticket, const Result<Picture>& result) {
    if (cancelling.erase(ticket) > 0 && cancelling.empty()) traceEvent("cancel_answered");
    CellRecord* cell = find(row, column, ticket);
    if (!cell) return;
    if (cell->busy() && !result.cancelled()) estimate.finished(column.lens, CellRecord::Clock::now());
    if (result) {
        cell->accept(result.value());
        cell->cell.state = CellState::Done;
        cell->cell.error.reset();
        cell->cell.seconds = cell->secondsSoFar();
        cell->stop();
    } else if (result.cancelled()) {
        cell->cell.state = CellState::Cancelled;
        cell->cell.seconds = cell->secondsSoFar();
        cell->stop();
    } else if (const Row* unreadable = rowOfFile(row, *cell, result.error())) {
        if (unreadable->id == row) return failRow(row, result.error());
        // Drawn without it from now on.
        cell->wait();
        return failRow(unreadable->id, result.error());
    } else {
        cell->fail(result.error());
        // What such a row or such a model cannot show is no failure of anything.
        const Row* known = session.find(row);
        const auto& model = host.modelOf(cell->asked ? cell->asked->model : ModelChoice()).info;
        const bool bounded = (known && known->info && holdsTokens(*known->info)) || (model && isRecording(*model));
        if (bounded && result.error().code == ErrorCode::Unsupported) cell->cell.state = CellState::NotOffered;
    }
    touch(row, session.indexOf(column));
    settle();
    schedule();
}

/// The row whose file an error speaks of: the cell's own, or one that it is drawn from.
const Row* CellBoard::Private::rowOfFile(RowId row, const CellRecord& cell, const Error& error) const {
    const auto isAbout = [&](RowId id) {
        const Row* known = session.find(id);
        return known && !known->request.path.empty() && known->request.path == error.where;
    };
    if (isAbout(row)) return session.find(row);
    if (!cell.asked) return nullptr;
    for (const OtherCell& other : cell.asked->others) {
        if (isAbout(other.row)) return session.find(other.row);
    }
    return nullptr;
}

/// The file itself is at fault: said once for the row, and shown by all of its cells.
void CellBoard::Private::failRow(RowId row, const Error& error) {
    RowRecord& owner = record(row);
    if (owner.failed) return;
    markFailed(row, owner, error);
    session.setRowError(row, error);
    settle();
    schedule();
}

void CellBoard::Private::markFailed(RowId row, RowRecord& owner, const Error& error) {
    owner.failed = true;
    for (int column = 0; column < static_cast<int>(owner.cells.size()); ++column) {
        CellRecord& cell = owner.cells[column];
        cell.fail(error);
        cell.asked.reset();
        cell.cell.outdated = cell.cell.picture != nullptr;
        touch(row, column);
    }
}

void CellBoard::Private::engineChanged() {
    // Sources and models are names that the engine gave; pictures of the last one may differ from what this one computes.
    if (hadEngine) ++engineRound;
    hadEngine = host.engine() != nullptr;
    sources.forget();
    for (auto& [row, owner] : rows) {
        for (CellRecord& cell : owner.cells) {
            if (cell.running()) cell.wait();
        }
    }
    plan();
}

void CellBoard::Private::removeRows(int first, int last) {
    for (int index = first; index <= last; ++index) {
        const RowId row = session.rows()[index].id;
        rows.erase(row);
        sources.remove(row);
        listed.remove(row);
    }
    schedule();
}

void CellBoard::Private::cancelRow(RowId row) {
    const auto it = rows.find(row);
    if (it == rows.end() || it->second.failed) return;
    const bool visible = row == session.currentRow() || holds(onScreen, row);
    for (int column = 0; column < static_cast<int>(it->second.cells.size()); ++column) {
        CellRecord& cell = it->second.cells[column];
        const bool waits = cell.cell.state == CellState::Waiting && cell.cell.since != CellRecord::Clock::time_point{};
        if (!cell.busy() && !waits) continue;
        if (cell.running()) cancelling.insert(cell.ticket);
        if (cell.requested != CellRecord::Clock::time_point{}) cell.cell.seconds = cell.secondsSoFar();
        cell.stop();
        cell.held = !visible;
        if (visible) {
            cell.asked = intentOf(row, it->second, column).wish;
            cell.cell.state = CellState::Cancelled;
        } else {
            cell.wait();
        }
        touch(row, column);
    }
}

RowRecord& CellBoard::Private::record(RowId row) {
    const auto [it, added] = rows.try_emplace(row);
    if (!added) return it->second;
    RowRecord& owner = it->second;
    owner.cells.resize(session.columns().size());
    for (CellRecord& cell : owner.cells) cell.slot = newSlot();
    // A row that comes back by undo brings its error along.
    if (const Row* known = session.find(row); known && known->error) markFailed(row, owner, *known->error);
    return owner;
}

CellRecord* CellBoard::Private::find(RowId row, const ColumnId& column, std::uint64_t ticket) {
    const auto it = rows.find(row);
    const int index = session.indexOf(column);
    if (it == rows.end() || index < 0) return nullptr;
    CellRecord& cell = it->second.cells[index];
    return cell.ticket == ticket ? &cell : nullptr;
}

/// Cells go where their columns went.
void CellBoard::Private::followColumns() {
    const std::vector<Column>& columns = session.columns();
    for (auto& [row, owner] : rows) {
        std::vector<CellRecord> moved(columns.size());
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto before = std::ranges::find(columnIds, columns[i].id);
            if (before != columnIds.end()) {
                moved[i] = std::move(owner.cells[before - columnIds.begin()]);
            } else {
                moved[i].slot = newSlot();
            }
        }
        owner.cells = std::move(moved);
        if (owner.failed) {
            owner.failed = false;
            if (const Row* known = session.find(row); known && known->error) markFailed(row, owner, *known->error);
        }
    }
    columnIds.clear();
    for (const Column& column : columns) columnIds.push_back(column.id);
    schedule();
}

std::vector<RowId> CellBoard::Private::visibleRows() const {
    std::vector<RowId> visible;
    const auto add = [&](RowId row) {
        if (session.find(row) && !holds(visible, row)) visible.push_back(row);
    };
    add(session.currentRow());
    for (const RowId row : onScreen) add(row);
    return visible;
}

std::vector<RowId> CellBoard::Private::neighbours(const std::vector<RowId>& of) const {
    std::vector<RowId> near;
    const int count = static_cast<int>(session.rows().size());
    for (const RowId row : of) {
        const int index = session.indexOf(row);
        for (const int beside : {index + 1, index - 1}) {
            if (beside < 0 || beside >= count) continue;
            const RowId id = session.rows()[beside].id;
            if (!holds(of, id) && !holds(near, id)) near.push_back(id);
        }
    }
    return near;
}

void CellBoard::Private::settle() {
    auto news = std::exchange(changed, {});
    std::ranges::sort(news);
    news.erase(std::ranges::unique(news).begin(), news.end());
    for (const auto& [row, column] : news) Q_EMIT q.cellChanged(row, column);
    const Totals now = count();
    if (now.running + now.waiting == 0) estimate.clear();
    if (now == totals) return;
    totals = now;
    Q_EMIT q.totalsChanged();
}

CellBoard::Totals CellBoard::Private::count() const {
    Totals sum;
    const bool opening = host.state() == EngineHost::State::Opening || host.anyModelOpening();
    double fractions = 0;
    std::map<LensColumnId, int> open;
    std::set<RowId> busyRows;
    std::optional<double> told;  // by the engine, of each request as if it were alone
    for (const auto& [row, owner] : rows) {
        const bool visible = row == session.currentRow() || holds(onScreen, row);
        std::vector<const Error*> errors;
        for (std::size_t column = 0; column < owner.cells.size(); ++column) {
            const CellRecord& cell = owner.cells[column];
            if (cell.busy()) {
                ++sum.running;
                ++open[columnIds[column].lens];
                busyRows.insert(row);
                fractions += cell.cell.progress.fraction;
                if (const auto& left = cell.cell.progress.secondsLeft) told = std::max(told.value_or(0), *left);
            } else if (cell.cell.state == CellState::Waiting && visible && opening) {
                ++sum.waiting;
            } else if (cell.cell.state == CellState::Failed && cell.cell.error) {
                // Cells that fail for one reason are one failure.
                const auto same = [&](const Error* known) { return *known == *cell.cell.error; };
                if (std::ranges::none_of(errors, same)) errors.push_back(&*cell.cell.error);
            }
        }
        sum.failed += static_cast<int>(errors.size());
    }
    if (sum.running > 0) sum.fraction = (estimate.done() + fractions) / (estimate.done() + sum.running);
    sum.secondsLeft = estimate.secondsLeft(open, CellRecord::Clock::now());
    // Cells of one row share their work; several rows wait for each other, which none of them knows.
    if (!sum.secondsLeft && busyRows.size() == 1) sum.secondsLeft = told;
    return sum;
}

CellBoard::CellBoard(Session& session, EngineHost& host, QObject* parent) : QObject(parent), d(std::make_unique<Private>(*this, session, host)) {
    d->hadEngine = host.engine() != nullptr;
    const auto schedule = [this] { d->schedule(); };
    connect(&session, &Session::rowsInserted, this, schedule);
    connect(&session, &Session::rowsAboutToBeRemoved, this, [this](int first, int last) { d->removeRows(first, last); });
    connect(&session, &Session::currentRowChanged, this, schedule);
    connect(&session, &Session::columnChanged, this, schedule);
    connect(&session, &Session::tokensEdited, this, schedule);
    connect(&session, &Session::viewChanged, this, [this] { d->followView(); });
    connect(&session, &Session::columnsChanged, this, [this] { d->followColumns(); });
    const auto chooseModels = [this] { d->host.chooseModels(d->session.models(), d->session.model()); };
    connect(&session, &Session::modelChanged, this, chooseModels);
    connect(&host, &EngineHost::stateChanged, this, [this] { d->engineChanged(); });
    connect(&host, &EngineHost::modelChanged, this, schedule);
    if (!session.model().reference.empty()) chooseModels();
    d->schedule();
}

CellBoard::~CellBoard() = default;

const Cell& CellBoard::cell(RowId row, int column) const {
    static const Cell unknown;
    const auto it = d->rows.find(row);
    const bool known = it != d->rows.end() && column >= 0 && column < static_cast<int>(it->second.cells.size());
    return known ? it->second.cells[column].cell : unknown;
}

SourceId CellBoard::source(RowId row) const {
    return d->host.engine() && d->session.find(row) ? d->sources.sourceOf(row) : SourceId{};
}

void CellBoard::setVisibleRows(std::vector<RowId> rows) {
    if (rows == d->onScreen) return;
    d->onScreen = std::move(rows);
    d->schedule();
    Q_EMIT visibleRowsChanged();
}

std::vector<RowId> CellBoard::visibleRows() const {
    return d->visibleRows();
}

void CellBoard::setTokenGrids(TokenGrids grids) {
    d->tokenGrids = std::move(grids);
    d->schedule();
}

void CellBoard::showInList(RowId row) {
    if (d->sources.hasAskedThumbnail(row)) return;
    d->listed.remove(row);
    d->listed.push_front(row);
    if (d->listed.size() > kLongestList) d->listed.pop_back();
    d->schedule();
}

void CellBoard::cancel(RowId row) {
    const bool answeredBefore = d->cancelling.empty();
    d->cancelRow(row);
    // Nobody works on what only waited.
    if (answeredBefore && d->cancelling.empty() && !d->changed.empty()) traceEvent("cancel_answered");
    d->settle();
}

void CellBoard::cancelAll() {
    const bool answeredBefore = d->cancelling.empty();
    for (const auto& [row, owner] : d->rows) d->cancelRow(row);
    if (answeredBefore && d->cancelling.empty() && !d->changed.empty()) traceEvent("cancel_answered");
    d->settle();
}

ParameterSet CellBoard::followed(RowId row, int index) const {
    const LensInfo* lens = d->lensOf(index);
    if (!lens) return {};
    const Column& column = d->session.columns()[index];
    return d->aim(row, column, *lens, othersOf(d->session, row, column, *lens, ui::wishOf(column, lens).computed));
}

void CellBoard::offerPreview(std::string path, Wish wish, Picture picture) {
    picture.partial = true;
    d->offer = {std::move(path), std::move(wish), std::move(picture)};
}

void CellBoard::retry(RowId row) {
    if (!d->session.find(row)) return;
    RowRecord& owner = d->record(row);
    d->sources.remove(row);
    owner.failed = false;
    ++owner.reading;
    for (int column = 0; column < static_cast<int>(owner.cells.size()); ++column) {
        CellRecord& cell = owner.cells[column];
        cell.held = false;
        cell.wait();
        d->touch(row, column);
    }
    d->session.setRowLoading(row);
    // Rows that nobody looks at are at least described again.
    showInList(row);
    d->plan();
}

CellBoard::Totals CellBoard::totals() const {
    return d->totals;
}

}  // namespace tessera::ui
