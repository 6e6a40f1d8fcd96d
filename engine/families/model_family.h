// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/engine.h>

#include "checkpoint/checkpoint.h"

namespace at {
class Tensor;
}

namespace tessera {

class DeviceLane;

/// Tensors by name on a device; torch-free to name, so that registry and probe compile fast.
using TensorsByName = std::map<std::string, at::Tensor, std::less<>>;

/// Image to continuous latents.
struct Encoder {
    virtual ~Encoder() = default;
    /// image [B,3,H,W] float32 in [0,1], H and W multiples of ModelInfo::downsample (parity also passes others: families follow upstream then).
    /// Gives at least "latents" [B,C,h,w] float32 (posterior mean, unscaled) and "logvar" where there is one.
    virtual TensorsByName encode(const at::Tensor& image, DeviceLane& lane) const = 0;
    /// FLOPs of one encode for one image of that size (a multiply-add is two).
    virtual std::uint64_t flops(int height, int width) const = 0;
};

/// Latents to image.
struct Decoder {
    virtual ~Decoder() = default;
    /// latents [B,C,h,w] float32, as Encoder gives them. Result [B,3,H,W] float32, mapped to [0,1], not clamped.
    virtual at::Tensor decode(const at::Tensor& latents, DeviceLane& lane) const = 0;
    virtual std::uint64_t flops(int height, int width) const = 0;  ///< of the image
};

struct Quantizer;
struct TextTower;
struct Generator;
struct Describer;

/// What a model can do; null = absent. Nobody asks "which family?".
struct Capabilities {
    const Encoder* encode = nullptr;
    const Quantizer* quantize = nullptr;
    const Decoder* decode = nullptr;
    const TextTower* text = nullptr;
    const Generator* generate = nullptr;
    const Describer* describe = nullptr;
};

/// An opened checkpoint that can run. Immutable after opening but for weight copies per device and precision, made inside a lane.
class Model {
public:
    virtual ~Model() = default;
    virtual const Capabilities& capabilities() const = 0;
    /// Everything but id, name, path, device, precision, fileBytes and fingerprint, which the engine fills in.
    virtual ModelInfo describe() const = 0;
    /// Family-specific extra "out.*" tensors for parity, beyond what the capabilities give (autoencoder_kl: the scaled latents). Inputs as in golden/README.
    virtual TensorsByName parityExtras(const TensorsByName& inputs, const TensorsByName& computed, DeviceLane& lane) const = 0;
};

/// The code for a kind of model. One constant per family, listed in registry.cpp.
struct ModelFamily {
    std::string_view name;
    /// Empty if the checkpoint is not of this family, else why it is: "diffusers AutoencoderKL config". Reads no tensor data.
    std::optional<std::string> (*recognise)(const Checkpoint& checkpoint);
    /// Checks config and every tensor; throws one Failure(Mismatch) that names all missing, unexpected and misshapen tensors (first 5 of each, "and 12 more").
    std::unique_ptr<Model> (*open)(const Checkpoint& checkpoint);
};

/// All families, in the order in which they are asked.
const std::vector<const ModelFamily*>& modelFamilies();
/// Asks each family; throws Failure(Unsupported) that says what the file looks like and what Tessera reads.
std::unique_ptr<Model> openModelOf(const Checkpoint& checkpoint);

}  // namespace tessera
