// SPDX-License-Identifier: Apache-2.0
// The real studio with the real engine under the display it finds (packaging/with-display gives software GL):
//   board_bench frames [ROWS] [COLUMNS]   how long frames take while a board of 1280 x 800 is panned and zoomed
//   board_bench drops [COUNT]             memory while that many files are dropped one after another
//   board_bench edits [COUNT]             how soon the decode of edited tokens is on the screen, of 256 x 256 px under mini-rvq
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include <QApplication>
#include <QDockWidget>
#include <QEventLoop>
#include <QMimeData>
#include <QTimer>
#include <QUrl>

#include "overlay/resident_memory.h"
#include "panels/stage/stage_canvas.h"
#include "panels/stage/token_hand.h"
#include "panels/stage/token_surgery.h"
#include "theme/studio_style.h"
#include "widgets/screenshots/screenshot_program.h"
#include "workspace/column_edits.h"

namespace tessera::test {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

/// Moves the camera once per frame and waits until the frame was swapped, as a hand that never rests.
std::vector<double> framesOf(Studio& studio, int count, const std::function<void(int)>& move) {
    std::vector<double> times;
    bool swapped = false;
    const auto connection = QObject::connect(&studio.stage().canvas(), &ui::StageCanvas::frameSwapped, &studio.stage(), [&swapped] { swapped = true; });
    for (int i = 0; i < count; ++i) {
        const Clock::time_point begun = Clock::now();
        swapped = false;
        move(i);
        studio.stage().canvas().redraw();  // also where the camera is at its end
        while (!swapped) QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        times.push_back(milliseconds(Clock::now() - begun));
    }
    QObject::disconnect(connection);
    std::ranges::sort(times);
    return times;
}

void print(const char* what, const std::vector<double>& times) {
    const auto at = [&](double share) { return times[std::min(times.size() - 1, static_cast<std::size_t>(share * times.size()))]; };
    std::printf("%-22s median %.1f ms, 95 %% %.1f ms, worst %.1f ms: %.0f frames/s\n", what, at(0.5), at(0.95), times.back(), 1000 / at(0.5));
}

int frames(const Program& program, int rows, int columns) {
    Studio studio;
    studio.window().resize(1280, 800);
    studio.open(program.many(rows));
    ui::Session& session = studio.session();
    session.setWorkspace(ui::WorkspaceKind::Compare);
    ui::Groups groups = session.groups();
    while (static_cast<int>(ui::columnsOf(groups).size()) < columns) groups = ui::withLens(std::move(groups), 1, "reconstruction", session.nextLensId());
    session.editColumns(QStringLiteral("columns"), std::move(groups));
    session.setParameter(-1, "size", std::int64_t(512));
    for (const char* name : {"images", "models", "inspector", "adjust", "metrics"}) studio.window().findChild<QDockWidget*>(QLatin1String(name))->hide();
    ui::BoardForm form = session.workspace().form;
    session.setBoardForm(form);
    session.setCurrentRow(session.rows().front().id);
    studio.waitForBoard();
    // Cells are made smaller until the wanted rows fit.
    while (studio.stage().cellBody(session.rows()[std::min<std::size_t>(rows, session.rows().size()) - 1].id, 0).isNull()) studio.stage().sizeCells(0.95), settle(20);
    studio.waitForBoard();
    const auto seen = std::ranges::count_if(studio.stage().canvas().canvas().panes(), [](const canvas::Pane& pane) { return pane.picture != nullptr; });
    std::printf("%td pictures in %d x %d px of window\n", seen, studio.window().width(), studio.window().height());
    studio.stage().setZoom(1);
    print("pan at 100 %", framesOf(studio, 200, [&](int i) { studio.stage().panBy(QPointF(i % 40 < 20 ? 2 : -2, i % 60 < 30 ? 1 : -1)); }));
    print("zoom", framesOf(studio, 200, [&](int i) { studio.stage().setZoom(1 + 0.02 * (i % 100)); }));
    ui::ViewState view = session.view();
    view.compare = canvas::Compare::Wipe;
    session.setView(view);
    print("drag a wipe", framesOf(studio, 200, [&](int i) {
              ui::ViewState moved = session.view();
              moved.wipe = 0.2F + 0.006F * static_cast<float>(i % 100);
              session.setView(moved);
          }));
    return 0;
}

int drops(const Program& program, int count) {
    Studio studio;
    const QStringList files = program.many(count);
    std::printf("%6s %10s\n", "drops", "MiB");
    for (int i = 0; i < count; ++i) {
        QMimeData mime;
        mime.setUrls({QUrl::fromLocalFile(files[i])});
        dropOn(studio.stage(), studio.stage().rect().center(), mime);
        waitUntil([&] { return studio.board().totals().running == 0 && studio.board().cell(studio.session().currentRow(), 1).state == ui::CellState::Done; }, 30);
        if ((i + 1) % std::max(1, count / 20) == 0) {
            std::printf("%6d %10.1f\n", i + 1, double(overlay::residentBytes()) / (1 << 20));
            std::fflush(stdout);
        }
    }
    return 0;
}

/// From the event until the frame with the current cell's settled picture was swapped.
double answerTo(Studio& studio, const std::function<void()>& event) {
    const int column = studio.session().currentColumn();
    const auto& cell = studio.board().cell(studio.session().currentRow(), column);
    const auto& panes = studio.stage().canvas().canvas().panes();
    const auto before = cell.picture;
    bool shown = false;
    QEventLoop waiting;  // sleeps: a loop that polls takes the processor from the decoder
    std::shared_ptr<const Picture> onScreen;
    const auto look = [&] {
        shown = shown || (onScreen && onScreen != before && onScreen == cell.picture && cell.state == ui::CellState::Done && !cell.outdated && !cell.picture->partial);
        if (shown) waiting.quit();
    };
    // The picture may be on the screen before the cell counts as done.
    const auto swaps = QObject::connect(&studio.stage().canvas(), &ui::StageCanvas::frameSwapped, &studio.stage(), [&] {
        onScreen = panes[column].picture;
        look();
    });
    const auto states = QObject::connect(&studio.board(), &ui::CellBoard::cellChanged, &studio.stage(), look);
    QTimer::singleShot(20'000, &waiting, &QEventLoop::quit);
    const Clock::time_point begun = Clock::now();
    event();
    if (!shown) waiting.exec();
    const double time = milliseconds(Clock::now() - begun);
    QObject::disconnect(swaps);
    QObject::disconnect(states);
    // What else the board draws from the edit is not to be in the next one's way.
    waitUntil([&] { return studio.board().totals().running + studio.board().totals().waiting == 0; }, 20);
    settle(30);
    return time;
}

int edits(const Program& program, int count) {
    studio::StartOptions start;
    start.model = QStringLiteral("mini-rvq");
    Studio studio(start);
    const QString path = QString::fromStdString(program.files / "portrait.jpg");
    QImage(program.samples().filter(QStringLiteral("portrait")).first()).scaled(256, 256, Qt::IgnoreAspectRatio, Qt::SmoothTransformation).save(path);
    studio.open({path});
    ui::Session& session = studio.session();
    session.setWorkspace(ui::WorkspaceKind::Tokens);
    studio.waitForRow();
    studio.waitForBoard();
    session.setCurrentColumn(0);
    ui::StageView& stage = studio.stage();
    waitUntil([&] { return stage.surgery()->grid() != nullptr; }, 60);
    const auto grid = stage.surgery()->grid();
    if (!grid) return std::fputs("board_bench: the codes were never read\n", stderr), 1;
    const auto at = [&](int token) {
        const canvas::Rect picture = stage.canvas().canvas().pictureRect(0);
        return QPoint(int(picture.x + picture.width * (token % grid->columns + 0.5F) / grid->columns), int(picture.y + picture.height * (token / grid->columns + 0.5F) / grid->rows));
    };
    const int tokens = grid->rows * grid->columns;
    std::vector<double> strokes, keys;
    click(stage.canvas(), at(0));
    stage.tokenHand()->setTool(ui::TokenTool::Paint);
    // Tokens with the brush's own code would stay as they are.
    const auto other = [&](int token) { return grid->codes[std::size_t(token) * grid->layout.depths()] != grid->codes[0]; };
    for (int i = 0, token = 0; i < count; ++i) {
        do token = (token + 37) % tokens;
        while (!other(token));
        strokes.push_back(answerTo(studio, [&] { click(stage.canvas(), at(token)); }));
    }
    stage.tokenHand()->setTool(ui::TokenTool::Select);
    stage.setFocus();
    for (int i = 0; i < count; ++i) keys.push_back(answerTo(studio, [] { keyDown(Qt::Key_R, Qt::ShiftModifier, QStringLiteral("R")), keyUp(Qt::Key_R, Qt::ShiftModifier, QStringLiteral("R")); }));
    for (auto* times : {&strokes, &keys}) {
        std::ranges::sort(*times);
        std::printf("%-22s least %.1f ms, median %.1f ms, worst %.1f ms\n", times == &strokes ? "a code is painted" : "a random code by key", times->front(), (*times)[times->size() / 2], times->back());
    }
    return 0;
}

}  // namespace

int Program::run() {
    return 0;
}

}  // namespace tessera::test

int main(int argc, char** argv) {
    using namespace tessera;
    const auto number = [&](int index, int otherwise) { return argc > index ? std::atoi(argv[index]) : otherwise; };
    const std::string what = argc > 1 ? argv[1] : "";
    if (what != "frames" && what != "drops" && what != "edits") {
        std::fputs("board_bench: usage: frames [ROWS] [COLUMNS] | drops [COUNT] | edits [COUNT]\n", stderr);
        return 2;
    }
    const test::TemporaryFolder settings;
    for (const char* name : {"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"}) qputenv(name, QByteArray::fromStdString(settings.path().string()));
    QSurfaceFormat::setDefaultFormat(ui::stageSurfaceFormat());
    int bareArgc = 1;
    QApplication application(bareArgc, argv);
    ui::Theme dress(application, ui::Theme::Choice::Dark, true);
    const test::Program program;
    if (what == "edits") return test::edits(program, number(2, 20));
    return what == "frames" ? test::frames(program, number(2, 4), number(3, 4)) : test::drops(program, number(2, 1000));
}
