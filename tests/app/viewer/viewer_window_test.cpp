// SPDX-License-Identifier: Apache-2.0
// The viewer's real window under real events: the X server passes on keys, the wheel and drags, and gives back what is on the screen.
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/process.h"
#include "support/temporary_folder.h"

// Last: its macros spare nothing.
#include <X11/Xlib.h>
#include <X11/Xutil.h>

extern char** environ;

namespace {

using namespace tessera::test;
using namespace std::chrono_literals;

constexpr int kWidth = 900, kHeight = 480;
const std::string kCoffee = std::string(TESSERA_SOURCE_DIR) + "/resources/samples/coffee.png";

/// What lies on the screen.
struct Screen {
    int width = 0, height = 0;
    std::vector<unsigned long> pixels;
    int red(int x, int y) const { return static_cast<int>(pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)] >> 16 & 255); }
    bool operator==(const Screen& other) const { return pixels == other.pixels; }
    /// Mean distance of a rectangle's red from that of another screen, `dx` further right.
    double distance(const Screen& other, int x, int y, int across, int down, int dx = 0) const {
        double sum = 0;
        for (int row = y; row < y + down; ++row) {
            for (int column = x; column < x + across; ++column) sum += std::abs(red(column, row) - other.red(column + dx, row));
        }
        return sum / (across * down);
    }
};

class ViewerWindow : public testing::Test {
protected:
    void SetUp() override {
        m_display = XOpenDisplay(nullptr);
        ASSERT_NE(m_display, nullptr) << "run the test under packaging/with-display";
        const std::string trace = m_folder.path() / "trace.jsonl";
        setenv("TESSERA_VIEWER_TRACE", trace.c_str(), 1);
        std::vector<std::string> arguments{TESSERA_VIEWER_PROGRAM, "--device",    "cpu", "--no-panel", "--lens", "input", "--lens", "reconstruction",
                                           "--size",               "900x480", kCoffee};
        std::vector<char*> raw;
        for (std::string& argument : arguments) raw.push_back(argument.data());
        raw.push_back(nullptr);
        ASSERT_EQ(posix_spawn(&m_viewer, TESSERA_VIEWER_PROGRAM, nullptr, nullptr, raw.data(), environ), 0);
        ASSERT_TRUE(eventually([&] { return eventsOf(trace).contains("answered"); })) << "the viewer never showed its pictures";
        ASSERT_TRUE(eventually([&] { return windowAt(&m_left, &m_top); }));
        settle();
    }
    void TearDown() override {
        if (m_viewer > 0 && !m_ended) {
            kill(m_viewer, SIGTERM);
            waitpid(m_viewer, nullptr, 0);
        }
        unsetenv("TESSERA_VIEWER_TRACE");
        if (m_display) XCloseDisplay(m_display);
    }

    static bool eventually(const std::function<bool()>& holds) {
        for (const auto end = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(20ms)) {
            if (holds()) return true;
        }
        return false;
    }
    static std::set<std::string> eventsOf(const std::string& trace) {
        std::set<std::string> events;
        std::ifstream file(trace);
        for (std::string line; std::getline(file, line);) {
            const auto json = nlohmann::json::parse(line, nullptr, false);
            if (json.is_object()) events.insert(json["event"].get<std::string>());
        }
        return events;
    }
    /// The window's place; there is one window of that size on the screen, and no window manager.
    bool windowAt(int* left, int* top) const {
        Window root = DefaultRootWindow(m_display), parent = 0, *children = nullptr;
        unsigned count = 0;
        if (!XQueryTree(m_display, root, &root, &parent, &children, &count)) return false;
        bool found = false;
        for (unsigned i = 0; i < count; ++i) {
            XWindowAttributes attributes{};
            if (!XGetWindowAttributes(m_display, children[i], &attributes) || attributes.map_state != IsViewable || attributes.width != kWidth) continue;
            *left = attributes.x, *top = attributes.y;
            found = true;
        }
        if (children) XFree(children);
        return found;
    }
    Screen screen() const {
        XImage* image = XGetImage(m_display, DefaultRootWindow(m_display), m_left, m_top, kWidth, kHeight, AllPlanes, ZPixmap);
        Screen taken{kWidth, kHeight, {}};
        for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x) taken.pixels.push_back(XGetPixel(image, x, y));
        }
        XDestroyImage(image);
        return taken;
    }
    /// What is on the screen once it no longer changes.
    Screen settle() const {
        Screen last = screen();
        for (int unchanged = 0; unchanged < 5;) {
            std::this_thread::sleep_for(60ms);
            Screen now = screen();
            unchanged = now == last ? unchanged + 1 : 0;
            last = std::move(now);
        }
        return last;
    }
    /// The same after something has changed: a busy machine takes its time to draw what an event asked for.
    Screen changedFrom(const Screen& before) const {
        EXPECT_TRUE(eventually([&] { return !(screen() == before); })) << "the window stays as it is";
        return settle();
    }
    void act(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), "xdotool");
        const ProcessResult result = runProcess(arguments);
        ASSERT_EQ(result.exitCode, 0) << result.err;
    }
    void point(int x, int y) const { act({"mousemove", std::to_string(m_left + x), std::to_string(m_top + y)}); }
    void press(const std::string& key) const { act({"key", key}); }
    Screen after(const std::string& key) const {
        const Screen before = settle();
        press(key);
        return changedFrom(before);
    }

    static constexpr int kCell = (kWidth - 8 + 4) / 2;  ///< from a pane to the next
    static constexpr int kX = 60, kY = 80, kAcross = 300, kDown = 320;  ///< inside both panes' pictures

    TemporaryFolder m_folder;
    Display* m_display = nullptr;
    pid_t m_viewer = -1;
    bool m_ended = false;
    int m_left = 0, m_top = 0;
};

TEST_F(ViewerWindow, TheWheelZoomsAllPanesAtOnePlaceAndFShowsAllAgain) {
    point(5, 470);
    const Screen fit = settle();
    point(200, 200);
    for (int i = 0; i < 8; ++i) act({"click", "4"});
    point(5, 470);
    const Screen zoomed = changedFrom(fit);
    EXPECT_GT(zoomed.distance(fit, kX, kY, kAcross, kDown), 5);
    EXPECT_LT(zoomed.distance(zoomed, kX, kY, kAcross, kDown, kCell), 10) << "the reconstruction's pane went to the same place";
    EXPECT_LT(after("f").distance(fit, kX, kY, kAcross, kDown), 0.5);
}

TEST_F(ViewerWindow, ADragMovesAllPanes) {
    point(200, 200);
    for (int i = 0; i < 6; ++i) act({"click", "4"});
    std::this_thread::sleep_for(300ms);
    const Screen before = settle();
    act({"mousedown", "1"});
    point(160, 200);
    act({"mouseup", "1"});
    const Screen moved = changedFrom(before);
    // What lay 40 px further right is here now, in both panes.
    EXPECT_LT(moved.distance(before, kX + 40, kY + 30, 160, 60, 40), 6);
    EXPECT_LT(moved.distance(before, kCell + kX + 40, kY + 30, 160, 60, 40), 6);
}

TEST_F(ViewerWindow, KeysCompareWithTheInput) {
    point(5, 470);
    const Screen plain = settle();
    const Screen difference = after("d");
    EXPECT_GT(difference.distance(plain, kCell + kX, kY, kAcross, kDown), 20);
    EXPECT_LT(difference.distance(plain, kX, kY, kAcross, kDown), 0.01) << "the reference itself stays a picture";
    const Screen wipe = after("w");
    EXPECT_LT(wipe.distance(plain, kCell + kX, kY, 120, kDown), 0.01) << "left of the line the reconstruction";
    EXPECT_LT(wipe.distance(wipe, kX + 200, kY, 100, kDown, kCell), 0.01) << "right of it the input";
    EXPECT_LT(after("w").distance(plain, kCell + kX, kY, kAcross, kDown), 0.01) << "and off again";
}

TEST_F(ViewerWindow, TheLineOfAWipeIsDragged) {
    const Screen wiped = after("w");
    const int line = kCell + 4 + (kWidth - 8 - 4) / 4;
    point(line, 120);
    act({"mousedown", "1"});
    point(line + 90, 120);
    act({"mouseup", "1"});
    point(5, 470);
    const Screen dragged = changedFrom(wiped);
    EXPECT_EQ(dragged.red(line + 90, 60), 255);
    EXPECT_GT(dragged.distance(dragged, line - kCell + 20, kY, 40, kDown, kCell), 0.3) << "between the two places it is the reconstruction now";
}

TEST_F(ViewerWindow, SpaceHeldShowsTheReferenceEverywhere) {
    point(5, 470);
    const Screen plain = settle();
    act({"keydown", "space"});
    const Screen flipped = changedFrom(plain);
    act({"keyup", "space"});
    const Screen back = changedFrom(flipped);
    EXPECT_LT(flipped.distance(flipped, kX, kY, kAcross, kDown, kCell), 0.01);
    EXPECT_LT(back.distance(plain, kCell + kX, kY, kAcross, kDown), 0.01);
}

TEST_F(ViewerWindow, ThePointerReadsThePixelInEveryCaption) {
    point(5, 470);
    const Screen away = settle();
    point(200, 200);
    const Screen over = changedFrom(away);
    for (const int pane : {0, 1}) EXPECT_GT(over.distance(away, pane * kCell + 200, 6, 230, 14), 1) << "pane " << pane;
}

TEST_F(ViewerWindow, IdleItTakesNoProcessorTime) {
    point(5, 470);
    settle();
    const auto ticks = [&] {
        std::ifstream file("/proc/" + std::to_string(m_viewer) + "/stat");
        std::string text((std::istreambuf_iterator<char>(file)), {});
        std::istringstream fields(text.substr(text.rfind(')') + 1));
        std::string field;
        for (int i = 3; i < 14; ++i) fields >> field;
        long user = 0, system = 0;
        fields >> user >> system;
        return user + system;
    };
    const long before = ticks();
    std::this_thread::sleep_for(1s);
    EXPECT_LE(ticks() - before, 5) << "of 100 ticks";
}

TEST_F(ViewerWindow, ADroppedPictureBecomesARow) {
    point(5, 470);
    const Screen one = settle();
    const ProcessResult dropped = runProcess({"python3", TESSERA_SOURCE_DIR "/tests/bench/xdnd_drop", "--pid", std::to_string(m_viewer), TESSERA_SOURCE_DIR "/resources/samples/raccoon.jpg"});
    ASSERT_EQ(dropped.exitCode, 0) << dropped.err;
    ASSERT_TRUE(eventually([&] { return screen().distance(one, kX, kY, kAcross, kDown) > 10; })) << "two rows are smaller than one";
    const auto whole = [&](const Screen& now) { return now.distance(now, 140, 290, 160, 160, kCell); };
    ASSERT_TRUE(eventually([&] { return whole(screen()) < 15; })) << "the new picture and its reconstruction, side by side";
    EXPECT_GT(settle().distance(one, 140, 290, 160, 160), 10);
}

TEST_F(ViewerWindow, QEndsItCleanly) {
    press("q");
    int status = -1;
    ASSERT_TRUE(eventually([&] { return waitpid(m_viewer, &status, WNOHANG) == m_viewer; }));
    m_ended = true;
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
