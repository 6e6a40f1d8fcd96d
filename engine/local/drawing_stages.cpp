// SPDX-License-Identifier: Apache-2.0
// Pictures that are drawn from words, classes and noise.
#include "core/error.h"
#include "local/drawing_request.h"
#include "local/drawing_stepper.h"
#include "local/local_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kDrawingVersion = 2;

/// How a picture becomes one that a flow can set out from: of the size that it draws, where the model takes any.
ParameterSet startParameters(const OpenModel& open) {
    ParameterSet parameters = completed({}, preprocessingParameters(), &open.info);
    if (const int grid = open.model->capabilities().generate->startGrid(); grid > 0) parameters["size"] = std::int64_t(grid) * open.info.downsample;
    return parameters;
}

}  // namespace

StagePlanPtr LocalPlanner::drawing(const GenerateRequest& asked, std::size_t keptBytes) {
    const OpenModel open = m_models.get(asked.model);
    if (!open.model->capabilities().generate) throw Failure(ErrorCode::Unsupported, "this model draws no pictures", open.info.name, "choose a model that can: tessera-mini, a whole VILA-U, an RAE with its transformer");
    checkDrawing(asked, open);
    GenerateRequest request = asked;
    request.keptSteps = keptStepsOf(asked, open.info, keptBytes);
    std::vector<Note> notes;
    if (request.keptSteps < asked.keptSteps) notes.push_back({Note::Kind::Warning, std::to_string(request.keptSteps) + " steps are kept in place of " + std::to_string(asked.keptSteps) + ": the engine's cache holds no more of their pictures"});
    auto stage = std::make_shared<StagePlan>();
    Hasher key;
    key.add(std::string_view("drawing")).add(kDrawingVersion).add(policyOf(open, open.precision));
    addDrawing(key, request);
    if (request.start != SourceId{}) {
        stage->parents.push_back(latents({.source = request.start, .model = request.model}, startParameters(open)));
        key.add(stage->parents.front()->key);
    }
    stage->key = key.finish();
    stage->name = "drawing";
    stage->weight = 10;
    stage->start = [open, device = m_device, request, notes](std::span<const StageValue> values) {
        return std::make_unique<DrawingStepper>(open, device, request, values.empty() ? DrawingStart{} : DrawingStart{values[0].as<TensorStage>().tensors}, notes);
    };
    return stage;
}

}  // namespace tessera
