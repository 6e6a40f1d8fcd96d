// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::ui {

/// What a run's log says of one loss or figure, in the order of steps.
struct RunCurve {
    std::string name;
    std::vector<std::int64_t> steps;
    std::vector<double> values;  ///< as many; some may be no numbers
};

/// log.csv of a run folder, taken in as it grows. Rows: step,rate,gradient_norm,seconds_per_step,name,value. A run that went on from an earlier
/// checkpoint says some steps once more: what it said of them, and of later ones, before is forgotten.
class RunLog {
public:
    struct Latest {
        std::int64_t step = 0;
        double rate = 0, gradientNorm = 0, secondsPerStep = 0;
    };

    /// More of the file. A line that is only half there waits for the rest of it; one that is no row is left out.
    void add(std::string_view bytes);

    const std::vector<RunCurve>& curves() const { return m_curves; }  ///< in the order in which their names came
    const RunCurve* find(std::string_view name) const;
    const std::optional<Latest>& latest() const { return m_latest; }
    std::size_t skipped() const { return m_skipped; }  ///< lines that were no rows

private:
    void addLine(std::string_view line);
    void goBackTo(std::int64_t step);

    std::string m_rest;
    std::vector<RunCurve> m_curves;
    std::optional<Latest> m_latest;
    std::size_t m_skipped = 0;
};

/// Exponential moving average that keeps that share (0: the values themselves; below 1) at every point, without the pull of its start: the first is the value
/// itself. What is no number stays one, and moves nothing.
std::vector<double> smoothed(std::span<const double> values, double keep);

}  // namespace tessera::ui
