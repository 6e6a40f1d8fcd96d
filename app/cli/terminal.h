// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include <tessera/progress.h>

namespace tessera::cli {

/// Ctrl-C is noted instead of ending the program at once.
void watchInterrupts();
bool interrupted();

/// A name as a table and a progress bar show it: one line, what a terminal would act on as "?", and of a long one its beginning and end.
std::string oneLine(const std::string& name, std::size_t most = 60);
/// UTF-8 with spaces after it, up to so many characters.
std::string padded(const std::string& text, std::size_t characters);
std::size_t charactersOf(const std::string& text);

/// One line on stderr that is redrawn in place; nothing if stderr is not a terminal. Shown only for work of more than 0.3 s.
class ProgressBar {
public:
    explicit ProgressBar(std::string what);
    ~ProgressBar();
    void show(const Progress& progress);
    void clear();

private:
    std::mutex m_mutex;
    std::string m_what;
    std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
    bool m_terminal = false, m_shown = false;
};

/// A value that another thread brings.
template <typename T>
class Answer {
public:
    void set(T value) {
        {
            std::lock_guard lock(m_mutex);
            m_value.emplace(std::move(value));
        }
        m_ready.notify_all();
    }
    bool waitFor(std::chrono::milliseconds time) {
        std::unique_lock lock(m_mutex);
        return m_ready.wait_for(lock, time, [&] { return m_value.has_value(); });
    }
    T take() {
        std::lock_guard lock(m_mutex);
        return std::move(*m_value);
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_ready;
    std::optional<T> m_value;
};

}  // namespace tessera::cli
