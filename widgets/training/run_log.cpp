// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/run_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tessera::ui {
namespace {

constexpr std::size_t kFields = 6, kLongestLine = 4096;

template <typename T>
bool read(std::string_view text, T& value) {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc() && end == text.data() + text.size();
}

}  // namespace

void RunLog::add(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) {
            // No row is that long: what is no log does not fill the memory.
            if (m_rest.size() < kLongestLine) m_rest += bytes;
            return;
        }
        if (m_rest.empty()) {
            addLine(bytes.substr(0, end));
        } else {
            m_rest += bytes.substr(0, end);
            addLine(m_rest);
            m_rest.clear();
        }
        bytes.remove_prefix(end + 1);
    }
}

void RunLog::addLine(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with("step,")) return;
    std::array<std::string_view, kFields> fields;
    std::size_t count = 0;
    while (count < kFields) {
        const std::size_t comma = line.find(',');
        fields[count++] = line.substr(0, comma);
        if (comma == std::string_view::npos) {
            line = {};
            break;
        }
        line.remove_prefix(comma + 1);
    }
    Latest now;
    double value = 0;
    const bool row = count == kFields && line.empty() && !fields[4].empty() && read(fields[0], now.step) && now.step >= 0 && read(fields[1], now.rate) && read(fields[2], now.gradientNorm) &&
                     read(fields[3], now.secondsPerStep) && read(fields[5], value);
    if (!row) {
        ++m_skipped;
        return;
    }
    if (m_latest && now.step < m_latest->step) goBackTo(now.step);
    m_latest = now;
    auto curve = std::ranges::find(m_curves, fields[4], &RunCurve::name);
    if (curve == m_curves.end()) curve = m_curves.insert(curve, RunCurve{.name = std::string(fields[4]), .steps = {}, .values = {}});
    if (!curve->steps.empty() && curve->steps.back() == now.step) {
        curve->values.back() = value;
        return;
    }
    curve->steps.push_back(now.step);
    curve->values.push_back(value);
}

void RunLog::goBackTo(std::int64_t step) {
    for (RunCurve& curve : m_curves) {
        const auto kept = std::ranges::lower_bound(curve.steps, step) - curve.steps.begin();
        curve.steps.resize(static_cast<std::size_t>(kept));
        curve.values.resize(static_cast<std::size_t>(kept));
    }
}

const RunCurve* RunLog::find(std::string_view name) const {
    const auto found = std::ranges::find(m_curves, name, &RunCurve::name);
    return found == m_curves.end() ? nullptr : &*found;
}

std::vector<double> smoothed(std::span<const double> values, double keep) {
    std::vector<double> result(values.begin(), values.end());
    if (keep <= 0) return result;
    double sum = 0, weight = 0;
    for (double& value : result) {
        if (!std::isfinite(value)) continue;
        sum = keep * sum + (1 - keep) * value;
        weight = keep * weight + (1 - keep);
        value = sum / weight;
    }
    return result;
}

}  // namespace tessera::ui
