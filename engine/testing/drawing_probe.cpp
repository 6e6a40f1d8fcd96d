// SPDX-License-Identifier: Apache-2.0
#include "testing/drawing_probe.h"

#include <c10/util/Exception.h>

#include "device/device_lane.h"
#include "local/drawing_in_turn.h"
#include "testing/no_context.h"

namespace tessera::probes {
namespace {

constexpr int kSteps = 4;

class Numbers final : public Drawing {
public:
    Numbers(const GenerateRequest& request, const ShortMemory& memory, int& failures) : m_memory(memory), m_failures(failures) {
        if (request.count > memory.together && memory.at < 0 && failures-- > 0) TORCH_CHECK_WITH(OutOfMemoryError, false, "out of memory");
        m_drawn = {.columns = kSteps, .positions = kSteps};
        m_drawn.rows = m_drawn.depths = 1;
        for (int i = 0; i < request.count; ++i) m_drawn.pictures.push_back({.seed = request.seed + static_cast<std::uint64_t>(i), .codes = std::vector<std::int32_t>(memory.flows ? 0 : kSteps, -1)});
    }
    bool step(DeviceLane&) override {
        if (std::ssize(m_drawn.pictures) > m_memory.together && m_drawn.drawn == m_memory.at && m_failures-- > 0) TORCH_CHECK_WITH(OutOfMemoryError, false, "out of memory");
        for (GeneratedPicture& each : m_drawn.pictures) {
            if (!m_memory.flows) each.codes[static_cast<std::size_t>(m_drawn.drawn)] = static_cast<std::int32_t>(each.seed) * 10 + m_drawn.drawn;
        }
        return ++m_drawn.drawn < kSteps;
    }
    const Generation& drawn() const override { return m_drawn; }
    at::Tensor expected(std::size_t index) const override { return m_memory.flows ? at::full({1}, static_cast<double>(m_drawn.pictures[index].seed)) : at::Tensor(); }

private:
    const ShortMemory& m_memory;
    int& m_failures;
    Generation m_drawn;
};

class NumbersModel final : public Generator {
public:
    explicit NumbersModel(const ShortMemory& memory) : m_memory(memory), m_failures(memory.failures) {}
    DrawingInfo info() const override { return {}; }
    std::unique_ptr<Drawing> begin(const GenerateRequest& request, const DrawingStart&, DeviceLane&) const override { return std::make_unique<Numbers>(request, m_memory, m_failures); }
    std::uint64_t bytesPerPosition(const DeviceLane&) const override { return 0; }
    std::uint64_t flopsPerPosition(bool) const override { return 0; }

private:
    const ShortMemory& m_memory;
    mutable int m_failures;
};

}  // namespace

Drawn drawWithShortMemory(const ShortMemory& memory) {
    NoContext context;
    DeviceLane lane(at::kCPU, Precision::Fp32, context);
    const NumbersModel model(memory);
    GenerateRequest request;
    request.count = memory.pictures;
    request.seed = 7;
    DrawingInTurn drawing(model, request, {});
    Drawn result;
    bool more = true;
    while (more) {
        more = drawing.step(lane);
        result.steps.push_back(drawing.drawn());
        std::vector<float>& expected = result.expected.emplace_back();
        for (std::size_t i = 0; i < static_cast<std::size_t>(memory.pictures); ++i) {
            if (const at::Tensor each = drawing.expected(i); each.defined()) expected.push_back(each.item<float>());
        }
    }
    result.notes = lane.notes();
    return result;
}

}  // namespace tessera::probes
