// SPDX-License-Identifier: Apache-2.0
#include "terminal.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>

namespace tessera::cli {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;
volatile std::sig_atomic_t g_firstSecond = 0;

/// Seconds of a clock that never goes back; safe in a signal handler.
std::sig_atomic_t secondsNow() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::sig_atomic_t>(now.tv_sec);
}

/// Inside a UTF-8 sequence.
bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

/// A later Ctrl-C ends the program the usual way. One that follows at once is the first again: `timeout` and shells signal a process and its
/// group, and the second signal must not cut the cleaning up short.
void onInterrupt(int signal) {
    if (g_interrupted != 0 && secondsNow() - g_firstSecond > 1) {
        std::signal(signal, SIG_DFL);
        std::raise(signal);
        return;
    }
    if (g_interrupted == 0) g_firstSecond = secondsNow();
    g_interrupted = 1;
}

}  // namespace

void watchInterrupts() {
    struct sigaction action {};
    action.sa_handler = onInterrupt;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
    return g_interrupted != 0;
}

std::string oneLine(const std::string& name, std::size_t most) {
    std::string text;
    for (const char c : name) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    if (charactersOf(text) <= most) return text;
    // Two thirds of what is left beside the dots for the beginning, the rest for the ending.
    const std::size_t all = charactersOf(text), head = (most - 1) * 2 / 3, tail = most - 1 - head;
    std::string shortened;
    for (std::size_t i = 0, character = 0; i < text.size(); ++i) {
        const bool begins = !continues(text[i]);
        if (begins && character++ == head) shortened += "\u2026";
        if (character <= head || character > all - tail) shortened += text[i];
    }
    return shortened;
}

std::string padded(const std::string& text, std::size_t characters) {
    return text + std::string(characters - std::min(characters, charactersOf(text)), ' ');
}

std::size_t charactersOf(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

ProgressBar::ProgressBar(std::string what) : m_what(oneLine(what)), m_terminal(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
    clear();
}

void ProgressBar::show(const Progress& progress) {
    std::lock_guard lock(m_mutex);
    if (!m_terminal || std::chrono::steady_clock::now() - m_start < std::chrono::milliseconds(300)) return;
    constexpr int kWidth = 24;
    const int full = static_cast<int>(progress.fraction * kWidth);
    std::string bar(static_cast<std::size_t>(full), '#');
    bar.resize(kWidth, '.');
    char left[32] = "";
    if (progress.secondsLeft) std::snprintf(left, sizeof left, ", %.0f s left", *progress.secondsLeft);
    std::fprintf(stderr, "\r\033[K%s [%s] %3.0f %% %s%s", m_what.c_str(), bar.c_str(), progress.fraction * 100, progress.stage.c_str(), left);
    std::fflush(stderr);
    m_shown = true;
}

void ProgressBar::clear() {
    std::lock_guard lock(m_mutex);
    if (m_shown) std::fputs("\r\033[K", stderr);
    m_shown = false;
}

}  // namespace tessera::cli
