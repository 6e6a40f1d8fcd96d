// SPDX-License-Identifier: Apache-2.0
#include "local/parity.h"

#include <set>

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/device_lane.h"
#include "device/torch_bridge.h"

namespace tessera {
namespace {

const at::Tensor* find(const TensorsByName& tensors, std::string_view name) {
    const auto it = tensors.find(name);
    return it == tensors.end() ? nullptr : &it->second;
}

/// [B] to [B,1,1,...] of the rank of `like`.
at::Tensor perSample(const at::Tensor& strength, const at::Tensor& like) {
    std::vector<std::int64_t> shape(like.dim(), 1);
    shape[0] = strength.numel();
    return strength.reshape(shape);
}

/// Noise of the latents' shape [B,C,h,w]; noise [B,hw,C] is of the same numbers, token after token.
at::Tensor noiseFor(const at::Tensor& noise, const at::Tensor& latents) {
    if (noise.sizes() == latents.sizes()) return noise;
    if (noise.dim() == 3 && noise.size(0) == latents.size(0) && noise.size(1) == latents.size(2) * latents.size(3) && noise.size(2) == latents.size(1)) {
        return noise.transpose(1, 2).unflatten(2, {latents.size(2), latents.size(3)});
    }
    throw Failure(ErrorCode::Mismatch, "in.noise has shape " + c10::str(noise.sizes()) + " but the latents have " + c10::str(latents.sizes()), "in.noise",
                  "give noise of the latents' shape");
}

/// Decodes the latents, and what noise makes of them.
void runLatents(const Decoder& decoder, const TensorsByName& in, DeviceLane& lane, TensorsByName& out) {
    const at::Tensor clean = out.at("out.latents");
    out["out.reconstruction"] = decoder.decode(clean, lane);
    const at::Tensor *given = find(in, "in.noise"), *strength = find(in, "in.noise_strength"), *strengths = find(in, "in.strengths");
    if (!given) return;
    const at::Tensor noise = noiseFor(*given, clean);
    if (strength) out["out.reconstruction.noisy"] = decoder.decode(clean + perSample(*strength, clean) * noise, lane);
    for (std::int64_t i = 0; strengths && i < strengths->numel(); ++i) {
        out["out.reconstruction.strength." + std::to_string(i)] = decoder.decode(clean + (*strengths)[i] * noise, lane);
    }
}

/// Searches the latents' codes and decodes them: all, the first ones, each depth alone, under noise; and the codes that were given.
void runCodes(const Quantizer& quantizer, const Decoder& decoder, const TensorsByName& in, DeviceLane& lane, TensorsByName& out) {
    const int depths = quantizer.layout().depths();
    if (const at::Tensor* given = find(in, "in.codes")) out["out.reconstruction.codes"] = decoder.decode(quantizer.embed(*given, 0, depths, lane), lane);
    const at::Tensor* latents = find(out, "out.latents");
    if (!latents) return;
    const at::Tensor clean = *latents, codes = quantizer.quantize(clean, lane);
    out["out.codes"] = codes;
    for (int depth = 0; depth < depths; ++depth) {
        const std::string number = std::to_string(depth);
        const at::Tensor quantized = out["out.quantized." + number] = quantizer.embed(codes, 0, depth + 1, lane);
        out["out.reconstruction.depth" + number] = decoder.decode(quantized, lane);
        out["out.reconstruction.select" + number] = decoder.decode(quantizer.embed(codes, depth, depth + 1, lane), lane);
    }
    out["out.quantized"] = out.at("out.quantized." + std::to_string(depths - 1));
    out["out.reconstruction"] = out.at("out.reconstruction.depth" + std::to_string(depths - 1));
    const at::Tensor *noise = find(in, "in.noise"), *strength = find(in, "in.noise_strength");
    if (!noise || !strength) return;
    const at::Tensor noisy = out["out.latents.noisy"] = clean + perSample(*strength, clean) * noiseFor(*noise, clean);
    const at::Tensor noisyCodes = out["out.codes.noisy"] = quantizer.quantize(noisy, lane);
    const at::Tensor quantized = out["out.quantized.noisy"] = quantizer.embed(noisyCodes, 0, depths, lane);
    out["out.reconstruction.noisy"] = decoder.decode(quantized, lane);
    out["out.code_flip_share"] = (noisyCodes != codes).to(at::kFloat).mean({1, 2});
}

TensorsByName runOne(const Model& model, const TensorsByName& in, DeviceLane& lane) {
    const Capabilities& can = model.capabilities();
    TensorsByName out;
    const at::Tensor* image = find(in, "in.image");
    if (image && can.encode) {
        for (const auto& [name, tensor] : can.encode->encode(*image, lane)) out["out." + name] = tensor;
    }
    if (can.decode && can.quantize) {
        runCodes(*can.quantize, *can.decode, in, lane, out);
    } else if (can.decode && find(out, "out.latents")) {
        runLatents(*can.decode, in, lane, out);
    }
    for (auto& [name, tensor] : model.parityExtras(in, out, lane)) out[name] = tensor;
    return out;
}

}  // namespace

TensorMap runParity(const Model& model, const TensorMap& inputs, DeviceLane& lane) {
    std::map<std::string, TensorsByName> runs;
    for (const auto& [name, tensor] : inputs) {
        const std::size_t at = name.starts_with("in.") ? 0 : name.find(".in.");
        if (at == std::string::npos) continue;
        const std::size_t start = at == 0 ? 0 : at + 1;
        const at::Tensor given = tensorFromHost(tensor);
        // What somebody recorded in 16 bits is a number like any other; whole numbers stay what they are.
        runs[name.substr(0, start)][name.substr(start)] = given.to(lane.device(), given.is_floating_point() ? at::kFloat : given.scalar_type());
    }
    TensorMap outputs;
    for (const auto& [prefix, in] : runs) {
        for (const auto& [name, tensor] : runOne(model, in, lane)) {
            if (name.starts_with("out.mid.")) continue;  // what only the model itself needs
            const at::Tensor host = tensor.is_floating_point() ? tensor.to(at::kFloat) : tensor.to(at::kLong);
            outputs[prefix + name] = hostFromTensor(host);
        }
    }
    if (outputs.empty()) {
        throw Failure(ErrorCode::Invalid, "none of the tensors is an input that this model can use", {}, "name them as in.image, in.noise, in.noise_strength");
    }
    return outputs;
}

}  // namespace tessera
