// SPDX-License-Identifier: Apache-2.0
#include <tessera/source_words.h>

namespace tessera {
namespace {

std::string textOf(const ParameterSet& parameters, const char* name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : toText(found->second);
}

}  // namespace

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

FileWords generationWords(const ModelInfo& model, const GenerateRequest& request, std::uint64_t seed, const std::string& software) {
    // "model" and "fingerprint" as in every file of tokens.
    return {{"Software", software},
            {"Model", model.name},
            {"model", model.name},
            {"fingerprint", model.fingerprint},
            {"precision", model.precision},
            {"Prompt", request.prompt},
            {"Seed", std::to_string(seed)},
            {"Guidance", toText(Value(request.guidance))},
            {"Temperature", toText(Value(request.temperature))},
            {"Top-k", std::to_string(request.topK)},
            {"Top-p", toText(Value(request.topP))},
            {"Kind", request.video ? "clip" : "picture"},
            {"Kept codes", request.given.empty() ? "none" : "some"}};
}

}  // namespace tessera
