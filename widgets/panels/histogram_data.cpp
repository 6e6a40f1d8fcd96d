// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/histogram_data.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <QThreadPool>

#include "bridge/qt_executor.h"
#include "workspace/difference_kind.h"

namespace tessera::ui {
namespace {

constexpr std::size_t kMostEntries = 12;

bool isDifference(const canvas::Pane& pane) {
    return pane.compare == canvas::Compare::Difference && pane.other;
}

FieldMapping mappingOf(const canvas::Pane& pane) {
    return isDifference(pane) ? pane.differenceLook.mapping : pane.look.mapping;
}

/// Of a field: what it holds, from 0 where it has no sign and round 0 where it has.
std::pair<float, float> rangeOf(const canvas::Pane& pane) {
    if (isDifference(pane)) return canvas::differenceRangeOf(pane);
    if (pane.look.mapping == FieldMapping::Colour) return {0.0F, 1.0F};
    auto [low, high] = ownRange(pane.picture->image, pane.look.mapping);
    if (!(low < high)) high = low + 1;
    return {low, high};
}

}  // namespace

FineHistogram FineHistogram::of(const canvas::Pane& pane) {
    FineHistogram result;
    const auto [low, high] = rangeOf(pane);
    result.m_counts = isDifference(pane) ? canvas::differenceHistogramOf(pane, kFineBins, low, high) : canvas::histogramOf(*pane.picture, pane.look.mapping, kFineBins, low, high);
    return result;
}

double FineHistogram::mean(int channel) const {
    const canvas::Histogram::Channel& counted = m_counts.channels[channel];
    const double width = (double(high()) - low()) / kFineBins;
    double sum = double(counted.below) * low() + double(counted.above) * high(), count = double(counted.below + counted.above);
    for (std::size_t bin = 0; bin < counted.counts.size(); ++bin) {
        sum += double(counted.counts[bin]) * (low() + width * (double(bin) + 0.5));
        count += double(counted.counts[bin]);
    }
    return count > 0 ? sum / count : std::nan("");
}

std::uint64_t FineHistogram::between(int channel, double from, double to) const {
    const canvas::Histogram::Channel& counted = m_counts.channels[channel];
    if (!(from <= to)) return 0;
    const double perBin = kFineBins / (double(high()) - low());
    const auto binOf = [&](double value) { return std::clamp((value - low()) * perBin, 0.0, double(kFineBins)); };
    const auto first = static_cast<std::size_t>(std::floor(binOf(from) + 1e-6));
    const auto last = static_cast<std::size_t>(std::ceil(binOf(to) - 1e-6));
    std::uint64_t sum = first < last ? std::accumulate(counted.counts.begin() + static_cast<std::ptrdiff_t>(first), counted.counts.begin() + static_cast<std::ptrdiff_t>(last), std::uint64_t{0}) : 0;
    if (from == -INFINITY) sum += counted.below;
    if (to == INFINITY) sum += counted.above;
    return sum;
}

std::vector<std::uint64_t> FineHistogram::bins(int channel, int count) const {
    std::vector<std::uint64_t> result(static_cast<std::size_t>(count));
    const std::vector<std::uint64_t>& fine = m_counts.channels[channel].counts;
    for (std::size_t bin = 0; bin < fine.size(); ++bin) result[bin * result.size() / fine.size()] += fine[bin];
    return result;
}

bool FineHistogram::isPeaked() const {
    if (channels() == 0) return false;
    const std::vector<std::uint64_t> counts = bins(brushed(), kPeakBins);
    return *std::ranges::max_element(counts) > pixels() / 2;
}

HistogramSource::HistogramSource(QObject* parent) : QObject(parent) {}

std::shared_ptr<const FineHistogram> HistogramSource::of(const canvas::Pane& pane) {
    const std::shared_ptr<const Picture> other = isDifference(pane) ? pane.other : nullptr;
    const FieldMapping mapping = mappingOf(pane);
    const auto matches = [picture = pane.picture, other, mapping](const Entry& entry) { return entry.picture.lock() == picture && entry.other.lock() == other && entry.mapping == mapping; };
    const auto known = std::ranges::find_if(m_entries, matches);
    if (known != m_entries.end()) {
        m_entries.splice(m_entries.begin(), m_entries, known);
        return m_entries.front().histogram;
    }
    std::erase_if(m_entries, [](const Entry& entry) { return entry.picture.expired(); });
    if (m_entries.size() >= kMostEntries) m_entries.pop_back();
    m_entries.push_front({pane.picture, other, mapping, nullptr});
    const std::size_t pixels = std::size_t(pane.picture->image.width()) * std::size_t(pane.picture->image.height());
    if (pixels < kAtOnce) {
        m_entries.front().histogram = std::make_shared<const FineHistogram>(FineHistogram::of(pane));
        return m_entries.front().histogram;
    }
    QThreadPool::globalInstance()->start([this, pane, matches, executor = guiExecutor(this)] {
        auto histogram = std::make_shared<const FineHistogram>(FineHistogram::of(pane));
        executor([this, matches, histogram] {
            const auto asked = std::ranges::find_if(m_entries, matches);
            if (asked == m_entries.end()) return;
            asked->histogram = histogram;
            Q_EMIT counted();
        });
    });
    return nullptr;
}

}  // namespace tessera::ui
