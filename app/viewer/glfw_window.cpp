// SPDX-License-Identifier: Apache-2.0
#include "glfw_window.h"

#include <algorithm>

#include <imgui.h>

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include "window.h"

namespace tessera::viewer {
namespace {

std::string g_lastError;  // NOLINT: GLFW tells a function

std::string because(const std::string& what, const std::string& action) {
    return what + (g_lastError.empty() ? "" : " (" + g_lastError + ")") + ": " + action;
}

}  // namespace

GlfwWindow::GlfwWindow(int width, int height, bool visible) {
    glfwSetErrorCallback([](int, const char* text) { g_lastError = text; });
    if (!glfwInit()) throw NoWindow(because("there is no display to open a window on", "start it in a desktop session, or under xvfb-run"));
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
    glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    glfwWindowHint(GLFW_DEPTH_BITS, 0);
    glfwWindowHint(GLFW_STENCIL_BITS, 0);
    glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
    glfwWindowHint(GLFW_VISIBLE, visible ? GLFW_TRUE : GLFW_FALSE);
    glfwWindowHintString(GLFW_X11_CLASS_NAME, "tessera-viewer");
    glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "tessera-viewer");
    m_window = glfwCreateWindow(width, height, "Tessera viewer", nullptr, nullptr);
    if (!m_window) {
        const std::string sentence = because("the viewer needs OpenGL 3.3, which this display does not offer", "update the graphics driver, or set LIBGL_ALWAYS_SOFTWARE=1");
        glfwTerminate();
        throw NoWindow(sentence);
    }
    glfwMakeContextCurrent(m_window);
    glfwSwapInterval(1);
}

GlfwWindow::~GlfwWindow() {
    glfwDestroyWindow(m_window);
    glfwTerminate();
}

GlfwWindow::Size GlfwWindow::framebuffer() const {
    Size size;
    glfwGetFramebufferSize(m_window, &size.width, &size.height);
    return size;
}

float GlfwWindow::scale() const {
    int width = 0;
    glfwGetWindowSize(m_window, &width, nullptr);
    return width > 0 ? static_cast<float>(framebuffer().width) / static_cast<float>(width) : 1;
}

float GlfwWindow::pixelRatio() const {
    float across = 1;
    glfwGetWindowContentScale(m_window, &across, nullptr);
    return std::clamp(across, 1.0F, 4.0F);
}

void applyStyle(float ratio) {
    ImGuiStyle& style = ImGui::GetStyle();
    style = ImGuiStyle();
    style.WindowPadding = {12, 8};
    style.FramePadding = {6, 4};
    style.ItemSpacing = {8, 6};
    style.FrameRounding = 4;
    style.GrabRounding = 4;
    style.WindowBorderSize = 0;
    style.ScrollbarSize = 10;
    style.AntiAliasedLinesUseTex = false;
    const auto grey = [](int level) { return ImVec4(static_cast<float>(level) / 255, static_cast<float>(level) / 255, static_cast<float>(level) / 255, 1); };
    const ImVec4 accent{0.353F, 0.655F, 1, 1}, soft{0.141F, 0.208F, 0.290F, 1};
    ImVec4* colours = style.Colors;
    colours[ImGuiCol_WindowBg] = colours[ImGuiCol_ChildBg] = grey(42);
    colours[ImGuiCol_PopupBg] = grey(36);
    colours[ImGuiCol_Text] = grey(233);
    colours[ImGuiCol_TextDisabled] = grey(180);
    colours[ImGuiCol_FrameBg] = grey(29);
    colours[ImGuiCol_FrameBgHovered] = colours[ImGuiCol_FrameBgActive] = grey(24);
    colours[ImGuiCol_Header] = soft;
    colours[ImGuiCol_HeaderHovered] = colours[ImGuiCol_HeaderActive] = grey(57);
    colours[ImGuiCol_Button] = grey(57);
    colours[ImGuiCol_ButtonHovered] = grey(70);
    colours[ImGuiCol_ButtonActive] = grey(80);
    colours[ImGuiCol_SliderGrab] = colours[ImGuiCol_SliderGrabActive] = colours[ImGuiCol_CheckMark] = accent;
    colours[ImGuiCol_Border] = colours[ImGuiCol_Separator] = grey(60);
    style.ScaleAllSizes(ratio);
}

}  // namespace tessera::viewer
