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

}  // namespace tessera
