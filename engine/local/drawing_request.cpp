// SPDX-License-Identifier: Apache-2.0
#include "local/drawing_request.h"

#include <algorithm>
#include <span>

#include "core/error.h"
#include "families/kept_steps.h"
#include "families/mask_schedule.h"
#include "text/unicode_text.h"

namespace tessera {
namespace {

constexpr int kMostPictures = 64, kMostSteps = 1000, kMostKept = 64;

[[noreturn]] void refuse(const std::string& what, const std::string& advice) { throw Failure(ErrorCode::Invalid, what, "generate", advice); }

std::string joined(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& each : names) all += (all.empty() ? "" : ", ") + each;
    return all;
}

void checkTokens(const GenerateRequest& request) {
    if (!(request.temperature >= 0) || request.temperature > 100) refuse("the temperature is out of range", "use 0 to 100");
    if (request.topK < 0) refuse("top-k is out of range", "use a number of codes, or 0 for all");
    if (!(request.topP > 0) || request.topP > 1) refuse("top-p is out of range", "use a share above 0, up to 1");
}

void checkSteps(const GenerateRequest& request) {
    if (request.steps < 0 || request.steps > kMostSteps) refuse("the number of steps is out of range", "use 1 to 1000, or 0 for the model's own");
    if (request.keptSteps < 0 || request.keptSteps > kMostKept) refuse("the number of steps to keep is out of range", "use 0 to 64");
}

void checkFlow(const GenerateRequest& request, const DrawingInfo& info) {
    if (!request.sampler.empty() && std::ranges::find(info.samplers, request.sampler) == info.samplers.end()) {
        refuse("there is no sampler \"" + request.sampler + "\"", "use one of: " + joined(info.samplers));
    }
    if (!(request.guidanceFrom >= 0 && request.guidanceTo <= 1 && request.guidanceFrom <= request.guidanceTo)) refuse("the times between which guidance is followed are out of range", "use 0 to 1, the lower one first");
    if (!(request.startTime >= 0 && request.startTime <= 1)) refuse("the time to start at is out of range", "use 0, the picture, to 1, all noise");
    if (!(request.towards >= 0 && request.towards <= 1)) refuse("the way between two noises is out of range", "use 0 to 1");
    const bool starts = request.start != SourceId{};
    if (!starts && request.startTime != 1) refuse("a time to start at needs a picture to set out from", "give one, or start at 1");
    if (!starts && !request.drawnAnew.empty()) refuse("only some tokens are to be drawn, and there is no picture for the others", "give a picture to set out from");
    if (request.weakGuide && !info.weakModel) refuse("no weaker model lies beside this one", "guide by following no prompt instead");
}

void checkSchedule(const GenerateRequest& request, const DrawingInfo& info) {
    if (request.schedule.empty() || MaskSchedule::named(request.schedule)) return;
    refuse("there is no schedule \"" + request.schedule + "\"", "use one of: " + joined(info.schedules) + ", or another power such as pow1.5");
}

/// What only flows follow.
bool asksFlow(const GenerateRequest& request) {
    const GenerateRequest plain;
    return request.start != plain.start || request.startTime != plain.startTime || !request.drawnAnew.empty() || !request.sampler.empty() || request.guidanceFrom != plain.guidanceFrom ||
           request.guidanceTo != plain.guidanceTo || request.weakGuide || request.towards != plain.towards;
}

}  // namespace

void checkDrawing(const GenerateRequest& request, const OpenModel& open) {
    const DrawingInfo& info = open.info.drawing;
    const auto unsupported = [&](const char* what, const char* advice) { throw Failure(ErrorCode::Unsupported, what, open.info.name, advice); };
    text::checkUtf8(request.prompt, "generate");
    if (text::stripped(request.prompt).empty()) refuse("the prompt is empty", info.prompts ? "say what is to be drawn" : "name a class");
    if (request.count < 1 || request.count > kMostPictures) refuse("the number of pictures is out of range", "use 1 to 64");
    if (!(request.guidance >= 0) || request.guidance > 100) refuse("the guidance is out of range", "use 0 to 100; 1 guides nothing");
    if (!(request.previewSeconds >= 0)) refuse("the time between previews is out of range", "use a number of seconds, or 0 for none");
    checkTokens(request);
    checkSteps(request);
    if (request.video && info.frames == 0) unsupported("this model draws pictures and no clips", "ask for a picture");
    if (info.by == DrawnBy::Tokens && (request.steps > 0 || request.keptSteps > 0)) unsupported("this model draws token after token and knows no steps", "leave the steps out");
    if (info.by != DrawnBy::Masks && !request.schedule.empty()) unsupported("only models that draw by masks have a schedule", "leave it out, or choose a model that draws by masks");
    checkSchedule(request, info);
    if (info.by == DrawnBy::Flow) {
        checkFlow(request, info);
        if (!request.given.empty()) unsupported("this model draws continuous tokens, and codes were given", "give a picture to set out from");
    } else if (asksFlow(request)) {
        unsupported("only flows set out from pictures, have samplers and ways between noises", "leave these out, or choose a model that draws by a flow");
    }
}

int keptStepsOf(const GenerateRequest& request, const ModelInfo& model, std::size_t bytes) {
    const double side = model.inputSide, each = 2 * side * side * 3 * sizeof(float);  // a step of a picture: what it is and what it is expected to become
    return keptStepsWithin(request.keptSteps, request.count * each, static_cast<double>(bytes));
}

void addDrawing(Hasher& key, const GenerateRequest& request) {
    key.add(std::string_view(request.prompt)).add(std::int64_t(request.video)).add(std::int64_t(request.count));
    key.add(static_cast<std::int64_t>(request.seed)).add(Value(request.guidance)).add(Value(request.temperature)).add(std::int64_t(request.topK)).add(Value(request.topP));
    key.add(std::int64_t(static_cast<std::int64_t>(request.given.size()))).add(std::as_bytes(std::span(request.given))).add(static_cast<std::int64_t>(request.guidanceCourse));
    key.add(std::int64_t(request.steps)).add(std::int64_t(request.keptSteps)).add(std::string_view(request.sampler)).add(Value(request.guidanceFrom)).add(Value(request.guidanceTo));
    key.add(std::int64_t(request.weakGuide)).add(Value(request.startTime)).add(std::as_bytes(std::span(request.drawnAnew)));
    key.add(static_cast<std::int64_t>(request.towardsSeed)).add(Value(request.towards)).add(std::string_view(request.schedule));
}

}  // namespace tessera
