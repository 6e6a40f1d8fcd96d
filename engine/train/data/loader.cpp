// SPDX-License-Identifier: Apache-2.0
#include "train/data/loader.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "core/error.h"

namespace tessera::train {
namespace {

constexpr std::uint64_t kSamples = 0x73616d706c6573;  ///< sets the seeds of samples apart from those of their order
constexpr std::size_t kMostWaiting = 1 << 16;

std::vector<Sampler::Part> sizesAndWeights(const std::vector<DataPart>& parts) {
    std::vector<Sampler::Part> result;
    for (const DataPart& part : parts) {
        part.augment.check();
        result.push_back({part.dataset->size(), part.weight});
    }
    return result;
}

std::uint64_t tooManyInARow(const std::vector<DataPart>& parts) {
    // Between two readable pictures of one data set lie fewer than two of its epochs.
    std::uint64_t size = 0;
    for (const DataPart& part : parts) size += part.dataset->size();
    return std::clamp<std::uint64_t>(2 * size, 1000, 10'000);
}

}  // namespace

Loader::Loader(std::vector<DataPart> parts, const Settings& settings)
    : m_parts(std::move(parts)), m_settings(settings), m_sampler(sizesAndWeights(m_parts), settings.seed), m_taken(settings.position) {
    const auto need = [](bool holds, const char* what) {
        if (!holds) throw Failure(ErrorCode::Invalid, what, "data");
    };
    need(settings.batch >= 1 && settings.batch <= kMostWaiting, "a batch is not 1 to 65536 pictures");
    need(settings.threads >= 1 && settings.threads <= 256, "the number of threads that read pictures is not 1 to 256");
    need(settings.ahead >= 1 && settings.ahead <= kMostWaiting, "the number of batches to read ahead is not 1 to 65536");
    m_tooManyInARow = tooManyInARow(m_parts);
    m_waiting.resize(std::clamp(settings.batch * settings.ahead, static_cast<std::size_t>(settings.threads), kMostWaiting));
    m_sampler.restore(settings.position);
    for (int i = 0; i < settings.threads; ++i) m_threads.emplace_back([this](std::stop_token stop) { work(std::move(stop)); });
}

Loader::~Loader() {
    for (std::jthread& thread : m_threads) thread.request_stop();
}

void Loader::work(std::stop_token stop) {
    std::unique_lock lock(m_mutex);
    while (m_hasRoom.wait(lock, stop, [&] { return m_sampler.position() - m_taken < m_waiting.size(); })) {
        if (stop.stop_requested()) return;
        const Sampler::Draw draw = m_sampler.next();
        lock.unlock();
        Outcome outcome = outcomeOf(draw);
        lock.lock();
        m_waiting[draw.number % m_waiting.size()] = std::move(outcome);
        if (draw.number == m_taken) m_hasNext.notify_one();
    }
}

Loader::Outcome Loader::outcomeOf(const Sampler::Draw& draw) const {
    const DataPart& part = m_parts[draw.part];
    try {
        Example example = part.dataset->read(draw.index);
        SplitMix64 random(seedOf(m_settings.seed ^ kSamples, draw.number));
        Image picture = augmented(example, part.augment, random);
        return Sample{std::move(picture), std::move(example.texts), std::move(example.name), draw.part, random.next()};
    } catch (const Failure& failure) {
        if (failure.error().code == ErrorCode::OutOfMemory) return std::current_exception();
        return std::string(failure.what());
    } catch (const std::bad_alloc&) {
        return std::make_exception_ptr(Failure(ErrorCode::OutOfMemory, "there is not enough memory to read training pictures ahead", "data", "read fewer ahead, or on fewer threads"));
    } catch (...) {
        return std::current_exception();
    }
}

Loader::Outcome Loader::taken(std::stop_token stop) {
    std::unique_lock lock(m_mutex);
    Outcome& slot = m_waiting[m_taken % m_waiting.size()];
    if (!m_hasNext.wait(lock, stop, [&] { return !std::holds_alternative<std::monostate>(slot); })) throw Cancelled();
    ++m_taken;
    m_hasRoom.notify_one();
    return std::exchange(slot, {});
}

Batch Loader::next(std::stop_token stop) {
    while (m_begun.size() < m_settings.batch) {
        if (stop.stop_requested()) throw Cancelled();
        Outcome outcome = taken(stop);
        if (const auto* failure = std::get_if<std::exception_ptr>(&outcome)) std::rethrow_exception(*failure);
        if (auto* sample = std::get_if<Sample>(&outcome)) {
            m_failedInARow = 0;
            m_begun.push_back(std::move(*sample));
            continue;
        }
        if (m_skipped.count++ == 0) m_skipped.first = std::get<std::string>(outcome);
        if (++m_failedInARow >= m_tooManyInARow)
            throw Failure(ErrorCode::Invalid, "hardly any picture of the training data can be read; the first that could not: " + m_skipped.first, "data");
    }
    return {std::exchange(m_begun, {}), m_taken};
}

}  // namespace tessera::train
