// SPDX-License-Identifier: Apache-2.0
#include "lenses/noise.h"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include "core/split_mix.h"
#include "lenses/derived_stage.h"
#include "local/stage_values.h"

namespace tessera {
namespace {

constexpr std::int64_t kVersion = 1;

/// Standard normal float32 from the CPU generator, whatever the device is, so that a seed means the same noise everywhere.
at::Tensor seededNormal(at::IntArrayRef shape, std::uint64_t seed) {
    at::Generator generator = at::detail::createCPUGenerator(seed);
    return at::randn(shape, generator, at::TensorOptions().dtype(at::kFloat));
}

/// TensorStage "latents": mean + strength * noise(seed), in units of the unscaled latents or of each token's root mean square; "snr_db".
StageValue perturbed(const TensorStage& from, const Noise& by) {
    TensorStage stage = from;
    const at::Tensor mean = stage.tensors->at("latents");  // [1,C,h,w]
    at::Tensor noise = seededNormal(mean.sizes(), static_cast<std::uint64_t>(by.seed)).to(mean.device());
    if (by.relative) noise = noise * mean.square().mean(1, true).sqrt();
    TensorsByName tensors{{"latents", mean + by.strength * noise}};
    const double signal = mean.square().mean().item<double>(), disturbance = by.strength * by.strength * noise.square().mean().item<double>();
    tensors["snr_db"] = at::scalar_tensor(disturbance > 0 ? 10 * std::log10(signal / disturbance) : std::numeric_limits<double>::infinity(), at::kDouble);
    const std::size_t bytes = tensors["latents"].nbytes();
    stage.tensors = std::make_shared<const TensorsByName>(std::move(tensors));
    return StageValue::make(std::move(stage), bytes);
}

}  // namespace

Noise noiseOf(const ParameterSet& parameters) {
    const auto text = [&](const char* name) { return std::get<std::string>(parameters.at(name)); };
    Noise noise{.strength = std::get<double>(parameters.at("strength")), .seed = std::get<std::int64_t>(parameters.at("seed"))};
    noise.relative = text("scale") == "token_rms";
    noise.drawn = text("draw") == "as_trained";
    if (noise.drawn) noise.strength = std::get<double>(parameters.at("tau")) * splitMixUniform(static_cast<std::uint64_t>(noise.seed));
    return noise;
}

StagePlanPtr noisyLatents(const StagePlanPtr& latents, const Noise& noise) {
    Hasher key;
    key.add("perturbed").add(kVersion).add(latents->key).add(Value(noise.strength)).add(noise.seed);
    if (noise.relative) key.add("token_rms");
    return derivedStage("perturbed", key.finish(), {latents}, [noise](std::span<const StageValue> values, StageContext&) { return perturbed(values[0].as<TensorStage>(), noise); }, 0.1);
}

}  // namespace tessera
