// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <list>
#include <memory>

#include <QObject>

#include "canvas/histogram.h"
#include "canvas/pane.h"

namespace tessera::ui {

/// How often values occur in what a pane shows, counted so finely that means and shares follow from the counts alone.
class FineHistogram {
public:
    /// Of the pane's difference where it shows one, else of its picture. Counts every pixel, or as canvas::histogramOf() says.
    static FineHistogram of(const canvas::Pane& pane);

    bool isColour() const { return m_counts.channels.size() == 4; }
    /// Red, green, blue and luminance of a colour picture, the one value of a field. 0 without pixels.
    int channels() const { return static_cast<int>(m_counts.channels.size()); }
    /// The channel that a brush selects by: the last.
    int brushed() const { return channels() - 1; }
    float low() const { return m_counts.low; }    ///< the ends of what is counted
    float high() const { return m_counts.high; }
    std::uint64_t pixels() const { return m_counts.pixels; }  ///< that were counted
    int stride() const { return m_counts.stride; }            ///< every how many rows and columns one was
    const canvas::Histogram::Channel& channel(int channel) const { return m_counts.channels[channel]; }

    /// Mean of the values counted; of one outside the ends, that end.
    double mean(int channel) const;
    /// Pixels whose value lies between both, as finely as they are counted. Infinite ends take all that lies beyond.
    std::uint64_t between(int channel, double low, double high) const;
    /// As many bins as asked for, of equal width; at most kFineBins.
    std::vector<std::uint64_t> bins(int channel, int count) const;
    /// More than half of the pixels lie in one of kPeakBins: on a linear axis nothing else would be seen.
    bool isPeaked() const;
    double edge(int bin, int count) const { return low() + (double(high()) - low()) * bin / count; }

    static constexpr int kPeakBins = 128;
    static constexpr int kFineBins = 1 << 16;  ///< 8-bit values and their means stay exact to 1/65536 of the range

private:
    canvas::Histogram m_counts;
};

/// Histograms of panes, counted once for each picture: small ones at once, others on a thread of their own. GUI thread.
class HistogramSource : public QObject {
    Q_OBJECT
public:
    explicit HistogramSource(QObject* parent = nullptr);

    /// Null while it is being counted; counted() says when it is there.
    std::shared_ptr<const FineHistogram> of(const canvas::Pane& pane);

    static constexpr std::size_t kAtOnce = 1'000'000;  ///< pixels from which on the GUI thread does not count

Q_SIGNALS:
    void counted();

private:
    struct Entry {
        std::weak_ptr<const Picture> picture, other;  ///< other: of a difference
        FieldMapping mapping = FieldMapping::Colour;
        std::shared_ptr<const FineHistogram> histogram;  ///< null while it is being counted
    };
    std::list<Entry> m_entries;  ///< the newest first
};

}  // namespace tessera::ui
