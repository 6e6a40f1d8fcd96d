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

/// Latents to codes, and codes to what the decoder takes. Searches in float32 whatever the lane's precision; ties go to the lowest code.
struct Quantizer {
    virtual ~Quantizer() = default;
    virtual const CodeLayout& layout() const = 0;
    /// latents [B,C,h,w] float32 as Encoder gives them; codes [B,rows,columns,D] int64.
    virtual at::Tensor quantize(const at::Tensor& latents, DeviceLane& lane) const = 0;
    /// What depths [first,last) of codes [B,rows,columns,D] stand for: [B,C,h,w] float32, of a residual quantizer the sum of their codewords, of a
    /// product quantizer their codewords with 0 for the other depths. A code of -1 adds nothing. Throws Failure(Mismatch) for a code that no codebook has.
    virtual at::Tensor embed(const at::Tensor& codes, int first, int last, DeviceLane& lane) const = 0;
    /// The codewords of a depth as they are searched and added (LlamaGen, UniTok: of unit length): [K,codewordDim] float32, no padding row.
    virtual at::Tensor codebook(int depth, DeviceLane& lane) const = 0;
    /// What the search knows of latents [B,C,h,w] with these codes [B,rows,columns,D], in its own units: as tokenFacts(), of [B,rows,columns(,D)].
    virtual TensorsByName facts(const at::Tensor& latents, const at::Tensor& codes, DeviceLane& lane) const = 0;
};

/// Latents to image.
struct Decoder {
    virtual ~Decoder() = default;
    /// latents [B,C,h,w] float32, as Encoder gives them or, of a model with codes, as Quantizer::embed does. Result [B,3,H,W] float32, mapped to [0,1], not clamped.
    virtual at::Tensor decode(const at::Tensor& latents, DeviceLane& lane) const = 0;
    virtual std::uint64_t flops(int height, int width) const = 0;  ///< of the image
};

/// Texts and pictures as vectors of one space.
struct TextTower {
    /// What becomes of a cosine: scale * cosine + bias, then softmax over the texts or, where pairs stand alone, a sigmoid.
    struct Logits {
        double scale = 1, bias = 0;
        bool independent = false;
    };
    virtual ~TextTower() = default;
    /// [T,L] int64 on the CPU, as the model was trained on. Throws Failure(Unsupported) where no tokenizer lies beside the weights.
    virtual at::Tensor ids(const std::vector<std::string>& texts) const = 0;
    /// ids [T,L] int64 to [T,E] float32, not normalised.
    virtual at::Tensor embedText(const at::Tensor& ids, DeviceLane& lane) const = 0;
    /// Of what Encoder::encode gave: [B,E] float32, not normalised.
    virtual at::Tensor embedImage(const TensorsByName& encoded, DeviceLane& lane) const = 0;
    /// Ways to bring single tokens into that space, the usual one first: ModelInfo::denseMethods.
    virtual std::vector<std::string> denseMethods() const = 0;
    /// [B,h,w,E] float32 of unit length, of what Encoder::encode gave.
    virtual at::Tensor dense(const TensorsByName& encoded, std::string_view method, DeviceLane& lane) const = 0;
    virtual Logits logits(DeviceLane& lane) const = 0;
};

/// A picture that is being put into words.
struct Telling {
    virtual ~Telling() = default;
    /// Says one token more; false when there is nothing more to say. Any lane of the device and precision in which it was begun.
    virtual bool step(DeviceLane& lane) = 0;
    virtual const Description& said() const = 0;  ///< all of it so far
};

/// Pictures to words.
struct Describer {
    virtual ~Describer() = default;
    virtual bool takesQuestions() const = 0;  ///< else it gives captions
    virtual int picturesTogether() const { return 1; }  ///< most pictures of one question
    /// Of what Encoder::encode gave of one picture, or of as many as the question is about [B,...]. Throws Failure(Invalid) for a request that it cannot follow.
    virtual std::unique_ptr<Telling> begin(const TensorsByName& encoded, const DescribeRequest& request, DeviceLane& lane) const = 0;
};

/// Pictures that are being drawn, all of a request at once, token by token or step by step.
struct Drawing {
    virtual ~Drawing() = default;
    /// Draws the next token of every picture, after given ones that need no drawing, or goes one step; false when there is nothing left. Any lane of the device and precision
    /// in which it was begun.
    virtual bool step(DeviceLane& lane) = 0;
    /// All of it so far, without pictures, times and precision. Of models that draw in steps, the kept steps are in GeneratedPicture::steps as they come.
    virtual const Generation& drawn() const = 0;
    /// Of a flow, what Decoder takes: the picture that is expected of picture `index` as it stands [1,C,h,w] float32. Undefined: codes say it.
    virtual at::Tensor expected(std::size_t index) const;
    /// Of a flow: its tokens as they are [1,C,rows,columns] float32. Undefined: there is none.
    virtual at::Tensor state(std::size_t index) const;
};

/// What a flow sets out from besides noise.
struct DrawingStart {
    std::shared_ptr<const TensorsByName> encoded{};  ///< what the model's Encoder gave of GenerateRequest::start; null: none
};

/// Words, or classes, to codes of the model's Quantizer or to latents, from which its Decoder makes pictures.
struct Generator {
    virtual ~Generator() = default;
    virtual DrawingInfo info() const = 0;
    /// Tokens along each side of the pictures that it draws and can set out from; 0: as many as they have.
    virtual int startGrid() const { return 0; }
    /// Throws Failure(Invalid) for a request that it cannot follow; ranges were checked, and the number of given codes was not.
    virtual std::unique_ptr<Drawing> begin(const GenerateRequest& request, const DrawingStart& start, DeviceLane& lane) const = 0;
    /// Log probabilities [frames,rows,columns] float32 at temperature 1 of all tokens, their depths summed, with this prompt. Throws Failure(Unsupported) if not DrawnBy::Tokens.
    virtual at::Tensor logProbability(const WordInfluenceRequest& request, std::string_view prompt, DeviceLane& lane) const;
    /// Weights that one more token of a whole batch reads.
    virtual std::uint64_t bytesPerPosition(const DeviceLane& lane) const = 0;
    virtual std::uint64_t flopsPerPosition(bool guided) const = 0;  ///< of one picture
};

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
