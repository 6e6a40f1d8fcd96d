// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage_view.h"

#include <QApplication>
#include <QImage>
#include <QKeyEvent>
#include <QTimer>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "panels/empty_state.h"
#include "panels/stage/cell_view.h"
#include "panels/stage/drop_dashes.h"
#include "panels/stage/header_words.h"
#include "panels/stage/hud_figures.h"
#include "panels/stage/model_header.h"
#include "panels/stage/picture_look.h"
#include "panels/stage/place_marks.h"
#include "panels/stage/probe_reader.h"
#include "panels/stage/stage_canvas.h"
#include "panels/stage/stage_layout.h"
#include "panels/stage/state_cell.h"
#include "panels/stage/swap_trace.h"
#include "panels/stage/viewport.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr double kZoomStep = 1.25;
constexpr std::chrono::milliseconds kTick{70};  // of the spinner and the seconds in captions
constexpr std::chrono::milliseconds kTurn{1000};

}  // namespace

struct StageView::Private {
    Private(StageView& view, Session& session, CellBoard& board, EngineHost& host);

    void follow();
    void makeCells();
    void refresh();
    void showEmptyState(bool wanted);
    void refreshCells();
    void refreshHeaders();
    void refreshPanes();
    void refreshCamera();
    void refreshMarks();
    void tellView();
    void tellProbe();
    void place();
    void tick();
    void showHud();
    void act(CellAction action);
    void showTrouble();

    const Row* row() const { return session.find(session.currentRow()); }
    std::vector<const Cell*> rowCells() const;
    QSizeF pictureShape() const;
    std::optional<StageProbe> probe() const;
    std::optional<StageProbe> pinnedProbe() const;

    StageView& q;
    Session& session;
    CellBoard& board;
    EngineHost& host;
    StageCanvas* canvas;
    Viewport* viewport;
    PlaceMarks* marks;
    std::vector<ModelHeader*> models;
    std::vector<CellView*> cells;
    StateCell* trouble;
    EmptyState* empty;
    DropDashes* dashes;
    QTimer* timer;

    Clock clock = [] { return std::chrono::steady_clock::now(); };
    StageLayout layout;
    PictureLook look;
    ViewState shownView;
    std::vector<CellFace> faces;
    SwapTrace trace;
    SwapTrace::Shown shown;
    std::optional<StageProbe> toldProbe;
    bool hud = false;
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
      trouble(new StateCell(&view)),
      empty(new EmptyState(&view)),
      dashes(new DropDashes(&view)),
      timer(new QTimer(&view)) {
    for (int i = 0; i < 2; ++i) models.push_back(new ModelHeader(&view));
    timer->setInterval(kTick);
}

void StageView::Private::follow() {
    QObject::connect(&session, &Session::currentRowChanged, &q, [this] { refresh(); });
    QObject::connect(&session, &Session::rowsInserted, &q, [this] { refresh(); });
    QObject::connect(&session, &Session::rowsRemoved, &q, [this] { refresh(); });
    QObject::connect(&session, &Session::rowChanged, &q, [this](int index) {
        if (session.rows()[index].id == session.currentRow()) refresh();
    });
    QObject::connect(&session, &Session::currentColumnChanged, &q, [this] { refresh(); });
    QObject::connect(&session, &Session::columnChanged, &q, [this] { refresh(); });
    QObject::connect(&session, &Session::viewChanged, &q, [this] {
        ViewState before = shownView;
        before.camera = session.view().camera;
        if (before == session.view()) {
            refreshCamera();
        } else {
            refresh();
        }
    });
    QObject::connect(&board, &CellBoard::cellChanged, &q, [this](RowId row, int) {
        if (row == session.currentRow()) refresh();
    });
    QObject::connect(&host, &EngineHost::stateChanged, &q, [this] { refresh(); });
    QObject::connect(&host, &EngineHost::modelChanged, &q, [this] { refresh(); });
    QObject::connect(&Theme::instance(), &Theme::changed, &q, [this] { place(); });
    QObject::connect(viewport, &Viewport::pointerMoved, &q, [this] { tellProbe(); });
    QObject::connect(viewport, &Viewport::pressed, &q, [this](QPointF at) {
        q.setFocus(Qt::MouseFocusReason);
        for (std::size_t i = 0; i < layout.cells.size(); ++i) {
            if (layout.cells[i].body.contains(at.toPoint())) session.setCurrentColumn(static_cast<int>(i));
        }
    });
    QObject::connect(canvas, &StageCanvas::painted, &q, [this] { trace.painted(shown); });
    QObject::connect(canvas, &QOpenGLWidget::frameSwapped, &q, [this] {
        if (!trace.swapped()) return;
        Q_EMIT q.firstFrame();
        // The first picture then finds everything made.
        QTimer::singleShot(0, canvas, &StageCanvas::warmUp);
    });
    QObject::connect(canvas, &StageCanvas::troubleChanged, &q, [this] { showTrouble(); });
    QObject::connect(timer, &QTimer::timeout, &q, [this] { tick(); });
}

void StageView::Private::makeCells() {
    const std::size_t columns = session.columns().size();
    while (cells.size() < columns) {
        const int column = static_cast<int>(cells.size());
        auto* cell = new CellView(&q);
        QObject::connect(cell, &CellView::actionRequested, &q, [this](CellAction action) { act(action); });
        QObject::connect(cell, &CellView::cancelRequested, &q, [this] { board.cancel(session.currentRow()); });
        QObject::connect(&cell->header(), &ColumnHeader::kindChosen, &q, [this, column](const std::string& kind) {
            session.setParameter(column, "kind", kind);
        });
        cells.push_back(cell);
    }
    empty->raise();
    trouble->raise();
    dashes->raise();
}

std::vector<const Cell*> StageView::Private::rowCells() const {
    std::vector<const Cell*> result;
    for (std::size_t i = 0; i < cells.size(); ++i) result.push_back(&board.cell(session.currentRow(), static_cast<int>(i)));
    return result;
}

QSizeF StageView::Private::pictureShape() const {
    for (const Cell* cell : rowCells()) {
        if (cell->picture && !cell->picture->image.empty()) return QSizeF(cell->picture->image.width(), cell->picture->image.height());
    }
    return QSizeF(1, 1);
}

void StageView::Private::place() {
    const StageRows rows = StageRows::fromTheme();
    layout = layOutStage(q.size(), rows, static_cast<int>(cells.size()), pictureShape(), layout.stacked);
    canvas->setGeometry(q.rect());
    marks->setGeometry(q.rect());
    trouble->setGeometry(q.rect());
    empty->setGeometry(q.rect());
    dashes->setGeometry(q.rect());
    for (std::size_t i = 0; i < layout.models.size(); ++i) models[i]->setGeometry(layout.models[i]);
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i]->place(layout.cells[i], rows.lens, layout.stacked);
    if (row()) refreshPanes();
    if (hud) showHud();
}

void StageView::Private::refresh() {
    shownView = session.view();
    const Row* current = row();
    showEmptyState(session.rows().empty());
    for (std::size_t i = 0; i < models.size(); ++i) models[i]->setVisible(current && i < layout.models.size());
    if (!current) {
        for (CellView* cell : cells) cell->setVisible(false);
        faces.clear();
        shown = {};
        canvas->setPanes({});
        timer->stop();
        if (hud) showHud();
        refreshMarks();
        tellProbe();
        tellView();
        return;
    }
    for (CellView* cell : cells) cell->setVisible(true);
    refreshHeaders();
    refreshCells();
    place();
}

void StageView::Private::showEmptyState(bool wanted) {
    if (wanted == (q.focusProxy() == empty)) return;
    const bool focused = q.hasFocus() || empty->isAncestorOf(QApplication::focusWidget());
    empty->setVisible(wanted);
    q.setFocusProxy(wanted ? empty : nullptr);
    if (focused) q.setFocus(Qt::OtherFocusReason);
}

void StageView::Private::refreshHeaders() {
    const HeaderLine source = sourceHeader(*row()), model = modelHeader(host);
    models[0]->setRow(source.row, source.toolTip);
    models[1]->setRow(model.row, model.toolTip);
    models[0]->setCurrent(session.currentColumn() == 0);
    models[1]->setCurrent(session.currentColumn() > 0);
    const std::vector<const Cell*> all = rowCells();
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const Column& column = session.columns()[i];
        ColumnHeader::Words words = columnWords(*row(), column, *all[i], host);
        words.kind = differenceKindOf(column);
        words.legend = look.legendOf(all[i]->picture, column, session.view());
        cells[i]->setHeader(words);
    }
}

void StageView::Private::refreshCells() {
    const std::vector<const Cell*> all = rowCells();
    const auto now = clock();
    faces.clear();
    bool busy = false;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const int column = static_cast<int>(i);
        faces.push_back(faceOf({*row(), session.columns(), all, column, host, now, session.view().flipToInput}));
        cells[i]->setFace(faces.back(), column == session.currentColumn());
        cells[i]->setTurn(std::chrono::duration<double>((now - all[i]->since) % kTurn) / kTurn);
        const bool opening = host.state() == EngineHost::State::Opening || host.modelOpening();
        busy = busy || all[i]->state == CellState::Running || (all[i]->state == CellState::Waiting && opening);
    }
    if (busy != timer->isActive()) busy ? timer->start() : timer->stop();
}

void StageView::Private::refreshPanes() {
    const std::vector<const Cell*> all = rowCells();
    const ViewState& view = session.view();
    std::vector<canvas::Pane> panes;
    shown = {.row = session.currentRow()};
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const Column& column = session.columns()[i];
        const Cell& cell = *all[i];
        const auto& picture = view.flipToInput && all[0]->picture ? all[0]->picture : cell.picture;
        canvas::Pane pane;
        pane.body = canvas->deviceRect(layout.cells[i].body);
        pane.frame = canvas->deviceRect(layout.cells[i].frame());
        if (i < faces.size() && !faces[i].state) pane.picture = picture;
        pane.look = look.lookOf(pane.picture, column, view, i < faces.size() && faces[i].dimmed);
        pane.current = static_cast<int>(i) == session.currentColumn();
        if (pane.picture && column.lens == "input") shown.input = true;
        if (pane.picture == cell.picture && column.lens == "reconstruction" && !cell.outdated && cell.picture && !cell.picture->partial) {
            shown.reconstruction = cell.picture;
        }
        panes.push_back(std::move(pane));
    }
    canvas->setPanes(std::move(panes));
    refreshCamera();
}

void StageView::Private::refreshCamera() {
    shownView.camera = session.view().camera;
    canvas->setCamera(session.view().camera);
    refreshMarks();
    tellView();
    tellProbe();
}

std::optional<StageProbe> StageView::Private::pinnedProbe() const {
    if (!pinned) return std::nullopt;
    const auto& panes = canvas->canvas().panes();
    for (std::size_t i = 0; i < panes.size(); ++i) {
        const auto point = pointOf(canvas->canvas(), static_cast<int>(i), *pinned);
        if (!point) continue;
        auto result = readProbe(canvas->canvas(), session.columns(), point->first, point->second);
        if (!result) continue;
        result->pinned = true;
        return result;
    }
    return std::nullopt;
}

std::optional<StageProbe> StageView::Private::probe() const {
    if (const auto pointer = viewport->pointer()) {
        const QPointF device = canvas->devicePoint(*pointer);
        if (auto result = readProbe(canvas->canvas(), session.columns(), float(device.x()), float(device.y()))) return result;
    }
    return pinnedProbe();
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
    std::optional<StageProbe> now = probe();
    if (now == toldProbe) return;
    toldProbe = std::move(now);
    if (hud) canvas->update();
    Q_EMIT q.hovered(toldProbe ? &*toldProbe : nullptr);
}

void StageView::Private::tellView() {
    const Told now{q.zoomShown(), q.isFitted(), q.visibleRegion()};
    if (now == told) return;
    told = now;
    Q_EMIT q.viewChanged();
}

void StageView::Private::tick() {
    if (row()) refreshCells();
}

void StageView::Private::showHud() {
    if (!hud || !row()) {
        canvas->setHud({}, 0);
        return;
    }
    const auto figures = [this] {
        overlay::HudState state = hudFigures(canvas->canvas(), session.columns(), rowCells(), host, toldProbe ? &*toldProbe : nullptr);
        state.zoom = viewport->zoomShown();
        return state;
    };
    canvas->setHud(figures, layout.cells.front().body.top());
}

void StageView::Private::act(CellAction action) {
    const RowId current = session.currentRow();
    switch (action) {
        case CellAction::Retry:
            if (host.modelError()) host.chooseModel(host.choice());
            board.retry(current);
            break;
        case CellAction::Remove: session.removeRows({current}); break;
        case CellAction::ShowModels: Q_EMIT q.modelActionRequested(); break;
        case CellAction::RestartEngine: host.open(host.options()); break;
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
    setAccessibleDescription(tr("The current picture through every column. Left and Right choose a column, Enter opens what a cell has to tell."));
    d->makeCells();
    d->follow();
    d->refresh();
}

StageView::~StageView() = default;

EmptyState& StageView::emptyState() const {
    return *d->empty;
}

StageCanvas& StageView::canvas() const {
    return *d->canvas;
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
    view.normalised = fresh.normalised;
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
        if (!panes[i].picture) continue;
        const canvas::Rect seen = d->canvas->canvas().visibleRegion(static_cast<int>(i));
        return QRectF(seen.x, seen.y, seen.width, seen.height);
    }
    return {};
}

std::optional<StageProbe> StageView::probe() const {
    return d->probe();
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
    return column >= 0 && column < static_cast<int>(d->layout.cells.size()) ? d->layout.cells[column].body : QRect();
}

void StageView::setClock(Clock clock) {
    d->clock = std::move(clock);
    d->tick();
}

void StageView::resizeEvent(QResizeEvent*) {
    d->place();
}

void StageView::keyPressEvent(QKeyEvent* event) {
    const int column = d->session.currentColumn();
    switch (event->key()) {
        case Qt::Key_Left: d->session.setCurrentColumn(column - 1); return;
        case Qt::Key_Right: d->session.setCurrentColumn(column + 1); return;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (d->row()) d->cells[column]->showDetails();
            return;
        default: QWidget::keyPressEvent(event);
    }
}

bool StageView::event(QEvent* event) {
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) d->canvas->setFocused(event->type() == QEvent::FocusIn);
    return QWidget::event(event);
}

}  // namespace tessera::ui
