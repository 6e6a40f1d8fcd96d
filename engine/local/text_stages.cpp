// SPDX-License-Identifier: Apache-2.0
// Stages in which pictures meet words.
#include <algorithm>
#include <chrono>

#include "core/error.h"
#include "device/device_lane.h"
#include "lenses/derived_stage.h"
#include "local/finite_guard.h"
#include "local/local_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kTextVersion = 1, kPictureVersion = 1, kDenseVersion = 1, kWordsVersion = 1;

const TextTower& towerOf(const OpenModel& open) {
    if (const TextTower* tower = open.model->capabilities().text) return *tower;
    throw Failure(ErrorCode::Unsupported, "this model has no text tower", open.info.name, "choose a model that compares pictures with texts: tessera-mini, clip, siglip, openvision, openvision3, unitok or vila_u");
}

/// A stage of what `compute` gives in that precision, or in fp32 where that is not finite.
StageValue computed(const std::string& name, Precision precision, at::Device device, TensorStage stage, StageContext& context, const std::function<TensorsByName(DeviceLane&)>& compute) {
    Precision used = precision;
    TensorsByName tensors = guarded(DeviceLane(device, precision, context), name, used, stage.notes, compute);
    std::size_t bytes = 0;
    for (const auto& [each, tensor] : tensors) bytes += tensor.nbytes();
    stage.tensors = std::make_shared<const TensorsByName>(std::move(tensors));
    stage.precision = nameOf(used);
    return StageValue::make(std::move(stage), bytes);
}

/// A picture in words. What it says next is drawn from the lane in which it was begun.
class DescriptionStepper final : public StageStepper {
public:
    DescriptionStepper(OpenModel open, at::Device device, DescribeRequest request, std::span<const StageValue> parents)
        : m_open(std::move(open)), m_device(device), m_request(std::move(request)), m_encoded(together(parents)) {}

    std::optional<StageValue> step(StageContext& context) override {
        DeviceLane lane(m_device, m_open.precision, context);
        const auto begin = std::chrono::steady_clock::now();
        if (!m_telling) m_telling = m_open.model->capabilities().describe->begin(*m_encoded, m_request, lane);
        const bool more = m_telling->step(lane);
        m_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        Description said = m_telling->said();
        said.seconds = m_seconds;
        const std::size_t bytes = said.text.size() + 64;
        if (!more) return StageValue::make(std::move(said), bytes);
        context.report(static_cast<double>(said.tokens) / m_request.maxTokens, "describing, token " + std::to_string(said.tokens));
        context.partial(StageValue::make(std::move(said), bytes));
        return std::nullopt;
    }

private:
    /// What was encoded of several pictures, one below the other.
    static std::shared_ptr<const TensorsByName> together(std::span<const StageValue> parents) {
        const auto& first = parents.front().as<TensorStage>().tensors;
        if (parents.size() == 1) return first;
        const c10::InferenceMode inference;
        TensorsByName all;
        for (const auto& [name, tensor] : *first) {
            std::vector<at::Tensor> parts;
            for (const StageValue& parent : parents) {
                const auto& tensors = *parent.as<TensorStage>().tensors;
                if (const auto found = tensors.find(name); found != tensors.end() && found->second.sizes() == tensor.sizes()) parts.push_back(found->second);
            }
            if (parts.size() == parents.size()) all[name] = at::cat(parts);
        }
        return std::make_shared<const TensorsByName>(std::move(all));
    }

    OpenModel m_open;
    at::Device m_device;
    DescribeRequest m_request;
    std::shared_ptr<const TensorsByName> m_encoded;
    std::unique_ptr<Telling> m_telling;
    double m_seconds = 0;
};

}  // namespace

StagePlanPtr LocalPlanner::texts(const CellRef& cell, const std::vector<std::string>& texts, std::size_t together) {
    TESSERA_ASSERT(together > 0 && !texts.empty());
    const OpenModel open = m_models.get(cell.model);
    const TextTower& tower = towerOf(open);
    std::vector<StagePlanPtr> parts;
    Hasher all;
    all.add(std::string_view("texts")).add(kTextVersion);
    for (std::size_t begin = 0; begin < texts.size(); begin += together) {
        const std::vector<std::string> part(texts.begin() + static_cast<std::ptrdiff_t>(begin), texts.begin() + static_cast<std::ptrdiff_t>(std::min(begin + together, texts.size())));
        Hasher key;
        key.add(std::string_view("text")).add(kTextVersion).add(policyOf(open, open.encodePrecision));
        for (const std::string& text : part) key.add(std::string_view(text));
        parts.push_back(derivedStage("text", key.finish(), {}, [=, &tower, device = m_device](std::span<const StageValue>, StageContext& context) {
            const at::Tensor ids = tower.ids(part);
            return computed("text tower", open.encodePrecision, device, {}, context, [&](DeviceLane& lane) { return TensorsByName{{"text", tower.embedText(ids, lane)}}; });
        }));
        all.add(parts.back()->key);
    }
    if (parts.size() == 1) return parts.front();
    const Hash128 key = all.finish();
    return derivedStage("texts", key, std::move(parts), [](std::span<const StageValue> values, StageContext&) {
        std::vector<at::Tensor> vectors;
        for (const StageValue& value : values) vectors.push_back(value.as<TensorStage>().tensors->at("text"));
        TensorStage stage = values.front().as<TensorStage>();
        const at::Tensor joined = at::cat(vectors);
        stage.tensors = std::make_shared<const TensorsByName>(TensorsByName{{"text", joined}});
        return StageValue::make(std::move(stage), joined.nbytes());
    });
}

StagePlanPtr LocalPlanner::pictureVector(const CellRef& cell, StagePlanPtr latents) {
    const OpenModel open = m_models.get(cell.model);
    const TextTower& tower = towerOf(open);
    const Hash128 key = Hasher().add(std::string_view("picture vector")).add(kPictureVersion).add(latents->key).add(policyOf(open, open.encodePrecision)).finish();
    return derivedStage("picture vector", key, {latents}, [=, &tower, device = m_device](std::span<const StageValue> values, StageContext& context) {
        const TensorStage& stage = values[0].as<TensorStage>();
        return computed("image tower", open.encodePrecision, device, stage, context, [&](DeviceLane& lane) {
            const TextTower::Logits logits = tower.logits(lane);
            return TensorsByName{{"picture", tower.embedImage(*stage.tensors, lane)},
                                 {"scale", at::scalar_tensor(logits.scale, at::kDouble)},
                                 {"bias", at::scalar_tensor(logits.bias, at::kDouble)},
                                 {"independent", at::scalar_tensor(logits.independent ? 1.0 : 0.0, at::kDouble)}};
        });
    });
}

StagePlanPtr LocalPlanner::denseVectors(const CellRef& cell, StagePlanPtr latents, const std::string& method) {
    const OpenModel open = m_models.get(cell.model);
    const TextTower& tower = towerOf(open);
    const std::vector<std::string> methods = tower.denseMethods();
    if (!method.empty() && std::ranges::find(methods, method) == methods.end()) {
        std::string known;
        for (const std::string& each : methods) known += (known.empty() ? "" : ", ") + each;
        throw Failure(ErrorCode::Invalid, "this model's tokens cannot be compared with texts by " + method, open.info.name, "use one of: " + known);
    }
    const std::string by = method.empty() ? methods.front() : method;
    const Hash128 key = Hasher().add(std::string_view("dense vectors")).add(kDenseVersion).add(latents->key).add(by).add(policyOf(open, open.encodePrecision)).finish();
    return derivedStage("dense vectors", key, {latents}, [=, &tower, device = m_device](std::span<const StageValue> values, StageContext& context) {
        TensorStage stage = values[0].as<TensorStage>();
        stage.notes.push_back({Note::Kind::Information, "tokens compared with words by " + by});
        return computed("image tower", open.encodePrecision, device, stage, context, [&](DeviceLane& lane) { return TensorsByName{{"dense", tower.dense(*stage.tensors, by, lane)}}; });
    });
}

StagePlanPtr LocalPlanner::description(const DescribeRequest& request) {
    const OpenModel open = m_models.get(request.cell.model);
    const Describer* describer = open.model->capabilities().describe;
    if (!describer) throw Failure(ErrorCode::Unsupported, "this model does not put pictures into words", open.info.name, "choose a model that can: llava, a whole vila_u, or an openvision3 with a text decoder");
    const auto refuse = [](const char* what, const char* advice) { throw Failure(ErrorCode::Invalid, what, "describe", advice); };
    if (request.maxTokens < 1 || request.maxTokens > 4096) refuse("the number of tokens is out of range", "use 1 to 4096");
    if (!(request.temperature >= 0) || request.temperature > 100) refuse("the temperature is out of range", "use 0 to 100");
    if (!(request.topP > 0) || request.topP > 1) refuse("top-p is out of range", "use a share above 0, up to 1");
    if (!request.question.empty() && !describer->takesQuestions()) throw Failure(ErrorCode::Unsupported, "this model gives captions and answers no questions", open.info.name, "leave the question out");
    const int most = describer->picturesTogether(), asked = static_cast<int>(request.others.size()) + 1;
    if (asked > most) {
        throw Failure(ErrorCode::Unsupported, most == 1 ? "this model is asked about one picture at a time" : "this model is asked about at most " + std::to_string(most) + " pictures together", open.info.name,
                      most == 1 ? "ask about each by itself" : "leave some out");
    }
    std::vector<StagePlanPtr> encoded{latents(request.cell, request.parameters)};
    for (const CellRef& other : request.others) encoded.push_back(latents({.source = other.source, .model = request.cell.model, .edit = other.edit, .frame = other.frame}, request.parameters));
    Hasher key;
    key.add(std::string_view("description")).add(kWordsVersion);
    for (const StagePlanPtr& each : encoded) key.add(each->key);
    key.add(policyOf(open, open.precision)).add(std::string_view(request.question));
    key.add(std::int64_t(request.maxTokens)).add(Value(request.temperature)).add(Value(request.topP)).add(static_cast<std::int64_t>(request.seed));
    auto stage = std::make_shared<StagePlan>();
    stage->key = key.finish();
    stage->name = "description";
    stage->weight = 10;
    stage->parents = std::move(encoded);
    stage->start = [open, device = m_device, request](std::span<const StageValue> values) { return std::make_unique<DescriptionStepper>(open, device, request, values); };
    return stage;
}

}  // namespace tessera
