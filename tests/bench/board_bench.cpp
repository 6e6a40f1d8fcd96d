// SPDX-License-Identifier: Apache-2.0
// The real studio with the real engine under the display it finds (packaging/with-display gives software GL):
//   board_bench frames [ROWS] [COLUMNS]   how long frames take while a board of 1280 x 800 is panned and zoomed
//   board_bench drops [COUNT]             memory while that many files are dropped one after another
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include <QApplication>
#include <QDockWidget>
#include <QMimeData>
#include <QOpenGLWidget>
#include <QUrl>

#include "overlay/resident_memory.h"
#include "panels/stage/stage_canvas.h"
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
    const auto connection = QObject::connect(&studio.stage().canvas(), &QOpenGLWidget::frameSwapped, &studio.stage(), [&swapped] { swapped = true; });
    for (int i = 0; i < count; ++i) {
        const Clock::time_point begun = Clock::now();
        swapped = false;
        move(i);
        studio.stage().canvas().update();  // also where the camera is at its end
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
    studio.actions().workspaces->actions().at(1)->trigger();
    ui::Session& session = studio.session();
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

}  // namespace

int Program::run() {
    return 0;
}

}  // namespace tessera::test

int main(int argc, char** argv) {
    using namespace tessera;
    const auto number = [&](int index, int otherwise) { return argc > index ? std::atoi(argv[index]) : otherwise; };
    const std::string what = argc > 1 ? argv[1] : "";
    if (what != "frames" && what != "drops") {
        std::fputs("board_bench: usage: frames [ROWS] [COLUMNS] | drops [COUNT]\n", stderr);
        return 2;
    }
    const test::TemporaryFolder settings;
    for (const char* name : {"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"}) qputenv(name, QByteArray::fromStdString(settings.path().string()));
    QSurfaceFormat::setDefaultFormat(ui::stageSurfaceFormat());
    int bareArgc = 1;
    QApplication application(bareArgc, argv);
    ui::Theme dress(application, ui::Theme::Choice::Dark, true);
    const test::Program program;
    return what == "frames" ? test::frames(program, number(2, 4), number(3, 4)) : test::drops(program, number(2, 1000));
}
