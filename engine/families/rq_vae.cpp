// SPDX-License-Identifier: Apache-2.0
#include "families/rq_vae.h"

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "families/pixel_tokenizer.h"
#include "families/yaml_beside.h"

namespace tessera {
namespace {

using Tensors = std::map<std::string, StoredTensor>;

constexpr int kWidest = 1 << 16, kMostCodes = 1 << 24, kMostDepths = 64, kLargestGrid = 1 << 14;

struct Found {
    const Checkpoint::File* file = nullptr;
    const Tensors* tensors = nullptr;
    std::string where() const { return file->path.string(); }
};

std::string codebookName(int depth) { return "quantizer.codebooks." + std::to_string(depth) + ".weight"; }

std::optional<Found> find(const Checkpoint& checkpoint) {
    for (const Checkpoint::File& file : checkpoint.files()) {
        // Upstream reads "state_dict_ema" only where it is asked to.
        for (const char* section : {"state_dict", "", "state_dict_ema"}) {
            const auto it = file.sections.find(section);
            if (it == file.sections.end() || !it->second.contains(codebookName(0))) continue;
            if (holdsBelow(it->second, "encoder.down.0.block.0.") && holdsBelow(it->second, "decoder.up.0.block.0.")) return Found{.file = &file, .tensors = &it->second};
        }
    }
    return std::nullopt;
}

bool sameNumbers(const StoredTensor& a, const StoredTensor& b) {
    if (a.type != b.type || a.shape != b.shape) return false;
    if (a.data == b.data && a.strides == b.strides) return true;
    const HostTensor first = a.toHost(), second = b.toHost();
    return std::ranges::equal(first.bytes.span(), second.bytes.span());
}

/// A file of a shared codebook lists it at every depth, all in one storage; files saved anew may hold it once.
void checkShared(const Found& found, int depths, const std::string& config) {
    const StoredTensor& book = found.tensors->at(codebookName(0));
    for (int depth = 1; depth < depths; ++depth) {
        const auto it = found.tensors->find(codebookName(depth));
        if (it == found.tensors->end() || sameNumbers(book, it->second)) continue;
        throw Failure(ErrorCode::Mismatch, "arch.hparams.shared_codebook is true in the config, but " + it->first + " differs from " + codebookName(0), config,
                      "open weights and config that belong together");
    }
}

PixelTokenizerPlan planOf(const Checkpoint& checkpoint, const Found& found) {
    const auto config = yamlBeside(checkpoint, found.file->path, "arch");
    if (!config) throw Failure(ErrorCode::NotFound, "the YAML config of this RQ-VAE is missing", found.where(), "open the folder that holds both model.pt and config.yaml");
    const ConfigReader arch = config->below("arch"), hparams = arch.below("hparams");
    if (const std::string type = hparams.text("bottleneck_type", "rq"); type != "rq") {
        throw Failure(ErrorCode::Unsupported, hparams.nameOf("bottleneck_type") + " is \"" + type + "\", and Tessera computes \"rq\" only", config->file(), "open an RQ-VAE");
    }
    const ConfigReader ddconfig = arch.below("ddconfig");
    PixelTokenizerPlan plan{.family = kRqVae.name, .layout = "RQ-VAE", .where = found.where(), .tensors = *found.tensors, .shape = pixelShapeOf(ddconfig), .paddingRows = 1};
    if (plan.shape.encoderChannels != plan.shape.decoderChannels) ddconfig.refuse(ddconfig.nameOf("double_z") + " should be false: an RQ-VAE has no mean and variance");
    plan.latentChannels = hparams.integer("embed_dim", 64, 1, kWidest);

    const auto three = [&](const std::string& key, int most) {
        std::vector<int> sides = hparams.integers(key, {}, 1, most);
        if (sides.size() != 3) hparams.refuse(hparams.nameOf(key) + " should be a list of three whole numbers");
        return sides;
    };
    const std::vector<int> latent = three("latent_shape", kWidest), code = three("code_shape", kLargestGrid);
    const int depths = code[2];
    if (depths > kMostDepths) hparams.refuse(hparams.nameOf("code_shape") + " has more than " + std::to_string(kMostDepths) + " codes per cell");
    if (latent[0] > kLargestGrid || latent[1] > kLargestGrid || latent[0] % code[0] != 0 || latent[1] % code[1] != 0) {
        hparams.refuse("the sides of " + hparams.nameOf("latent_shape") + " should be multiples of those of code_shape");
    }
    if (latent[2] != plan.latentChannels) {
        hparams.refuse(hparams.nameOf("embed_dim") + " is " + std::to_string(plan.latentChannels) + ", but latent_shape has " + std::to_string(latent[2]) + " channels");
    }
    plan.foldRows = latent[0] / code[0];
    plan.foldColumns = latent[1] / code[1];
    const std::int64_t width = std::int64_t(plan.foldRows) * plan.foldColumns * plan.latentChannels;
    if (width > kMostCodes) hparams.refuse(hparams.nameOf("latent_shape") + " makes codewords of more than " + std::to_string(kMostCodes) + " numbers");

    plan.codes.codewordDim = static_cast<int>(width);
    plan.codes.shared = hparams.flag("shared_codebook", false);
    plan.codes.codebookSizes = plan.codes.shared ? std::vector<int>(depths, hparams.integer("n_embed", 512, 1, kMostCodes)) : hparams.integersEach("n_embed", depths, 1, kMostCodes);
    plan.codes.pixelsPerCell = plan.shape.downsample() * std::max(plan.foldRows, plan.foldColumns);
    if (latent[0] == latent[1]) plan.inputSide = latent[0] * plan.shape.downsample();
    plan.ignorable = {"quantizer.codebooks.*.cluster_size_ema", "quantizer.codebooks.*.embed_ema"};
    for (int depth = 0; depth < depths; ++depth) {
        if (depth == 0 || !plan.codes.shared) plan.codebooks.push_back(codebookName(depth));
        else plan.ignorable.push_back(codebookName(depth));
    }

    const auto side = [&](const std::string& name, std::size_t sides) { return sideOf(*found.tensors, name, 0, sides, found.where()); };
    checkAgreement(plan.shape, pixelShapeOf(*found.tensors, "", plan.naming, found.where()),
                   {{"embed_dim", plan.latentChannels, side("quant_conv.weight", 4)}, {"n_embed", plan.codes.codebookSizes[0], side(codebookName(0), 2) - plan.paddingRows}},
                   config->file());
    checkNormGroups(plan.shape, config->file());
    if (plan.codes.shared) checkShared(found, depths, config->file());
    return plan;
}

std::optional<std::string> recognise(const Checkpoint& checkpoint) { return find(checkpoint) ? std::optional<std::string>("RQ-VAE tensor names") : std::nullopt; }

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    const auto found = find(checkpoint);
    TESSERA_ASSERT(found.has_value());
    return openPixelTokenizer(planOf(checkpoint, *found));
}

}  // namespace

const ModelFamily kRqVae{.name = "rq_vae", .recognise = recognise, .open = open};

}  // namespace tessera
