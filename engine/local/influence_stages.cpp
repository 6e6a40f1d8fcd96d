// SPDX-License-Identifier: Apache-2.0
// Which words of a prompt a drawn picture owes its codes to.
#include <algorithm>
#include <limits>

#include <ATen/ops/sub.h>

#include "core/error.h"
#include "device/device_lane.h"
#include "local/local_planner.h"
#include "local/part_context.h"
#include "text/unicode_text.h"

namespace tessera {
namespace {

constexpr std::int64_t kInfluenceVersion = 1;

std::vector<std::string> wordsOf(std::string_view prompt) {
    std::vector<std::string> words;
    constexpr std::string_view kSpaces = " \t\r\n";
    for (std::size_t begin = prompt.find_first_not_of(kSpaces); begin != std::string_view::npos;) {
        const std::size_t end = std::min(prompt.find_first_of(kSpaces, begin), prompt.size());
        words.emplace_back(prompt.substr(begin, end - begin));
        begin = prompt.find_first_not_of(kSpaces, end);
    }
    return words;
}

std::string joined(const std::vector<std::string>& words, std::size_t without) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i == without) continue;
        if (!text.empty()) text += ' ';
        text += words[i];
    }
    return text;
}

/// The whole prompt first, then word by word without it.
class InfluenceStepper final : public StageStepper {
public:
    InfluenceStepper(OpenModel open, at::Device device, WordInfluenceRequest request) : m_open(std::move(open)), m_device(device), m_request(std::move(request)) {
        m_told.words = wordsOf(m_request.prompt);
    }

    std::optional<StageValue> step(StageContext& context) override {
        const auto parts = static_cast<double>(m_told.words.size() + 1);
        PartContext part(context, static_cast<double>(m_next) / parts, static_cast<double>(m_next + 1) / parts);
        DeviceLane lane(m_device, m_open.precision, part);
        const Generator& generator = *m_open.model->capabilities().generate;
        if (m_next == 0) {
            // With its words apart as they are without one: spaces are no word's doing.
            m_whole = generator.logProbability(m_request, joined(m_told.words, m_told.words.size()), lane).cpu().contiguous();
            m_told.frames = static_cast<int>(m_whole.size(0));
            m_told.rows = static_cast<int>(m_whole.size(1));
            m_told.columns = static_cast<int>(m_whole.size(2));
            m_told.gain.assign(m_told.words.size() * static_cast<std::size_t>(m_whole.numel()), std::numeric_limits<float>::quiet_NaN());
        } else {
            const at::Tensor gain = m_whole - generator.logProbability(m_request, joined(m_told.words, m_next - 1), lane).cpu();
            const auto count = static_cast<std::size_t>(gain.numel());
            std::copy_n(gain.contiguous().const_data_ptr<float>(), count, m_told.gain.begin() + static_cast<std::ptrdiff_t>((m_next - 1) * count));
        }
        m_told.finished = m_next++ == m_told.words.size();
        StageValue value = StageValue::make(m_told, m_told.gain.size() * sizeof(float) + 256);
        if (m_told.finished) return value;
        context.partial(std::move(value));
        return std::nullopt;
    }

private:
    OpenModel m_open;
    at::Device m_device;
    WordInfluenceRequest m_request;
    WordInfluence m_told;
    at::Tensor m_whole;
    std::size_t m_next = 0;  ///< 0: the whole prompt
};

}  // namespace

StagePlanPtr LocalPlanner::wordInfluence(const WordInfluenceRequest& request) {
    const OpenModel open = m_models.get(request.model);
    const Generator* generator = open.model->capabilities().generate;
    if (!generator || open.info.drawing.by != DrawnBy::Tokens) {
        throw Failure(ErrorCode::Unsupported, "this model does not draw token after token from words", open.info.name, "choose a model that does: a whole VILA-U");
    }
    text::checkUtf8(request.prompt, "influence");
    if (wordsOf(request.prompt).empty()) throw Failure(ErrorCode::Invalid, "the prompt is empty", "influence", "say what was drawn");
    Hasher key;
    key.add(std::string_view("influence")).add(kInfluenceVersion).add(policyOf(open, open.precision)).add(std::string_view(request.prompt)).add(std::int64_t(request.video));
    key.add(std::as_bytes(std::span(request.codes)));
    auto stage = std::make_shared<StagePlan>();
    stage->key = key.finish();
    stage->name = "influence";
    stage->weight = 5;
    stage->start = [open, device = m_device, request](std::span<const StageValue>) { return std::make_unique<InfluenceStepper>(open, device, request); };
    return stage;
}

}  // namespace tessera
