// SPDX-License-Identifier: Apache-2.0
#include "window.h"

#include <algorithm>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <epoxy/gl.h>
#include <optional>
#include <thread>

#include <imgui.h>
#include <tessera/engine_library.h>
#include <tessera/files.h>

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include "board.h"
#include "canvas/canvas.h"
#include "canvas/histogram.h"
#include "captions.h"
#include "face.h"
#include "glfw_window.h"
#include "hud_figures.h"
#include "keys.h"
#include "offscreen.h"
#include "overlay/event_trace.h"
#include "overlay/hud_font.h"
#include "panel.h"
#include "sight.h"
#include "work_queue.h"

namespace tessera::viewer {
namespace {

constexpr float kCaptionHeight = 20, kGap = 4;  // logical pixels
constexpr float kWheelStep = 1.2F;              // zoom per notch
constexpr double kDoubleClick = 0.35;           // seconds
constexpr int kSettle = 3;                      // frames until Dear ImGui shows what an event has changed

overlay::EventTrace& trace() {
    static overlay::EventTrace made("TESSERA_VIEWER_TRACE");
    return made;
}

}  // namespace

struct Window::Private {
    explicit Private(Arguments wanted);
    ~Private();

    Arguments arguments;
    GlfwWindow glfw;
    std::vector<unsigned char> typeface = face();
    canvas::Canvas canvas;
    HudFigures hud;
    WorkQueue queue{[] { glfwPostEmptyEvent(); }};
    Board board{queue.executor(), [this] { want(); }};
    Sight sight;
    Panel panel;
    std::thread opening;
    std::vector<PlacedCell> cells;
    int framesWanted = kSettle;
    int exitCode = 0;
    bool showsPanel = true;
    float fontRatio = 0;
    double frameSeconds = 0;
    std::string trouble;  ///< what could not be drawn

    enum class Drag { None, Pan, Wipe };
    Drag drag = Drag::None;
    float pointerX = -1, pointerY = -1;  ///< device pixels
    double lastPress = -1;
    std::size_t hovered = 0;  ///< pane that the pointer was over last

    void want() { framesWanted = std::max(framesWanted, kSettle); }
    void listen();
    void openEngine();
    void takeEngine(const Result<std::shared_ptr<Engine>>& result);
    void prepareFonts();
    void frame(int width, int height);
    void layOut(int width, int height);
    bool writeScreenshot();
    std::optional<std::size_t> paneUnderPointer() const;

    void pressed(int button, int action, bool overPanel);
    void moved(float x, float y);
    void scrolled(double notches);
    void key(int key, int action, int modifiers);
};

Window::Private::Private(Arguments wanted) : arguments(std::move(wanted)), glfw(arguments.width, arguments.height, arguments.screenshot.empty()) {
    trace()("window_made");
    canvas::Canvas::Options options;
    options.fontData = typeface;
    if (const std::string failed = canvas.initialise(options); !failed.empty()) throw NoWindow(failed);
    showsPanel = arguments.panel;
    sight.compare = arguments.compare;
    if (arguments.view) sight.camera = *arguments.view;
    if (arguments.share) sight.wipeShare = sight.onionShare = *arguments.share;
    hud.shown = arguments.hud;
    listen();  // before Dear ImGui, which then passes on what it hears
    IMGUI_CHECKVERSION();
    ImGui::CreateContext();
    ImGui::GetIO().IniFilename = nullptr;
    ImGui::GetIO().LogFilename = nullptr;
    ImGui_ImplGlfw_InitForOpenGL(glfw.get(), true);
    ImGui_ImplOpenGL3_Init("#version 330 core");
    trace()("drawing_ready");
    board.addFiles(arguments.images);
    for (const ModelRequest& model : arguments.models) board.addModel(model);
}

Window::Private::~Private() {
    if (opening.joinable()) opening.join();
    hud.release();
    canvas.release();
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
    ImGui::DestroyContext();
}

void Window::Private::listen() {
    GLFWwindow* window = glfw.get();
    glfwSetWindowUserPointer(window, this);
    static const auto self = [](GLFWwindow* of) -> Private& { return *static_cast<Private*>(glfwGetWindowUserPointer(of)); };
    glfwSetCursorPosCallback(window, [](GLFWwindow* of, double x, double y) {
        const float scale = self(of).glfw.scale();
        self(of).moved(static_cast<float>(x) * scale, static_cast<float>(y) * scale);
    });
    glfwSetMouseButtonCallback(window, [](GLFWwindow* of, int button, int action, int) { self(of).pressed(button, action, ImGui::GetIO().WantCaptureMouse); });
    glfwSetScrollCallback(window, [](GLFWwindow* of, double, double notches) { self(of).scrolled(notches); });
    glfwSetKeyCallback(window, [](GLFWwindow* of, int key, int scancode, int action, int modifiers) { self(of).key(letterOf(key, scancode), action, modifiers); });
    glfwSetDropCallback(window, [](GLFWwindow* of, int count, const char** paths) {
        const std::size_t before = self(of).board.images().size();
        self(of).board.addFiles({paths, paths + count});
        if (self(of).board.images().size() > before) self(of).sight.row = before;
    });
    glfwSetCharCallback(window, [](GLFWwindow* of, unsigned int) { self(of).want(); });
    glfwSetFramebufferSizeCallback(window, [](GLFWwindow* of, int, int) { self(of).want(); });
    glfwSetWindowRefreshCallback(window, [](GLFWwindow* of) { self(of).want(); });
    glfwSetWindowContentScaleCallback(window, [](GLFWwindow* of, float, float) { self(of).want(); });
    glfwSetCursorEnterCallback(window, [](GLFWwindow* of, int entered) {
        if (!entered) self(of).moved(-1, -1);
    });
    glfwSetWindowFocusCallback(window, [](GLFWwindow* of, int focused) {
        if (!focused) self(of).sight.flipped = false;  // the release of a key that was held goes elsewhere
        self(of).want();
    });
}

/// In a thread: LibTorch takes a third of a second, and the window is to be there before it.
void Window::Private::openEngine() {
    opening = std::thread([this, options = arguments.engine, executor = queue.executor()] {
        auto result = std::make_shared<Result<std::shared_ptr<Engine>>>(tessera::openEngine(options));
        executor([this, result] { takeEngine(*result); });
    });
}

void Window::Private::takeEngine(const Result<std::shared_ptr<Engine>>& result) {
    trace()("engine_ready");
    if (!result) return board.fail(result.error());
    const std::vector<std::string> usual{"input", "reconstruction"};
    if (const auto error = board.start(result.value(), arguments.lenses.empty() ? usual : arguments.lenses)) {
        std::fprintf(stderr, "tessera-viewer: %s\n", toLine(*error).c_str());
        exitCode = 2;
        glfwSetWindowShouldClose(glfw.get(), GLFW_TRUE);
    }
    want();
}

void Window::Private::prepareFonts() {
    const float ratio = glfw.pixelRatio() / glfw.scale();
    if (ratio == fontRatio) return;
    fontRatio = ratio;
    overlay::fillAtlas(*ImGui::GetIO().Fonts, typeface, ratio);
    applyStyle(ratio);
    ImGui_ImplOpenGL3_DestroyFontsTexture();
}

void Window::Private::layOut(int width, int height) {
    const float ratio = glfw.pixelRatio();
    const float left = showsPanel ? std::round(Panel::kWidth * ratio) : 0, gap = std::round(kGap * ratio);
    const canvas::Rect area{left + gap, gap, static_cast<float>(width) - left - 2 * gap, static_cast<float>(height) - 2 * gap};
    cells = placedCells(board, sight, area, std::round(kCaptionHeight * ratio), gap);
    board.show(cells.empty() ? 0 : cells.front().row, cells.empty() ? 0 : cells.back().row + 1);
    canvas.setPixelRatio(ratio);
    canvas.setPanes(panesOf(board, sight, cells));
    canvas.setCamera(sight.camera);
}

void Window::Private::frame(int width, int height) {
    const auto begun = std::chrono::steady_clock::now();
    prepareFonts();
    ImGui_ImplOpenGL3_NewFrame();
    ImGui_ImplGlfw_NewFrame();
    const float scale = glfw.scale();
    ImGui::GetIO().DisplaySize = {static_cast<float>(width) / scale, static_cast<float>(height) / scale};
    ImGui::NewFrame();
    const canvas::Pane* current = hovered < canvas.panes().size() ? &canvas.panes()[hovered] : nullptr;
    if (showsPanel) panel.draw(board, sight, ImGui::GetIO().DisplaySize.y, fontRatio, current);
    layOut(width, height);
    const bool overPanel = ImGui::GetIO().WantCaptureMouse;
    const auto probes = probesAt(canvas, overPanel ? -1 : pointerX, overPanel ? -1 : pointerY);
    Captions(*ImGui::GetBackgroundDrawList(), scale, fontRatio).draw(board, sight, cells, canvas, probes);
    const canvas::Rect around{showsPanel ? Panel::kWidth * fontRatio : 0, 0, ImGui::GetIO().DisplaySize.x, ImGui::GetIO().DisplaySize.y};
    drawEmptyState(*ImGui::GetBackgroundDrawList(), board, trouble, around);
    ImGui::Render();
    trouble = canvas.draw(width, height);
    glViewport(0, 0, width, height);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    if (hud.shown) {
        hud.draw(typeface, board, cells, canvas, probes, frameSeconds, {showsPanel ? Panel::kWidth * glfw.pixelRatio() : 0, width, height}, glfw.pixelRatio());
    }
    frameSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

bool Window::Private::writeScreenshot() {
    Offscreen target(arguments.width, arguments.height);
    for (int i = 0; i < kSettle; ++i) frame(arguments.width, arguments.height);
    const auto failure = writePngFile(arguments.screenshot, target.read(), {{"Software", "Tessera viewer " TESSERA_VERSION}});
    if (failure) std::fprintf(stderr, "tessera-viewer: %s\n", toLine(*failure).c_str());
    bool whole = !failure;
    for (const PlacedCell& placed : cells) {
        const Cell* cell = board.cell(placed.row, placed.column);
        if (cell && cell->picture) continue;
        std::fprintf(stderr, "tessera-viewer: %s, %s: %s\n", board.images()[placed.row].name.c_str(), board.titleOf(placed.column).c_str(), board.wordsOf(placed.row, placed.column).c_str());
        whole = false;
    }
    if (board.failure()) std::fprintf(stderr, "tessera-viewer: %s\n", toLine(*board.failure()).c_str());
    else if (board.images().empty()) std::fputs("tessera-viewer: there is no picture in what was named: name a picture, a file of tokens or a folder of pictures\n", stderr);
    return whole && !board.failure() && !board.images().empty();
}

std::optional<std::size_t> Window::Private::paneUnderPointer() const {
    const auto& panes = canvas.panes();
    for (std::size_t i = 0; i < std::min(panes.size(), cells.size()); ++i) {
        if (cells[i].body.contains(pointerX, pointerY) || cells[i].caption.contains(pointerX, pointerY)) return i;
    }
    return std::nullopt;
}

void Window::Private::pressed(int button, int action, bool overPanel) {
    want();
    if (action == GLFW_RELEASE) drag = Drag::None;
    const auto pane = paneUnderPointer();
    if (action != GLFW_PRESS || overPanel || !pane) return;
    if (button == GLFW_MOUSE_BUTTON_RIGHT) {
        sight.reference = cells[*pane].column;
        return;
    }
    sight.row = cells[*pane].row;
    drag = canvas.wipeLineAt(pointerX, pointerY, 4 * glfw.pixelRatio()) >= 0 ? Drag::Wipe : Drag::Pan;
    const double now = glfwGetTime();
    if (button == GLFW_MOUSE_BUTTON_LEFT && now - lastPress < kDoubleClick) {
        sight.alone = sight.alone ? std::nullopt : std::optional(cells[*pane].column);
        drag = Drag::None;
        lastPress = -1;
    } else {
        lastPress = now;
    }
}

void Window::Private::moved(float x, float y) {
    want();
    const float dx = x - pointerX, dy = y - pointerY;
    pointerX = x;
    pointerY = y;
    if (drag == Drag::Pan) {
        sight.camera = canvas.movedBy(dx, dy);
        canvas.setCamera(sight.camera);
        if (std::abs(dx) + std::abs(dy) > 2) lastPress = -1;
    }
    if (const auto pane = paneUnderPointer()) {
        hovered = *pane;
        if (drag == Drag::Wipe) sight.wipeShare = canvas.wipeShareAt(static_cast<int>(*pane), x, y);
    }
    const bool onLine = drag == Drag::Wipe || (drag == Drag::None && canvas.wipeLineAt(x, y, 4 * glfw.pixelRatio()) >= 0);
    if (onLine && ImGui::GetCurrentContext()) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
}

void Window::Private::scrolled(double notches) {
    want();
    if (ImGui::GetIO().WantCaptureMouse) return;
    sight.camera = canvas.zoomedAt(pointerX, pointerY, std::pow(kWheelStep, notches));
    canvas.setCamera(sight.camera);
}

void Window::Private::key(int key, int action, int modifiers) {
    want();
    if (ImGui::GetIO().WantTextInput) return;
    if (key == GLFW_KEY_SPACE) {
        sight.flipped = action != GLFW_RELEASE;
        return;
    }
    if (action == GLFW_RELEASE) return;
    if (key == GLFW_KEY_Q) glfwSetWindowShouldClose(glfw.get(), GLFW_TRUE);
    if (key == GLFW_KEY_TAB) showsPanel = !showsPanel;
    if (key == GLFW_KEY_F12) hud.shown = !hud.shown;
    if (key == GLFW_KEY_ENTER) sight.single = !sight.single;
    if (key == GLFW_KEY_N) normaliseDifference(sight, canvas);
    changeSight(sight, canvas, key, (modifiers & GLFW_MOD_SHIFT) != 0, board.images().size());
}

Window::Window(Arguments arguments) : d(std::make_unique<Private>(std::move(arguments))) {}

Window::~Window() = default;

int Window::run() {
    GLFWwindow* window = d->glfw.get();
    const bool shot = !d->arguments.screenshot.empty();
    bool answered = false;
    for (bool first = true; !glfwWindowShouldClose(window);) {
        if (!first) {
            if (d->framesWanted > 0) glfwPollEvents();
            else glfwWaitEvents();
        }
        if (d->queue.run()) d->want();
        if (d->framesWanted <= 0) continue;
        --d->framesWanted;
        const auto size = d->glfw.framebuffer();
        if (size.width > 0 && size.height > 0) {
            d->frame(size.width, size.height);
            glfwSwapBuffers(window);
        }
        if (std::exchange(first, false)) {
            trace()("first_frame");
            d->openEngine();
        }
        const bool complete = d->board.settled() && !d->board.images().empty();
        if (complete && !answered && d->framesWanted == 0) trace()("answered");
        answered = complete && (answered || d->framesWanted == 0);
        if (shot && d->board.settled()) return d->writeScreenshot() ? d->exitCode : std::max(1, d->exitCode);
    }
    return d->exitCode;
}

}  // namespace tessera::viewer
