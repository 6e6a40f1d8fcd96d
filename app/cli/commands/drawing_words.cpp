// SPDX-License-Identifier: Apache-2.0
#include "drawing_words.h"

namespace tessera::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& each : words) text += (text.empty() ? "" : ", ") + each;
    return text;
}

const char* nameOf(DrawnBy by) { return by == DrawnBy::Flow ? "flow" : by == DrawnBy::Masks ? "masks" : "tokens"; }

}  // namespace

std::string drawingWords(const DrawingInfo& drawing) {
    std::string text = "pictures";
    if (!drawing.prompts) text += " of " + std::to_string(drawing.classCount) + " classes" + (drawing.classes.empty() ? ", by number" : ", by name or number");
    if (drawing.frames > 0) text += ", clips of " + std::to_string(drawing.frames) + " frames";
    if (drawing.by == DrawnBy::Tokens) return text;
    text += drawing.by == DrawnBy::Flow ? "; by a flow" : "; by masks";
    text += ", " + std::to_string(drawing.steps) + " steps";
    if (!drawing.samplers.empty()) text += ", samplers " + joined(drawing.samplers);
    if (!drawing.schedules.empty()) text += ", schedules " + joined(drawing.schedules);
    if (drawing.guided) text += ", guidance " + toText(Value(drawing.guidance)) + (drawing.weakModel ? ", also by its weaker model" : "");
    if (drawing.startsFromPictures) text += ", from pictures too";
    return text;
}

nlohmann::json drawingJson(const DrawingInfo& drawing) {
    return {{"by", nameOf(drawing.by)},         {"prompts", drawing.prompts},     {"classes", drawing.classCount},        {"class_names", drawing.classes},
            {"frames", drawing.frames},         {"guided", drawing.guided},       {"guidance", drawing.guidance},         {"weak_model", drawing.weakModel},
            {"steps", drawing.steps},           {"samplers", drawing.samplers},   {"schedules", drawing.schedules},       {"temperature", drawing.temperature},
            {"starts_from_pictures", drawing.startsFromPictures}};
}

}  // namespace tessera::cli
