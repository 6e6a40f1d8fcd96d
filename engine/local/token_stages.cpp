// SPDX-License-Identifier: Apache-2.0
// Stages of a source that is a file of codes or latents: what it holds, in place of what an encoder and a search would give.
#include <ATen/ATen.h>

#include "core/error.h"
#include "device/device_lane.h"
#include "device/torch_bridge.h"
#include "lenses/derived_stage.h"
#include "local/local_planner.h"
#include "local/token_source.h"

namespace tessera {
namespace {

constexpr std::int64_t kVersion = 1;
const std::string kCodesAlone = "the file holds no latents: these are the vectors that its codes stand for";

StageValue filled(TensorStage stage, const char* name, const at::Tensor& tensor, DeviceLane& lane) {
    const at::Tensor held = tensor.to(lane.device());
    const std::size_t bytes = held.nbytes() + stage.origin.image.byteSize();
    stage.tensors = std::make_shared<const TensorsByName>(TensorsByName{{name, held}});
    return StageValue::make(std::move(stage), bytes);
}

}  // namespace

StagePlanPtr LocalPlanner::tokenFile(const CellRef& cell) const {
    const Hash128 key = Hasher().add("token file").add(kVersion).add(m_sources.content(cell.source).value_or(Hash128{})).finish();
    return derivedStage("source", key, {}, [&sources = m_sources, id = cell.source](auto, StageContext&) {
        const SourceRequest request = sources.request(id);
        TokenFile file = parseTokenFile(sources.bytes(id), request.path.empty() ? request.name : request.path);
        std::size_t bytes = 0;
        for (const auto& [name, tensor] : file.tensors) bytes += tensor.bytes.size();
        return StageValue::make(std::move(file), bytes);
    }, 1, Lane::Io);
}

StagePlanPtr LocalPlanner::tokenPicture(const CellRef& cell) const {
    const StagePlanPtr file = tokenFile(cell);
    return derivedStage("source", Hasher().add("picture of tokens").add(kVersion).add(file->key).finish(), {file}, [](std::span<const StageValue> values, StageContext&) {
        DecodedImage picture = pictureOf(values[0].as<TokenFile>());
        const std::size_t bytes = picture.image.byteSize();
        return StageValue::make(std::move(picture), bytes);
    }, 0.1, Lane::Io);
}

StagePlanPtr LocalPlanner::givenLatents(const CellRef& cell) const {
    const OpenModel open = m_models.get(cell.model);
    const StagePlanPtr file = tokenFile(cell);
    const Hash128 key = Hasher().add("given latents").add(kVersion).add(file->key).add(policyOf(open, Precision::Fp32)).finish();
    return derivedStage("latents", key, {file}, [open, device = m_device](std::span<const StageValue> values, StageContext& context) {
        const c10::InferenceMode inference;
        const TokenFile& given = values[0].as<TokenFile>();
        DeviceLane lane(device, Precision::Fp32, context);
        TensorStage stage = placeOf(given, open);
        if (const auto latents = tessera::givenLatents(given, open)) return filled(std::move(stage), "latents", *latents, lane);
        const Quantizer* quantizer = open.model->capabilities().quantize;
        const auto codes = tessera::givenCodes(given, open);
        if (!quantizer || !codes) throw Failure(needsCodes(given, open));
        stage.notes.push_back({Note::Kind::Information, kCodesAlone});
        return filled(std::move(stage), "latents", quantizer->embed(codes->to(lane.device()), 0, quantizer->layout().depths(), lane), lane);
    }, 0.1);
}

StagePlanPtr LocalPlanner::givenCodes(const CellRef& cell) const {
    const OpenModel open = m_models.get(cell.model);
    const StagePlanPtr file = tokenFile(cell);
    const Hash128 key = Hasher().add("given codes").add(kVersion).add(file->key).add(policyOf(open, Precision::Fp32)).finish();
    return derivedStage("codes", key, {file}, [open, device = m_device](std::span<const StageValue> values, StageContext& context) {
        const c10::InferenceMode inference;
        const TokenFile& given = values[0].as<TokenFile>();
        DeviceLane lane(device, Precision::Fp32, context);
        TensorStage stage = placeOf(given, open);
        if (const auto codes = tessera::givenCodes(given, open)) return filled(std::move(stage), "codes", *codes, lane);
        const auto latents = tessera::givenLatents(given, open);
        TESSERA_ASSERT(latents.has_value());  // a file holds one or the other
        return filled(std::move(stage), "codes", open.model->capabilities().quantize->quantize(latents->to(lane.device()), lane), lane);
    }, 0.1);
}

StagePlanPtr LocalPlanner::inputIfAny(const CellRef& cell, const ParameterSet& parameters) {
    return m_sources.holdsTokens(cell.source) ? nullptr : input(cell, parameters);
}

}  // namespace tessera
