// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bridge/cell_board.h"
#include "bridge/cell_wish.h"

namespace tessera::ui {

/// A cell and what the board knows of its requests.
struct CellRecord {
    using Clock = std::chrono::steady_clock;

    Cell cell;
    std::uint64_t slot = 0;
    std::optional<Wish> asked;  ///< by the newest request: under way, answered or given up
    std::optional<Wish> shown;  ///< by the picture
    ModelId askedModel{};
    Priority askedPriority = Priority::Visible;
    std::uint64_t ticket = 0;  ///< of the request under way; 0: none
    Subscription job;
    Clock::time_point requested{};
    bool quiet = false;  ///< under way only to draw a finished picture in another way: nobody is told
    bool held = false;   ///< a prefetch that a person cancelled: waits until its row is shown

    bool running() const { return ticket != 0; }
    bool busy() const { return running() && !quiet; }
    /// Shows all that it can for now.
    bool served() const { return !busy() && cell.state != CellState::Waiting && cell.state != CellState::Cancelled; }
    bool shows(const Wish& wish) const { return cell.picture && shown && shown->computesLike(wish); }
    double secondsSoFar() const { return std::chrono::duration<double>(Clock::now() - requested).count(); }

    /// Lets go of the request; its answer will not count.
    void stop() {
        ticket = 0;
        quiet = false;
        job = {};
    }
    void wait() {
        stop();
        asked.reset();
        if (cell.state != CellState::Waiting || cell.since == Clock::time_point{}) cell.since = Clock::now();
        cell.state = CellState::Waiting;
        cell.error.reset();
    }
    /// Nobody looks: neither asked for nor waited for.
    void rest() {
        const bool wasBusy = busy();
        if (running()) asked.reset();
        stop();
        if (wasBusy) cell.state = CellState::Waiting;
        cell.since = {};
    }
    void refuse(Error why) {
        stop();
        asked.reset();
        cell.state = CellState::NotOffered;
        cell.error = std::move(why);
    }
    void fail(Error why) {
        stop();
        cell.state = CellState::Failed;
        cell.error = std::move(why);
        cell.seconds = requested == Clock::time_point{} ? 0 : secondsSoFar();
    }
    void accept(Picture picture) {
        cell.picture = std::make_shared<const Picture>(std::move(picture));
        cell.outdated = false;
        shown = asked;
    }
    void forgetPicture() {
        cell.picture.reset();
        cell.outdated = false;
        shown.reset();
        if (cell.state != CellState::Done) return;
        asked.reset();
        cell.state = CellState::Waiting;
    }
};

struct RowRecord {
    std::vector<CellRecord> cells;  ///< one per column
    std::uint64_t reading = 0;    ///< how often the file was read anew
    std::uint64_t lastShown = 0;  ///< plan in which it was last wanted
    CellRecord::Clock::time_point firstFrameBy{};  ///< until then only the first column is asked for
    bool failed = false;          ///< the file cannot be read: nothing is asked until somebody retries
};

}  // namespace tessera::ui
