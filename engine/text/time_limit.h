// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/error.h"

namespace tessera::text {

/// How long a tokenizer's file may take over one text, or over its own tokens while it is opened. One for all its steps: a file can name
/// a million that are each quick enough. Holds on this thread while it lives; one inside another changes nothing.
class TimeLimit {
public:
    using Clock = std::chrono::steady_clock;

    TimeLimit() : m_isOuter(!s_end) {
        if (m_isOuter) s_end = Clock::now() + kLongest;
    }
    ~TimeLimit() {
        if (m_isOuter) s_end.reset();
    }
    TimeLimit(const TimeLimit&) = delete;
    TimeLimit& operator=(const TimeLimit&) = delete;

    /// When what begins now has to be done.
    static Clock::time_point end() { return s_end.value_or(Clock::now() + kLongest); }
    /// Throws Failure(Unsupported) once that is over.
    static void check() {
        if (s_end && Clock::now() > *s_end) throw Failure(ErrorCode::Unsupported, "the tokenizer takes too long on this text", {}, "shorten the text, or use another tokenizer");
    }

private:
    static constexpr std::chrono::seconds kLongest{5};
    static inline thread_local std::optional<Clock::time_point> s_end;
    bool m_isOuter;
};

}  // namespace tessera::text
