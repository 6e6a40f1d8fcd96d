// SPDX-License-Identifier: Apache-2.0
#include "families/vila_u_drawing.h"

#include <algorithm>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/drawing_parts.h"
#include "families/vila_u_known_codes.h"
#include "layers/few_threads.h"
#include "layers/in_lots.h"

namespace tessera {

using at::Tensor;

void VilaUDrawing::Task::follow(const GenerateRequest& request) {
    seeds = seedsOf(request);
    given = request.given;
    rule = {.guidance = request.guidance, .temperature = request.temperature, .topK = request.topK, .topP = request.topP, .course = request.guidanceCourse};
}

void VilaUDrawing::Task::check(int most) const {
    checkGivenCodes(given, static_cast<std::size_t>(positions()) * static_cast<std::size_t>(depths), codebookSize);
    const std::int64_t all = static_cast<std::int64_t>(std::max(with.size(), without.size())) + positions() - 1;
    if (all > most) throw Failure(ErrorCode::Invalid, "prompt and picture would have " + std::to_string(all) + " tokens, and this model reads " + std::to_string(most), "generate", "write a shorter prompt");
}

VilaUDrawing::VilaUDrawing(Networks networks, Task task) : m_networks(networks), m_task(std::move(task)), m_sampler(m_task.rule) {
    const std::int64_t positions = m_task.positions();
    const auto codes = static_cast<std::size_t>(positions) * static_cast<std::size_t>(m_task.depths);
    const auto known = [&](std::int64_t position) {
        for (int depth = 0; depth < m_task.depths; ++depth) {
            if (givenAt(position, depth) < 0) return false;
        }
        return true;
    };
    while (m_prefix < positions && known(m_prefix)) ++m_prefix;
    m_drawn = {.frames = m_task.frames, .rows = m_task.rows, .columns = m_task.columns, .depths = m_task.depths, .positions = static_cast<int>(positions)};
    for (const std::uint64_t seed : m_task.seeds) {
        m_drawn.pictures.push_back({.seed = seed, .codes = m_task.given.empty() ? std::vector<std::int32_t>(codes, -1) : m_task.given});
    }
    uniform = [seeds = m_task.seeds](std::size_t picture, std::size_t draw) { return uniformOf(seeds[picture], draw); };
}

std::int32_t VilaUDrawing::givenAt(std::int64_t position, int depth) const {
    return m_task.given.empty() ? -1 : m_task.given[static_cast<std::size_t>(position * m_task.depths + depth)];
}

/// Of the first given positions, after each depth: [count,D,C].
Tensor VilaUDrawing::sumsOfGiven(std::int64_t count) const {
    return sumsOfCodes(m_networks.codes, std::span(m_task.given).first(static_cast<std::size_t>(count * m_task.depths)), m_task.depths);
}

/// What guides the codes of that position.
void VilaUDrawing::reach(std::int64_t position) {
    m_sampler.reach(m_drawn.positions > 1 ? static_cast<double>(position) / (m_drawn.positions - 1) : 1.0);
}

/// What the language model knows at the first position that is drawn [rows of one picture,W], after the prompt and what is given before it.
Tensor VilaUDrawing::readPrompt(ForwardPass& pass) {
    const Llama& llama = m_networks.language.llama;
    const std::int64_t positions = m_drawn.positions, known = std::min(m_prefix, positions - 1), rows = rowsOf(1);
    std::vector<std::vector<std::int64_t>> prompts{m_task.with};
    if (rows == 2) prompts.push_back(m_task.without);
    const auto longest = static_cast<std::int64_t>(std::ranges::max_element(prompts, {}, &std::vector<std::int64_t>::size)->size());
    std::vector<std::int64_t> ids, padding;
    for (const auto& prompt : prompts) {
        padding.push_back(longest - static_cast<std::int64_t>(prompt.size()));
        ids.insert(ids.end(), static_cast<std::size_t>(padding.back()), 0);
        ids.insert(ids.end(), prompt.begin(), prompt.end());
    }
    const at::Device device = m_networks.codes.codebook(0).device();
    Tensor x = llama.embedded(at::tensor(ids, at::kLong).view({rows, longest}).to(device));  // [rows,S,W]
    if (known > 0) {
        const Tensor seen = m_networks.language.projected(sumsOfGiven(known).select(1, m_task.depths - 1));  // [known,W]
        x = at::cat({x, seen.unsqueeze(0).expand({rows, known, seen.size(1)})}, 1);
    }
    Llama::State state = llama.begin(rows, longest + known, padding);
    const Tensor hidden = llama.read(x, state, pass).slice(1, longest - 1);  // [rows,known+1,W]
    if (m_prefix > 0) tellGiven(hidden, pass);
    if (m_prefix == positions) return {};
    // Every picture goes on from there on its own.
    const auto pictures = static_cast<std::int64_t>(m_task.seeds.size());
    std::vector<std::int64_t> which;
    for (std::int64_t row = 0; row < rows; ++row) which.insert(which.end(), static_cast<std::size_t>(pictures), row);
    m_state = llama.ofRows(state, which, longest + positions - 1);
    return hidden.select(1, known).index_select(0, at::tensor(which, at::kLong).to(device));
}

/// The trace of codes that are all known: what the model thinks of them, a few positions at a time.
void VilaUDrawing::tellGiven(const Tensor& hidden, ForwardPass& pass) {
    const std::int64_t rows = hidden.size(0), depths = m_task.depths;
    const Tensor sums = sumsOfGiven(m_prefix);  // [prefix,D,C]
    GenerationTrace trace;
    for (std::int64_t begin = 0; begin < m_prefix; begin += kCodesTogether) {
        const std::int64_t count = std::min(kCodesTogether, m_prefix - begin);
        const Tensor before = sums.narrow(0, begin, count).narrow(1, 0, depths - 1);
        const Tensor logits = m_networks.depth.all(hidden.narrow(1, begin, count).flatten(0, 1), before.repeat({rows, 1, 1}), pass).to(at::kCPU).contiguous();  // [rows*count,D,K]
        const auto codes = static_cast<std::size_t>(logits.size(2));
        const float* values = logits.const_data_ptr<float>();
        for (std::int64_t i = 0; i < count; ++i) {
            reach(begin + i);
            for (int depth = 0; depth < depths; ++depth) {
                const auto at = [&](std::int64_t row) { return std::span(values + static_cast<std::size_t>((row * count + i) * depths + depth) * codes, codes); };
                m_sampler.take(at(0), rows == 2 ? at(1) : std::span<const float>(), givenAt(begin + i, depth), 0, trace);
            }
        }
    }
    for (GeneratedPicture& picture : m_drawn.pictures) picture.trace = trace;
}

void VilaUDrawing::keep(std::size_t picture, std::int64_t position, int depth, std::int32_t code) {
    m_drawn.pictures[picture].codes[static_cast<std::size_t>(position * m_task.depths + depth)] = code;
}

/// Draws all depths of the next position; gives the sums of their codewords [n,C]. hidden [rows,W], those with the prompt first.
Tensor VilaUDrawing::drawPosition(const Tensor& hidden, ForwardPass& pass) {
    const auto pictures = static_cast<std::int64_t>(m_task.seeds.size());
    const bool guided = !m_task.without.empty();
    VilaUDepth::State state = m_networks.depth.begin(hidden.size(0));
    Tensor sums;
    reach(m_next);
    for (int depth = 0; depth < m_task.depths; ++depth) {
        const Tensor logits = (depth == 0 ? m_networks.depth.first(hidden, state, pass) : m_networks.depth.next(guided ? sums.repeat({2, 1}) : sums, state, pass)).to(at::kCPU).contiguous();
        if (watch) watch(static_cast<int>(m_next), depth, logits);
        const auto count = static_cast<std::size_t>(logits.size(1));
        const float* values = logits.const_data_ptr<float>();
        std::vector<std::int64_t> chosen;
        for (std::int64_t i = 0; i < pictures; ++i) {
            const auto at = [&](std::int64_t row) { return std::span(values + static_cast<std::size_t>(row) * count, count); };
            const auto draw = static_cast<std::size_t>(m_next * m_task.depths + depth);
            const std::int32_t code = m_sampler.take(at(i), guided ? at(pictures + i) : std::span<const float>(), givenAt(m_next, depth), uniform(static_cast<std::size_t>(i), draw), m_drawn.pictures[static_cast<std::size_t>(i)].trace);
            keep(static_cast<std::size_t>(i), m_next, depth, code);
            chosen.push_back(code);
        }
        const Tensor words = m_networks.codes.codebook(depth).index_select(0, at::tensor(chosen, at::kLong).to(hidden.device()));
        sums = depth == 0 ? words : sums + words;
    }
    return sums;
}

bool VilaUDrawing::step(DeviceLane& lane) {
    const c10::InferenceMode inference;
    const Llama& llama = m_networks.language.llama;
    const bool first = m_drawn.drawn == 0;
    const auto rows = static_cast<double>(rowsOf(static_cast<std::int64_t>(m_task.seeds.size())));
    const double read = first ? static_cast<double>(rowsOf(1)) * llama.flops(static_cast<double>(m_task.with.size()) + static_cast<double>(m_prefix)) : llama.flops(rows);
    const FewThreads few(read + rows * m_networks.depth.flops(), lane.device());
    ForwardPass pass(lane, read + rows * m_networks.depth.flops());
    pass.begin(first ? "reading the prompt" : "drawing");
    Tensor hidden;
    if (first) {
        hidden = readPrompt(pass);
        m_next = m_prefix;
    } else {
        const Tensor x = inLots(m_sums, [&](const Tensor& sums) { return m_networks.language.projected(sums); }).unsqueeze(1);  // [n,1,W]
        hidden = llama.read(m_task.without.empty() ? x : x.repeat({2, 1, 1}), m_state, pass).select(1, 0);
    }
    if (hidden.defined()) m_sums = drawPosition(hidden, pass), ++m_next;
    m_drawn.drawn = static_cast<int>(m_next);
    return m_next < m_drawn.positions;
}

}  // namespace tessera
