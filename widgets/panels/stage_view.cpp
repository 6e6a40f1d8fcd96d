// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage_view.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <QApplication>
#include <QContextMenuEvent>
#include <QImage>
#include <QKeyEvent>
#include <QScrollBar>
#include <QTimer>
#include <QWheelEvent>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "panels/empty_state.h"
#include "panels/stage/board_cells.h"
#include "panels/stage/board_headers.h"
#include "panels/stage/board_menus.h"
#include "panels/stage/board_reader.h"
#include "panels/stage/code_field.h"
#include "panels/stage/drop_dashes.h"
#include "panels/stage/frame_hold.h"
#include "panels/stage/hud_figures.h"
#include "panels/stage/hud_view.h"
#include "panels/stage/picture_look.h"
#include "panels/stage/place_marks.h"
#include "panels/stage/stage_accessible.h"
#include "panels/stage/stage_canvas.h"
#include "panels/stage/state_cell.h"
#include "panels/stage/sweep_popup.h"
#include "panels/stage/token_hand.h"
#include "panels/stage/token_keyboard.h"
#include "panels/stage/token_surgery.h"
#include "panels/stage/token_words.h"
#include "panels/stage/viewport.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr double kZoomStep = 1.25;
constexpr std::chrono::milliseconds kTick{70};  // of the spinner and the seconds in captions
constexpr int kScrollBar = 10;

}  // namespace

struct StageView::Private {
    Private(StageView& view, Session& session, CellBoard& board, EngineHost& host);

    void follow();
    void followMenus();
    void tellSwapped();
    void refresh();
    void scheduleRefresh();
    void showNothing();
    void showEmptyState(bool wanted);
    void refreshPanes();
    void refreshCamera();
    void refreshTokens();
    void tellTokens();
    void refreshMarks();
    void tellView();
    void tellProbe();
    void layOut();
    void place();
    void raiseCovers();
    void placeBars();
    void scrollBy(QPoint pixels);
    void tick();
    void showHud();
    void act(RowId row, int column, CellAction action);
    void press(QPointF at);
    void showTrouble();
    void editSweep(LensColumnId lens, QPoint position);

    const Row* row() const { return session.find(session.currentRow()); }
    int currentPane() const { return cells->paneOf(session.currentRow(), session.currentColumn()); }
    BoardShape shape() const;
    std::optional<StageProbe> probe() const;
    std::optional<StageProbe> probeAt(int pane, float x, float y) const;
    std::optional<StageProbe> pinnedProbe() const;

    StageView& q;
    Session& session;
    CellBoard& board;
    EngineHost& host;
    PictureLook look;
    StageCanvas* canvas;
    Viewport* viewport;
    PlaceMarks* marks;
    HudView* hudView;
    BoardCells* cells;
    BoardHeaders* headers;
    BoardMenus* menus;
    BoardReader* reader = nullptr;
    TokenSurgery* surgery = nullptr;
    TokenHand* hand = nullptr;
    TokenKeyboard* keyboard = nullptr;
    CodeField* codeField = nullptr;
    QScrollBar *across, *down;
    StateCell* trouble;
    EmptyState* empty;
    DropDashes* dashes;
    QTimer* timer;

    Clock clock = [] { return std::chrono::steady_clock::now(); };
    BoardLayout layout;
    QPoint scroll;
    ViewState shownView;
    SwapTrace trace;
    FrameHold frames;  ///< while tokens that were edited are decoded
    std::optional<StageProbe> toldProbe;
    std::vector<Word> toldTokens;
    bool hud = false, scheduled = false;
    std::optional<SourcePlace> pinned;
    struct Told {
        double zoom = 0;
        bool fitted = true;
        QRectF region;
        bool operator==(const Told&) const = default;
    } told;
};

StageView::Private::Private(StageView& view, Session& session, CellBoard& board, EngineHost& host)
    : q(view),
      session(session),
      board(board),
      host(host),
      canvas(new StageCanvas(&view)),
      viewport(new Viewport(session, *canvas, &view)),
      marks(new PlaceMarks(&view)),
      hudView(new HudView(*canvas, &view)),
      cells(new BoardCells(session, board, host, look, &view)),
      headers(new BoardHeaders(session, board, host, look, &view)),
      menus(new BoardMenus(session, board, host, &view)),
      across(new QScrollBar(Qt::Horizontal, &view)),
      down(new QScrollBar(Qt::Vertical, &view)),
      trouble(new StateCell(&view)),
      empty(new EmptyState(&view)),
      dashes(new DropDashes(&view)),
      timer(new QTimer(&view)) {
    timer->setInterval(kTick);
    offerStagesAsTables();
    reader = new BoardReader(session, board, host, *menus, layout, view);
    across->setAccessibleName(StageView::tr("Scroll sideways"));
    down->setAccessibleName(StageView::tr("Scroll"));
    across->hide();
    down->hide();
}

void StageView::Private::follow() {
    const auto refreshAll = [this] { refresh(); };
    QObject::connect(&session, &Session::currentRowChanged, &q, [this] {
        refresh();
        q.showCurrentCell();
    });
    QObject::connect(&session, &Session::currentColumnChanged, &q, [this] {
        refresh();
        q.showCurrentCell();
    });
    for (const auto signal : {&Session::rowsInserted, &Session::rowsRemoved, &Session::rowsMoved}) QObject::connect(&session, signal, &q, refreshAll);
    QObject::connect(&session, &Session::rowChanged, &q, [this](int index) {
        const RowId changed = session.rows()[index].id;
        if (changed == session.currentRow() || cells->paneOf(changed, layout.cells.empty() ? 0 : layout.cells.front().column) >= 0) refresh();
    });
    for (const auto signal : {&Session::columnsChanged, &Session::formChanged}) QObject::connect(&session, signal, &q, refreshAll);
    QObject::connect(&session, &Session::columnChanged, &q, refreshAll);
    QObject::connect(&session, &Session::viewChanged, &q, [this] {
        ViewState before = shownView;
        before.camera = session.view().camera;
        if (before == session.view()) {
            refreshCamera();
        } else {
            refresh();
        }
    });
    QObject::connect(&board, &CellBoard::cellChanged, &q, [this](RowId row, int column) {
        if (row == session.currentRow() || session.workspace().form.grid) scheduleRefresh();
        if (!frames.holds() || row != session.currentRow() || column != session.currentColumn()) return;
        const Cell& cell = board.cell(row, column);
        if (cell.state != CellState::Running && cell.state != CellState::Waiting) frames.release();
    });
    QObject::connect(&session, &Session::tokensEdited, &q, [this] { frames.hold(q); });
    QObject::connect(&host, &EngineHost::stateChanged, &q, refreshAll);
    QObject::connect(&host, &EngineHost::modelChanged, &q, refreshAll);
    QObject::connect(&Theme::instance(), &Theme::changed, &q, [this] { place(); });
    QObject::connect(viewport, &Viewport::pointerMoved, &q, [this] { tellProbe(); });
    QObject::connect(viewport, &Viewport::pressed, &q, [this](QPointF at) { press(at); });
    QObject::connect(viewport, &Viewport::scrolled, &q, [this](QPoint by) { scrollBy(by); });
    QObject::connect(viewport, &Viewport::menuRequested, &q, [this](QPointF at, QPoint global) {
        press(at);
        if (row()) menus->popUpCell(session.currentRow(), session.currentColumn(), global, hand && hand->aimAt(at));
    });
    QObject::connect(cells, &BoardCells::actionRequested, &q, [this](RowId row, int column, CellAction action) { act(row, column, action); });
    QObject::connect(cells, &BoardCells::cancelRequested, &q, [this](RowId row) { board.cancel(row); });
    QObject::connect(headers, &BoardHeaders::focusWanted, &q, [this] { q.setFocus(Qt::MouseFocusReason); });
    for (QScrollBar* bar : {across, down}) {
        QObject::connect(bar, &QScrollBar::valueChanged, &q, [this] { scrollBy(QPoint(across->value(), down->value()) - layout.scroll); });
    }
    QObject::connect(canvas, &StageCanvas::painted, &q, [this] { trace.painted(cells->shown()); });
    QObject::connect(canvas, &StageCanvas::frameSwapped, &q, [this] { tellSwapped(); });
    empty->installEventFilter(&q);
    QObject::connect(canvas, &StageCanvas::troubleChanged, &q, [this] { showTrouble(); });
    QObject::connect(timer, &QTimer::timeout, &q, [this] { tick(); });
    followMenus();
}

void StageView::Private::tellSwapped() {
    if (!trace.swapped()) return;
    Q_EMIT q.firstFrame();
    // The first picture then finds everything made.
    QTimer::singleShot(0, canvas, &StageCanvas::warmUp);
}

void StageView::Private::followMenus() {
    QObject::connect(headers, &BoardHeaders::groupMenuRequested, menus, &BoardMenus::popUpGroup);
    QObject::connect(headers, &BoardHeaders::addLensRequested, menus, &BoardMenus::popUpAddLens);
    QObject::connect(headers, &BoardHeaders::columnMenuRequested, menus, &BoardMenus::popUpColumn);
    QObject::connect(headers, &BoardHeaders::lensMenuRequested, menus, &BoardMenus::popUpLenses);
    QObject::connect(headers, &BoardHeaders::imageMenuRequested, menus, &BoardMenus::popUpImage);
    QObject::connect(headers, &BoardHeaders::sweepEditRequested, &q, [this](LensColumnId lens, QPoint position) { editSweep(lens, position); });
    QObject::connect(menus, &BoardMenus::sweepEditRequested, &q, [this](LensColumnId lens, QPoint position) { editSweep(lens, position); });
}

void StageView::Private::editSweep(LensColumnId lens, QPoint position) {
    (new SweepPopup(session, host, lens, &q))->popUp(position);
}

/// The cell under a press becomes the current one.
void StageView::Private::press(QPointF at) {
    q.setFocus(Qt::MouseFocusReason);
    for (std::size_t i = 0; i < layout.cells.size(); ++i) {
        if (!layout.cells[i].frame().contains(at.toPoint())) continue;
        const RowId row = cells->rowOf(static_cast<int>(i));
        const int column = layout.cells[i].column;
        session.setCurrentRow(row);
        session.setCurrentColumn(column);
        return;
    }
}

BoardShape StageView::Private::shape() const {
    BoardShape shape;
    shape.groups = groupSpans(session.columns());
    shape.lenses = lensSpans(session.columns());
    shape.columns = static_cast<int>(session.columns().size());
    shape.images = static_cast<int>(session.rows().size());
    shape.current = std::max(0, session.indexOf(session.currentRow()));
    shape.form = session.workspace().form;
    shape.picture = cells->pictureShape();
    shape.scroll = scroll;
    shape.wasStacked = layout.stacked;
    shape.lead = session.workspace().kind == WorkspaceKind::Tokens;
    return shape;
}

/// Once per turn of the event loop, however many cells have news.
void StageView::Private::scheduleRefresh() {
    if (std::exchange(scheduled, true)) return;
    QMetaObject::invokeMethod(&q, [this] {
        if (scheduled) refresh();
    }, Qt::QueuedConnection);
}

void StageView::Private::layOut() {
    const BoardLengths lengths = BoardLengths::fromTheme();
    layout = layOutBoard(q.size(), lengths, shape());
    // Scroll bars take their room from the cells.
    const bool high = layout.content.height() > layout.area.height(), wide = layout.content.width() > layout.area.width();
    if (high || wide) {
        layout = layOutBoard(q.size() - QSize(high ? kScrollBar : 0, wide ? kScrollBar : 0), lengths, shape());
    }
    scroll = layout.scroll;
}

void StageView::Private::place() {
    if (!row()) return;
    layOut();
    const bool visible = row() != nullptr;
    canvas->setGeometry(q.rect());
    marks->setGeometry(q.rect());
    const bool made = cells->place(layout);
    if (headers->place(layout) || made) raiseCovers();
    headers->setVisible(visible);
    placeBars();
    std::vector<RowId> seen;
    for (std::size_t i = 0; i < layout.cells.size(); ++i) {
        const RowId row = cells->rowOf(static_cast<int>(i));
        if (std::ranges::find(seen, row) == seen.end()) seen.push_back(row);
    }
    board.setVisibleRows(session.workspace().form.grid ? seen : std::vector<RowId>{});
}

/// Headers hide cells that scroll under them; what covers the whole stage lies above all.
void StageView::Private::raiseCovers() {
    headers->raise();
    for (QWidget* cover : {static_cast<QWidget*>(hudView), static_cast<QWidget*>(across), static_cast<QWidget*>(down), static_cast<QWidget*>(empty), static_cast<QWidget*>(trouble), static_cast<QWidget*>(dashes)}) {
        cover->raise();
    }
}

void StageView::Private::placeBars() {
    const auto set = [](QScrollBar* bar, int content, int room, int value, int step) {
        const QSignalBlocker still(bar);
        bar->setRange(0, std::max(0, content - room));
        bar->setPageStep(room);
        bar->setSingleStep(std::max(1, step / 2));
        bar->setValue(value);
        bar->setVisible(content > room && room > 0);
    };
    set(across, layout.content.width(), layout.area.width(), layout.scroll.x(), layout.step.width());
    set(down, layout.content.height(), layout.area.height(), layout.scroll.y(), layout.step.height());
    across->setGeometry(layout.area.left(), q.height() - kScrollBar, layout.area.width(), kScrollBar);
    down->setGeometry(q.width() - kScrollBar, layout.area.top(), kScrollBar, layout.area.height());
}

void StageView::Private::scrollBy(QPoint pixels) {
    if (!row()) return;
    scroll = layout.scroll + pixels;
    const QPoint before = layout.scroll;
    place();
    if (layout.scroll != before) refresh();
}

void StageView::Private::showNothing() {
    layout = {};
    cells->setVisible(false);
    headers->setVisible(false);
    across->hide();
    down->hide();
    board.setVisibleRows({});
    canvas->setPanes({});
    timer->stop();
    if (hud) showHud();
    refreshMarks();
    tellProbe();
    tellView();
    Q_EMIT q.panesChanged();
}

void StageView::Private::refresh() {
    scheduled = false;
    shownView = session.view();
    showEmptyState(session.rows().empty());
    if (!row()) return showNothing();
    place();
    cells->setVisible(true);
    const bool busy = cells->refresh(clock());
    if (busy != timer->isActive()) busy ? timer->start() : timer->stop();
    headers->refresh(q.visibleRegion(), cells->ranges());
    refreshPanes();
    if (hud) showHud();
}

void StageView::Private::showEmptyState(bool wanted) {
    if (wanted == (q.focusProxy() == empty)) return;
    // Also while another window is active: images come from a dialog.
    const QWidget* inWindow = q.window()->focusWidget();
    const bool focused = q.hasFocus() || inWindow == &q || empty->isAncestorOf(inWindow);
    empty->setVisible(wanted);
    q.setFocusProxy(wanted ? empty : nullptr);
    if (focused) q.setFocus(Qt::OtherFocusReason);
}

void StageView::Private::refreshPanes() {
    std::vector<canvas::Pane> panes = cells->panes(*canvas);
    if (hand) hand->dress(panes);
    canvas->setPanes(std::move(panes));
    refreshCamera();
    Q_EMIT q.panesChanged();
}

void StageView::Private::refreshCamera() {
    shownView.camera = session.view().camera;
    canvas->setCamera(session.view().camera);
    refreshMarks();
    tellView();
    tellProbe();
}

/// The pictures stay: only what lies over them is another.
void StageView::Private::refreshTokens() {
    std::vector<canvas::Pane> panes = canvas->canvas().panes();
    if (panes.size() != layout.cells.size()) return;
    hand->dress(panes);
    canvas->setPanes(std::move(panes));
    tellTokens();
}

void StageView::Private::tellTokens() {
    if (!hand) return;
    reader->noteToken();
    std::vector<Word> words = hand->words(viewport->pointer());
    if (words == toldTokens) return;
    toldTokens = std::move(words);
    Q_EMIT q.tokenTold(toldTokens);
}

std::optional<StageProbe> StageView::Private::probeAt(int pane, float x, float y) const {
    return readProbe(canvas->canvas(), pane, cells->columnOf(pane), x, y, cells->probedColumns(cells->rowOf(pane)));
}

/// Of the current row: what lies at the pinned place in all of its columns; said of the current cell where it can be seen.
std::optional<StageProbe> StageView::Private::pinnedProbe() const {
    if (!pinned) return std::nullopt;
    std::vector<int> panes{currentPane()};
    for (int pane = 0; pane < static_cast<int>(layout.cells.size()); ++pane) panes.push_back(pane);
    for (const int pane : panes) {
        if (pane < 0 || cells->rowOf(pane) != session.currentRow() || pane >= static_cast<int>(canvas->canvas().panes().size())) continue;
        const auto point = pointOf(canvas->canvas(), pane, *pinned);
        if (!point) continue;
        auto result = probeAt(pane, point->first, point->second);
        if (!result) continue;
        result->pinned = true;
        return result;
    }
    return std::nullopt;
}

std::optional<StageProbe> StageView::Private::probe() const {
    if (auto held = pinnedProbe()) return held;
    const auto pointer = viewport->pointer();
    if (!pointer) return std::nullopt;
    const QPointF device = canvas->devicePoint(*pointer);
    const auto pointed = canvas->canvas().probe(float(device.x()), float(device.y()));
    return pointed ? probeAt(pointed->pane, float(device.x()), float(device.y())) : std::nullopt;
}

void StageView::Private::refreshMarks() {
    std::vector<PlaceMarks::Mark> places;
    const auto& panes = canvas->canvas().panes();
    const double ratio = canvas->devicePixelRatioF();
    const auto add = [&](SourcePlace place, bool isPinned, int except) {
        for (std::size_t i = 0; i < panes.size(); ++i) {
            if (static_cast<int>(i) == except || !panes[i].picture) continue;
            const auto point = pointOf(canvas->canvas(), static_cast<int>(i), place);
            if (point) places.push_back({QPoint(int(point->first / ratio), int(point->second / ratio)), isPinned});
        }
    };
    if (pinned) add(*pinned, true, -1);
    if (const auto pointer = viewport->pointer()) {
        const QPointF device = canvas->devicePoint(*pointer);
        const auto pointed = canvas->canvas().probe(float(device.x()), float(device.y()));
        if (pointed) add({pointed->normalX, pointed->normalY}, false, pointed->pane);
    }
    marks->setMarks(std::move(places));
}

void StageView::Private::tellProbe() {
    refreshMarks();
    tellTokens();
    std::optional<StageProbe> now = probe();
    if (now == toldProbe) return;
    toldProbe = std::move(now);
    if (hud) hudView->refresh();
    Q_EMIT q.hovered(toldProbe ? &*toldProbe : nullptr);
}

void StageView::Private::tellView() {
    const Told now{q.zoomShown(), q.isFitted(), q.visibleRegion()};
    if (now == told) return;
    told = now;
    Q_EMIT q.viewChanged();
}

void StageView::Private::tick() {
    if (row()) cells->refresh(clock());
}

void StageView::Private::showHud() {
    if (!hud || !row() || layout.cells.empty()) {
        hudView->setFigures({}, {});
        return;
    }
    const auto figures = [this] {
        const std::vector<ProbedColumn> probed = toldProbe ? cells->probedColumns(session.currentRow()) : std::vector<ProbedColumn>{};
        overlay::HudState state = hudFigures(canvas->canvas(), session.columns(), cells->cellsOf(session.currentRow()), host, toldProbe ? &*toldProbe : nullptr, probed);
        state.zoom = viewport->zoomShown();
        return state;
    };
    hudView->setFigures(figures, layout.area.topLeft() + QPoint(0, size::kGutter));
}

void StageView::Private::act(RowId row, int column, CellAction action) {
    switch (action) {
        case CellAction::Retry:
            host.retryModel(session.columns()[column].model);
            board.retry(row);
            break;
        case CellAction::Remove: session.removeRows({row}); break;
        case CellAction::ShowModels: Q_EMIT q.modelActionRequested(); break;
        case CellAction::RestartEngine: host.open(host.options()); break;
        case CellAction::RevertEdit: session.editTokens(StageView::tr("revert edit"), row, session.columns()[column].model, nullptr); break;
    }
}

void StageView::Private::showTrouble() {
    const QString& what = canvas->trouble();
    StateWords words{.tone = StateWords::Tone::Error, .icon = QStringLiteral("error"), .heading = StageView::tr("Pictures cannot be drawn")};
    words.text = what;
    words.report = what;
    trouble->setWords(words);
    trouble->setVisible(!what.isEmpty() && canvas->isUseless());
}

StageView::StageView(Session& session, CellBoard& board, EngineHost& host, QWidget* parent)
    : QWidget(parent), d(std::make_unique<Private>(*this, session, board, host)) {
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Stage"));
    setAccessibleDescription(tr("Images and what the models make of them. Arrows choose a cell, Enter opens what it has to tell, the menu key what can be done with it."));
    d->follow();
    d->refresh();
}

StageView::~StageView() = default;

EmptyState& StageView::emptyState() const {
    return *d->empty;
}

BoardMenus& StageView::menus() const {
    return *d->menus;
}

StageCanvas& StageView::canvas() const {
    return *d->canvas;
}

void StageView::setTokens(TokenReader& reader) {
    d->surgery = new TokenSurgery(d->session, d->host, reader, this);
    d->hand = new TokenHand(d->session, reader, *d->surgery, *d->canvas, *d->cells, [this](QPointF at) { d->press(at); });
    d->keyboard = new TokenKeyboard(*d->surgery, *this, [this] { typeCode(); });
    d->codeField = new CodeField(*d->surgery, *this);
    connect(d->hand, &TokenHand::changed, this, [this] { d->refreshTokens(); });
    d->reader->setToken([this, &reader] {
        const TokenSelection tokens = d->surgery->here();
        return tokens.any() ? tokenName(reader.current().get(), d->surgery->target().value_or(tokens.cursor), d->surgery->depth()) : QString();
    });
    d->refresh();
}

TokenSurgery* StageView::surgery() const {
    return d->surgery;
}

TokenHand* StageView::tokenHand() const {
    return d->hand;
}

TokenKeyboard* StageView::tokenKeyboard() const {
    return d->keyboard;
}

void StageView::typeCode() {
    if (!d->codeField) return;
    d->codeField->open(d->hand->cursorRect());
}

void StageView::zoomIn() {
    d->viewport->zoomAtCentre(kZoomStep);
}

void StageView::zoomOut() {
    d->viewport->zoomAtCentre(1 / kZoomStep);
}

void StageView::fit() {
    d->viewport->easeToFit();
}

void StageView::actualSize() {
    d->viewport->easeToActualSize();
}

void StageView::reset() {
    ViewState view = d->session.view();
    const ViewState fresh;
    view.sampling = fresh.sampling;
    view.exposureStops = fresh.exposureStops;
    view.range = fresh.range;
    view.gain = fresh.gain;
    view.logarithmic = fresh.logarithmic;
    view.brush = fresh.brush;
    d->session.setView(view);
    fit();
}

void StageView::setZoom(double zoom) {
    d->viewport->zoomTo(zoom);
}

void StageView::panBy(QPointF logical) {
    d->viewport->panBy(logical);
}

double StageView::zoomShown() const {
    return d->viewport->zoomShown();
}

bool StageView::isFitted() const {
    return d->session.view().camera.zoom <= 0;
}

QRectF StageView::visibleRegion() const {
    const auto& panes = d->canvas->canvas().panes();
    for (std::size_t i = 0; i < panes.size(); ++i) {
        if (!panes[i].picture || d->cells->rowOf(static_cast<int>(i)) != d->session.currentRow()) continue;
        const canvas::Rect seen = d->canvas->canvas().visibleRegion(static_cast<int>(i));
        return QRectF(seen.x, seen.y, seen.width, seen.height);
    }
    return {};
}

std::optional<StageProbe> StageView::probe() const {
    return d->probe();
}

std::optional<canvas::Pane> StageView::currentPane() const {
    return d->cells->currentPane();
}

void StageView::togglePin() {
    if (d->pinned) {
        d->pinned.reset();
    } else if (const auto pointer = d->viewport->pointer()) {
        const QPointF device = d->canvas->devicePoint(*pointer);
        d->pinned = placeAt(d->canvas->canvas(), float(device.x()), float(device.y()));
    }
    d->tellProbe();
}

QImage StageView::grabFrame() {
    return grab().toImage();
}

void StageView::setDropActive(bool active) {
    d->empty->setDropActive(active);
    d->dashes->setVisible(active && !d->session.rows().empty());
}

void StageView::setHudVisible(bool visible) {
    d->hud = visible;
    d->showHud();
}

bool StageView::isHudVisible() const {
    return d->hud;
}

QRect StageView::cellBody(int column) const {
    return cellBody(d->session.currentRow(), column);
}

QRect StageView::cellBody(RowId row, int column) const {
    const BoardLayout::Cell* cell = d->layout.cell(d->session.indexOf(row), column);
    return cell ? cell->body : QRect();
}

void StageView::showCurrentCell() {
    if (!d->row()) return;
    d->scrollBy(d->layout.scrollTo(d->session.indexOf(d->session.currentRow()), d->session.currentColumn()) - d->layout.scroll);
}

void StageView::sizeCells(double factor) {
    BoardForm form = d->session.workspace().form;
    if (!form.grid || d->layout.cells.empty()) return;
    form.cellWidth = std::clamp(static_cast<int>(std::lround(d->layout.cells.front().body.width() * factor)), 48, 2048);
    d->session.setBoardForm(form);
    showCurrentCell();
}

void StageView::setClock(Clock clock) {
    d->clock = std::move(clock);
    d->tick();
}

void StageView::resizeEvent(QResizeEvent*) {
    for (QWidget* cover : {static_cast<QWidget*>(d->trouble), static_cast<QWidget*>(d->empty), static_cast<QWidget*>(d->dashes)}) cover->setGeometry(rect());
    d->canvas->setGeometry(rect());
    d->marks->setGeometry(rect());
    if (d->row()) d->refresh();
}

void StageView::keyPressEvent(QKeyEvent* event) {
    Session& session = d->session;
    const bool transposed = session.workspace().form.transposed || d->layout.stacked;
    const auto alongColumns = [&](int by) { session.setCurrentColumn(session.currentColumn() + by); };
    const auto alongImages = [&](int by) { session.stepCurrentRow(by); };
    switch (event->key()) {
        case Qt::Key_Left: transposed ? alongImages(-1) : alongColumns(-1); return;
        case Qt::Key_Right: transposed ? alongImages(1) : alongColumns(1); return;
        case Qt::Key_Up: transposed ? alongColumns(-1) : alongImages(-1); return;
        case Qt::Key_Down: transposed ? alongColumns(1) : alongImages(1); return;
        case Qt::Key_Return:
        case Qt::Key_Enter: d->cells->showDetails(session.currentRow(), session.currentColumn()); return;
        case Qt::Key_F10:
            if (event->modifiers() != Qt::ShiftModifier) return QWidget::keyPressEvent(event);
            [[fallthrough]];
        case Qt::Key_Menu: {
            const QRect token = d->surgery && d->hand->hasMenu() && d->surgery->here().any() ? d->hand->cursorRect() : QRect();
            const QPoint at = token.isNull() ? cellBody(session.currentColumn()).center() : token.bottomRight();
            d->menus->popUpCell(session.currentRow(), session.currentColumn(), mapToGlobal(at), !token.isNull());
            return;
        }
        default: QWidget::keyPressEvent(event);
    }
}

void StageView::wheelEvent(QWheelEvent* event) {
    // What comes here was turned over a header: the canvas takes its own.
    event->accept();
    const QPoint delta = event->pixelDelta().isNull() ? event->angleDelta() / 2 : event->pixelDelta();
    const bool sideways = d->session.workspace().form.transposed || event->modifiers() & Qt::ShiftModifier;
    d->scrollBy(sideways && delta.x() == 0 ? QPoint(-delta.y(), 0) : -delta);
}

/// What comes here was pressed over a caption or a cell without a picture: the canvas takes its own.
void StageView::mousePressEvent(QMouseEvent* event) {
    if (d->row() && event->button() == Qt::LeftButton) d->press(event->position());
}

void StageView::contextMenuEvent(QContextMenuEvent* event) {
    if (!d->row()) return;
    d->press(event->pos());
    d->menus->popUpCell(d->session.currentRow(), d->session.currentColumn(), event->globalPos());
}

/// Without an image the canvas may lie wholly under what says so, and then it is never painted.
bool StageView::eventFilter(QObject* watched, QEvent* event) {
    if (watched == d->empty && event->type() == QEvent::Paint) {
        d->empty->removeEventFilter(this);
        QMetaObject::invokeMethod(this, [this] { d->tellSwapped(); }, Qt::QueuedConnection);
    }
    return QWidget::eventFilter(watched, event);
}

bool StageView::event(QEvent* event) {
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) d->canvas->setFocused(event->type() == QEvent::FocusIn);
    if (event->type() == QEvent::FocusIn) d->reader->tellFocusLater();
    return QWidget::event(event);
}

}  // namespace tessera::ui
