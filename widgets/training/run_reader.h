// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "training/run_log.h"

namespace tessera::ui {

/// What a run folder says of itself beside its log.
struct RunFacts {
    bool begun = false;       ///< recipe.json is there
    std::string recipe, name; ///< of the losses; of what is made
    std::string recipeFile;   ///< absolute, as it was when the run began
    bool smoke = false;
    std::int64_t steps = 0;   ///< in all; 0: not known
    bool checkpoint = false;  ///< it can be resumed
    struct Report {
        std::int64_t step = 0;
        bool finished = false;
        bool operator==(const Report&) const = default;
    };
    std::optional<Report> report;  ///< of the last time a training there ended well
    std::string model;             ///< folder of the model; empty: none was written yet
    std::int64_t writer = 0;       ///< process that trains there now; 0: none
    bool operator==(const RunFacts&) const = default;
};

/// A picture of pictures above what the model makes of them, at some step.
struct RunSample {
    std::int64_t step = 0;
    std::string path;
    bool operator==(const RunSample&) const = default;
};

/// How far a training said it is; fresher than its log.
struct RunProgress {
    std::int64_t step = 0, steps = 0;
    double secondsPerStep = 0;
    bool operator==(const RunProgress&) const = default;
};

/// All that is known of a run at one moment.
struct RunSnapshot {
    RunFacts facts;
    std::shared_ptr<const RunLog> log = std::make_shared<RunLog>();  ///< another pointer where it grew
    std::vector<RunSample> samples;                                  ///< in the order of steps
    std::vector<std::string> messages;                               ///< the last lines of what the training said
    std::optional<RunProgress> progress;
    bool complete = true;  ///< false: the log holds more than was read at once
};

/// Reads the files: not for the GUI thread. Whatever cannot be read is left out.
RunFacts readRunFacts(const std::filesystem::path& folder);

/// Reads a run folder again and again, each time only what has come. Files may be half-written, or be replaced by others. One thread at a time.
class RunReader {
public:
    explicit RunReader(std::filesystem::path folder) : m_folder(std::move(folder)) {}

    static constexpr const char* kMessages = "messages.txt";  ///< in the folder: where the studio has its child write

    RunSnapshot read();

private:
    /// What a file has beyond what was read of it; from the start if it is shorter now, or another one.
    struct Tail {
        std::uintmax_t read = 0;
        std::uint64_t file = 0;  ///< inode
        bool began = false;      ///< this time
        bool more = false;
        std::string next(const std::filesystem::path& path, std::uintmax_t most);
    };
    void readLog(RunSnapshot& snapshot);
    void readMessages();

    std::filesystem::path m_folder;
    Tail m_logTail, m_messagesTail;
    std::string m_stamp;  ///< of the files that m_parsed comes from
    RunFacts m_parsed;
    std::shared_ptr<const RunLog> m_log = std::make_shared<RunLog>();
    std::vector<std::string> m_messages;
    std::string m_messageRest;
    std::optional<RunProgress> m_progress;
};

}  // namespace tessera::ui
