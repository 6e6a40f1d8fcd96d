// SPDX-License-Identifier: Apache-2.0
#include <tessera/source_words.h>

#include <algorithm>
#include <array>

namespace tessera {
namespace {

constexpr std::array<std::string_view, 3> kCourses{"constant", "linear", "cosine"};  // in the order of GuidanceCourse

std::string textOf(const ParameterSet& parameters, const char* name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : toText(found->second);
}

}  // namespace

std::string_view courseName(GuidanceCourse course) { return kCourses[static_cast<std::size_t>(course)]; }

std::optional<GuidanceCourse> courseNamed(std::string_view name) {
    const auto found = std::ranges::find(kCourses, name);
    return found == kCourses.end() ? std::nullopt : std::optional(static_cast<GuidanceCourse>(found - kCourses.begin()));
}

bool holdsTokens(const SourceInfo& source) {
    return source.format.starts_with("codes, ") || source.format.starts_with("latents, ");
}

std::string sizeWords(const SourceInfo& source) {
    const std::string sides = std::to_string(source.width) + " × " + std::to_string(source.height);
    if (!holdsTokens(source)) return sides + " px";
    return sides + " × " + std::to_string(source.channels) + ' ' + source.format.substr(0, source.format.find(','));
}

FileWords tokenWords(const ModelInfo& model, const std::string& images, const ParameterSet& preprocessing, const std::string& software) {
    return {{"model", model.name}, {"fingerprint", model.fingerprint}, {"precision", model.encodePrecision}, {"images", images},
            {"crop", textOf(preprocessing, "crop")}, {"size", textOf(preprocessing, "size")}, {"software", software}};
}

std::string askedOrOwn(const std::string& asked, const std::vector<std::string>& offered) { return asked.empty() && !offered.empty() ? offered.front() : asked; }

FileWords generationWords(const ModelInfo& model, const GenerateRequest& request, std::uint64_t seed, const std::string& software) {
    // "model" and "fingerprint" as in every file of tokens.
    FileWords words{{"Software", software},
            {"Model", model.name},
            {"model", model.name},
            {"fingerprint", model.fingerprint},
            {"precision", model.precision},
            {"Prompt", request.prompt},
            {"Seed", std::to_string(seed)},
            {"Guidance", toText(Value(request.guidance))},
            {"Guidance course", std::string(courseName(request.guidanceCourse))},
            {"Temperature", toText(Value(request.temperature))},
            {"Top-k", std::to_string(request.topK)},
            {"Top-p", toText(Value(request.topP))},
            {"Kind", request.video ? "clip" : "picture"},
            {"Kept codes", request.given.empty() ? "none" : "some"}};
    const DrawingInfo& drawing = model.drawing;
    const auto number = [](double value) { return toText(Value(value)); };
    if (drawing.by != DrawnBy::Tokens) words.insert({"Steps", std::to_string(request.steps > 0 ? request.steps : drawing.steps)});
    if (drawing.by == DrawnBy::Masks) words.insert({"Schedule", askedOrOwn(request.schedule, drawing.schedules)});
    if (drawing.by != DrawnBy::Flow) return words;
    words.insert({"Sampler", askedOrOwn(request.sampler, drawing.samplers)});
    words.insert({"Guidance times", number(request.guidanceFrom) + " to " + number(request.guidanceTo)});
    words.insert({"Guided by", request.weakGuide ? "the weaker model" : "no prompt"});
    words.insert({"Start", request.start == SourceId{} ? "noise" : "a picture at time " + number(request.startTime) + (request.drawnAnew.empty() ? "" : ", some tokens drawn anew")});
    if (request.towards > 0) words.insert({"Towards", number(request.towards) + " of the way to seed " + std::to_string(request.towardsSeed)});
    return words;
}

}  // namespace tessera
