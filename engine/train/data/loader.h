// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "train/data/augment.h"
#include "train/data/dataset.h"
#include "train/data/sampler.h"

namespace tessera::train {

/// One of the data sets that are trained on together.
struct DataPart {
    std::shared_ptr<const Dataset> dataset;
    double weight = 1;  ///< relative to the other parts: how often it is drawn
    AugmentSettings augment;
};

struct Sample {
    Image picture;  ///< float RGB in [0,1], side x side
    std::vector<std::string> texts;
    std::string name;
    std::size_t part = 0;
    std::uint64_t seed = 0;  ///< for what is still to be drawn for it: which of its texts, noise
};

struct Batch {
    std::vector<Sample> samples;
    std::uint64_t position = 0;  ///< where a new loader goes on behind this batch
};

/// Reads and augments ahead on threads of its own. What comes depends on parts, seed and position alone, not on the number of threads.
class Loader {
public:
    struct Settings {
        std::size_t batch = 16;  ///< samples
        int threads = 2;         ///< 1..256
        std::size_t ahead = 2;   ///< batches that wait at most, at least 1
        std::uint64_t seed = 0;
        std::uint64_t position = 0;  ///< of the batch that was the last one before
    };
    /// What was left out because it could not be read.
    struct Skipped {
        std::uint64_t count = 0;
        std::string first;  ///< why, in one sentence
    };
    /// Throws Failure(Invalid) for settings or weights that cannot be.
    Loader(std::vector<DataPart> parts, const Settings& settings);
    /// Waits for the pictures that are being read, for no other.
    ~Loader();

    /// The next batch, waiting for it; one caller at a time. Throws Cancelled, and goes on with the same batch when it is called again.
    /// Throws Failure when hardly anything can be read, or memory ran out.
    Batch next(std::stop_token stop = {});
    /// Up to the last batch that was given; for the thread that calls next().
    const Skipped& skipped() const { return m_skipped; }

private:
    /// A sample, the sentence why it is left out, or what ends the training.
    using Outcome = std::variant<std::monostate, Sample, std::string, std::exception_ptr>;

    void work(std::stop_token stop);
    Outcome outcomeOf(const Sampler::Draw& draw) const;
    Outcome taken(std::stop_token stop);

    std::vector<DataPart> m_parts;
    Settings m_settings;
    std::uint64_t m_tooManyInARow = 0;  ///< pictures that cannot be read
    std::vector<Sample> m_begun;
    std::uint64_t m_failedInARow = 0;
    Skipped m_skipped;

    std::mutex m_mutex;  ///< for all below
    std::condition_variable_any m_hasRoom, m_hasNext;
    Sampler m_sampler;
    std::vector<Outcome> m_waiting;  ///< draw n at n % size; monostate: not there yet
    std::uint64_t m_taken = 0;       ///< draws that next() has had
    std::vector<std::jthread> m_threads;
};

}  // namespace tessera::train
