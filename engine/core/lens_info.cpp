// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <tessera/engine.h>

namespace tessera {

std::optional<std::int64_t> countOf(const ModelInfo& model, std::string_view name) {
    if (name == "latent_channels" && model.latentChannels > 0) return model.latentChannels;
    if (name == "depths" && model.codes.depths() > 0) return model.codes.depths();
    return std::nullopt;
}

ParameterSpec boundedFor(const ParameterSpec& spec, const ModelInfo& model) {
    const auto count = countOf(model, spec.countedBy);
    if (!count || !std::holds_alternative<std::int64_t>(spec.initial)) return spec;
    ParameterSpec bounded = spec;
    const std::int64_t low = spec.countedFrom, high = low + *count - 1;
    bounded.low = low;
    bounded.high = high;
    bounded.initial = std::clamp<std::int64_t>(std::get<std::int64_t>(spec.initial), low, high);
    return bounded;
}

std::optional<Error> wrongOthers(std::string_view lens, Others others, std::size_t count) {
    const std::string where = "lens " + std::string(lens);
    if (others == Others::None && count > 0) return Error{ErrorCode::Invalid, "this lens draws from its own cell alone", where, "name no other cell"};
    if (others == Others::Reference && count > 1) {
        return Error{ErrorCode::Invalid, "this lens compares with one other cell, not with " + std::to_string(count), where, "name one other cell, or none"};
    }
    if (others == Others::Required && count != 1) {
        const std::string given = count == 0 ? "none is named" : std::to_string(count) + " are named";
        return Error{ErrorCode::Invalid, "this lens needs one other cell, and " + given, where, "name exactly one other picture or model"};
    }
    return std::nullopt;
}

}  // namespace tessera
