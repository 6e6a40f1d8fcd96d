// SPDX-License-Identifier: Apache-2.0
#include "families/masked_drawing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/drawing_parts.h"
#include "families/kept_steps.h"
#include "layers/few_threads.h"

namespace tessera {

using at::Tensor;

void MaskedDrawing::Task::follow(const GenerateRequest& request, const MaskGitConfig& config, const Tensor& told) {
    checkGivenCodes(request.given, static_cast<std::size_t>(config.positions()) * static_cast<std::size_t>(config.depths), config.codebookSize);
    seeds = seedsOf(request);
    conditions.assign(seeds.size(), told);
    given.assign(seeds.size(), request.given);
    rounds = request.steps > 0 ? request.steps : config.steps;
    if (!request.schedule.empty()) schedule = MaskSchedule::named(request.schedule);
    temperature = request.temperature;
    rule = {.guidance = request.guidance, .temperature = 1, .topK = request.topK, .topP = request.topP};
    keptSteps = request.keptSteps;
}

MaskedDrawing::MaskedDrawing(const MaskGitNetwork& network, const MaskGitConfig& config, Task task) : m_network(network), m_config(config), m_task(std::move(task)), m_sampler(m_task.rule) {
    const auto positions = static_cast<std::size_t>(config.positions()), depths = static_cast<std::size_t>(config.depths);
    m_drawn = {.by = DrawnBy::Masks, .rows = config.rows, .columns = config.columns, .depths = config.depths, .positions = m_task.rounds};
    for (std::size_t i = 0; i < m_task.seeds.size(); ++i) {
        std::vector<std::int32_t>& given = m_task.given[i];
        if (given.empty()) given.assign(positions * depths, -1);
        Row row{.codes = {given.begin(), given.end()}, .unknown = std::vector<std::uint8_t>(positions)};
        for (std::size_t position = 0; position < positions; ++position) {
            const std::span codes = givenAt(i, static_cast<std::int64_t>(position));
            row.unknown[position] = std::ranges::find(codes, -1) != codes.end();
        }
        row.atStart = row.now = std::accumulate(row.unknown.begin(), row.unknown.end(), std::int64_t(0));
        m_rows.push_back(std::move(row));
        m_drawn.pictures.push_back({.seed = m_task.seeds[i], .codes = given});
    }
    uniform = [seeds = m_task.seeds, positions, depths](std::size_t picture, int round, std::int64_t position, int draw) {
        const std::size_t place = (static_cast<std::size_t>(round) * positions + static_cast<std::size_t>(position)) * (depths + 1) + static_cast<std::size_t>(draw);
        return uniformOf(seeds[picture], place);
    };
}

std::span<const std::int32_t> MaskedDrawing::givenAt(std::size_t picture, std::int64_t position) const {
    const auto depths = static_cast<std::size_t>(m_config.depths);
    return std::span(m_task.given[picture]).subspan(static_cast<std::size_t>(position) * depths, depths);
}

/// Draws the codes of all unknown positions, whatever comes of them. hidden [1 or 2,L,W]; gives the logits of a model of one depth.
Tensor MaskedDrawing::drawCodes(std::size_t picture, const Tensor& hidden, Round& round, ForwardPass& pass) {
    Row& row = m_rows[picture];
    std::vector<std::int64_t> places;
    for (std::size_t position = 0; position < row.unknown.size(); ++position) {
        if (row.unknown[position]) places.push_back(static_cast<std::int64_t>(position));
    }
    const auto count = static_cast<std::int64_t>(places.size()), depths = std::int64_t(m_config.depths);
    const bool guided = hidden.size(0) == 2;
    const Tensor heads = m_network.head(hidden.index_select(1, at::tensor(places, at::kLong).to(hidden.device()))).flatten(0, 1);  // [rows*n,W]
    std::optional<VilaUDepth::State> state;
    if (m_config.depth) state = m_network.depth().begin(heads.size(0));
    Tensor sums, logits;
    for (int depth = 0; depth < depths; ++depth) {
        if (!state) logits = m_network.logits(heads);
        else logits = depth == 0 ? m_network.depth().first(heads, *state, pass) : m_network.depth().next(guided ? sums.repeat({2, 1}) : sums, *state, pass);
        logits = logits.to(at::kCPU, at::kFloat).contiguous();  // [rows*n,K]
        const auto size = static_cast<std::size_t>(logits.size(1));
        const float* values = logits.const_data_ptr<float>();
        std::vector<std::int64_t> chosen;
        for (std::int64_t i = 0; i < count; ++i) {
            const auto of = [&](std::int64_t at) { return std::span(values + static_cast<std::size_t>(at) * size, size); };
            const std::int64_t place = places[static_cast<std::size_t>(i)];
            const std::int32_t given = givenAt(picture, place)[static_cast<std::size_t>(depth)];
            double logProbability = 0;
            const std::int32_t code = m_sampler.take(of(i), guided ? of(count + i) : std::span<const float>(), given, uniform(picture, m_round, place, depth), logProbability);
            round.logProbability[static_cast<std::size_t>(place)] += static_cast<float>(logProbability / static_cast<double>(depths));
            row.codes[static_cast<std::size_t>(place * depths + depth)] = code;
            chosen.push_back(code);
        }
        if (depth + 1 == depths) break;
        const Tensor vectors = m_network.vectors(at::tensor(chosen, at::kLong).to(hidden.device()), depth);  // [n,W]
        sums = depth == 0 ? vectors : sums + vectors;
    }
    return logits;
}

/// Which positions are drawn again: those of the lowest confidence.
void MaskedDrawing::choose(std::size_t picture, Round& round) {
    constexpr double kLeast = 1e-20;  // of a logarithm's argument
    const Row& row = m_rows[picture];
    const double noise = m_task.temperature * (1 - static_cast<double>(m_round + 1) / m_task.rounds);
    std::vector<double> sorted;
    for (std::size_t position = 0; position < row.unknown.size(); ++position) {
        if (!row.unknown[position]) continue;
        const double drawn = uniform(picture, m_round, static_cast<std::int64_t>(position), m_config.depths);
        const double gumbel = -std::log(std::max(kLeast, -std::log(std::max(kLeast, drawn))));
        round.confidence[position] = round.logProbability[position] + noise * gumbel;
        sorted.push_back(round.confidence[position]);
    }
    round.maskedCount = m_task.schedule.value_or(m_config.schedule).maskedAfter(m_round, m_task.rounds, row.atStart, row.now);
    const auto count = static_cast<std::size_t>(round.maskedCount);
    double least = std::numeric_limits<double>::infinity();  // what is known is never drawn again
    if (count < sorted.size()) {
        std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(count));
        least = sorted[count];
    }
    for (std::size_t position = 0; position < row.unknown.size(); ++position) round.masked[position] = row.unknown[position] && count > 0 && round.confidence[position] < least;
}

void MaskedDrawing::keep(std::size_t picture, const Round& round, double share) {
    GeneratedPicture& drawn = m_drawn.pictures[picture];
    drawn.codes.assign(m_rows[picture].codes.begin(), m_rows[picture].codes.end());
    if (!isKeptStep(m_round, m_task.rounds, m_task.keptSteps)) return;
    GenerationStep step{.step = m_round, .time = share, .perToken = round.logProbability, .masked = round.masked, .codes = drawn.codes};
    if (m_round + 1 == m_task.rounds) std::ranges::fill(step.masked, std::uint8_t(0));
    drawn.steps.push_back(std::move(step));
}

void MaskedDrawing::play(std::size_t picture, ForwardPass& pass) {
    Row& row = m_rows[picture];
    const auto positions = static_cast<std::size_t>(m_config.positions());
    Round round{.logProbability = std::vector<float>(positions), .confidence = std::vector<double>(positions), .masked = std::vector<std::uint8_t>(positions)};
    const double share = static_cast<double>(row.now) / static_cast<double>(positions);
    Tensor logits;
    if (row.now > 0) {
        const Tensor& told = m_task.conditions[picture];
        Tensor codes = at::tensor(row.codes, at::kLong).view({1, m_config.positions(), m_config.depths}).to(m_network.device());
        if (told.defined()) codes = codes.expand({told.size(0), codes.size(1), codes.size(2)});
        logits = drawCodes(picture, m_network.hidden(codes, told, pass), round, pass);
        choose(picture, round);
    }
    if (watch) watch(picture, m_round, round, logits);
    keep(picture, round, share);
    if (m_round + 1 == m_task.rounds) return;
    const auto depths = static_cast<std::size_t>(m_config.depths);
    row.now = 0;
    for (std::size_t position = 0; position < positions; ++position) {
        row.unknown[position] = round.masked[position];
        row.now += round.masked[position];
        if (!round.masked[position]) continue;
        std::ranges::copy(givenAt(picture, static_cast<std::int64_t>(position)), row.codes.begin() + static_cast<std::ptrdiff_t>(position * depths));
    }
}

bool MaskedDrawing::step(DeviceLane& lane) {
    const c10::InferenceMode inference;
    const double rows = static_cast<double>(std::accumulate(m_task.conditions.begin(), m_task.conditions.end(), std::int64_t(0), [](std::int64_t sum, const Tensor& told) { return sum + (told.defined() ? told.size(0) : 1); }));
    const FewThreads few(rows * m_network.flops(), lane.device());
    ForwardPass pass(lane, rows * m_network.flops());
    pass.begin("drawing, round " + std::to_string(m_round + 1) + " of " + std::to_string(m_task.rounds));
    for (std::size_t i = 0; i < m_rows.size(); ++i) play(i, pass);
    m_drawn.drawn = ++m_round;
    return m_round < m_task.rounds;
}

}  // namespace tessera
