// SPDX-License-Identifier: Apache-2.0
#include "local/drawing_in_turn.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "device/cuda_ops.h"
#include "device/device_lane.h"
#include "device/torch_bridge.h"

namespace tessera {

DrawingInTurn::DrawingInTurn(const Generator& generator, GenerateRequest request, DrawingStart start)
    : m_generator(generator), m_request(std::move(request)), m_start(std::move(start)), m_expected(static_cast<std::size_t>(m_request.count)), m_states(m_expected.size()) {}

bool DrawingInTurn::step(DeviceLane& lane) {
    if (inTurn()) return stepOfOne(lane);
    try {
        if (!m_now) begin(lane);
        return m_now->step(lane);
    } catch (...) {
        if (describeException(std::current_exception(), "drawing", lane.device()).code != ErrorCode::OutOfMemory) throw;
    }
    changeToTurns(lane);
    lane.note(m_request.count > 1 ? "memory was short for all pictures together: they were drawn one after the other" : "memory was short: what was not needed was given back, and the picture begun again");
    return stepOfOne(lane);
}

void DrawingInTurn::begin(DeviceLane& lane) {
    GenerateRequest request = m_request;
    if (inTurn()) {
        request.count = 1;
        request.seed += static_cast<std::uint64_t>(m_turn);
    }
    m_now = m_generator.begin(request, m_start, lane);
}

void DrawingInTurn::changeToTurns(DeviceLane& lane) {
    if (m_now) {
        m_all = m_now->drawn();
        m_before = m_all.drawn;
        try {
            for (std::size_t i = 0; i < m_states.size(); ++i) {
                m_states[i] = m_now->state(i);
                m_expected[i] = m_now->expected(i);
            }
        } catch (...) {
            // To see how far it was there must be memory, too.
            if (describeException(std::current_exception(), "drawing", lane.device()).code != ErrorCode::OutOfMemory) throw;
        }
    }
    m_now.reset();
    releaseUnusedMemory(lane.device());
    m_turn = 0;
}

bool DrawingInTurn::stepOfOne(DeviceLane& lane) {
    bool more = false;
    try {
        if (!m_now) begin(lane);
        more = m_now->step(lane);
    } catch (...) {
        Error error = describeException(std::current_exception(), "drawing", lane.device());
        if (error.code != ErrorCode::OutOfMemory) throw;
        error.message += ", even for one picture by itself";
        error.action = "close other models, or open this one in a lower precision";
        throw Failure(std::move(error));
    }
    take();
    if (more) return true;
    m_now.reset();
    return ++m_turn < m_request.count;
}

void DrawingInTurn::take() {
    const Generation& one = m_now->drawn();
    const GeneratedPicture& picture = one.pictures.front();
    if (m_all.pictures.empty()) {
        m_all = one;
        m_all.pictures.clear();
        const std::vector<std::int32_t> codes = m_request.given.empty() ? std::vector<std::int32_t>(picture.codes.size(), -1) : m_request.given;
        for (int i = 0; i < m_request.count; ++i) m_all.pictures.push_back({.seed = m_request.seed + static_cast<std::uint64_t>(i), .codes = codes});
    }
    m_all.positions = one.positions;
    m_all.drawn = std::max(m_all.drawn, one.drawn);
    if (const at::Tensor like = m_now->expected(0); like.defined() && !m_nothing.defined()) m_nothing = at::zeros_like(like);
    if (one.drawn < m_before) return;
    const auto turn = static_cast<std::size_t>(m_turn);
    m_all.pictures[turn] = picture;
    m_expected[turn] = m_now->expected(0);
    m_states[turn] = m_now->state(0);
}

at::Tensor DrawingInTurn::expected(std::size_t index) const {
    if (!inTurn()) return m_now->expected(index);
    return m_expected[index].defined() ? m_expected[index] : m_nothing;
}

at::Tensor DrawingInTurn::state(std::size_t index) const { return inTurn() ? m_states[index] : m_now->state(index); }

}  // namespace tessera
