// SPDX-License-Identifier: Apache-2.0
#include "families/siglip.h"

#include <filesystem>

#include "families/image_text_model.h"
#include "families/siglip_config.h"
#include "families/transformers_folder.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

struct SiglipTraits {
    using Vision = SiglipVision;
    using VisionShape = SiglipVisionShape;
    using Text = SiglipText;
    using TextShape = SiglipText::Shape;

    static Weights visionScope(const Weights& w) { return w / "vision_model"; }
    static Weights textScope(const Weights& w) { return w / "text_model"; }
    static TensorsByName tensorsOf(const SiglipVision::Result& result) { return {{"mid.after", result.after}}; }
    static SiglipVision::Result resultOf(const TensorsByName& encoded) { return {encodedTensor(encoded, "mid.after")}; }
    static at::Tensor pooled(const SiglipVision& vision, const SiglipVision::Result& result, ForwardPass& pass) { return vision.pooled(result, pass); }
};
using SiglipModel = ImageTextModel<SiglipTraits>;

std::optional<TransformersFolder> find(const Checkpoint& checkpoint) { return findTransformers(checkpoint, "siglip", "vision_model.embeddings.patch_embedding.weight"); }

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    return find(checkpoint) ? std::optional<std::string>("transformers SiglipModel config") : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    const TransformersFolder folder = *find(checkpoint);
    const std::string below = fs::path(folder.config).parent_path().string();
    const nlohmann::json config = checkpoint.json(folder.config);
    SiglipModel::File file{.family = kSiglip.name,
                           .layout = "transformers",
                           .where = folder.where,
                           .tensors = *folder.tensors,
                           .ignorable = {"*.position_ids"},
                           .vision = siglipVisionShape(transformersSection(config, "vision_config", folder.config)),
                           .text = siglipTextShape(transformersSection(config, "text_config", folder.config)),
                           .normalisation = Normalisation::ofTransformers(checkpoint, below, {{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}}),
                           .takesWhole = true,
                           .independent = true,
                           .words = {}};
    if (file.text->features != file.vision.width) {
        throw Failure(ErrorCode::Mismatch, "texts have " + std::to_string(file.text->features) + " features and pictures " + std::to_string(file.vision.width), folder.config,
                      "check that the file belongs to this checkpoint");
    }
    file.height = file.width = file.vision.imageSide;
    file.patch = file.vision.patch;
    file.dim = file.vision.width;
    file.rows = file.columns = file.vision.grid();
    file.words = {.folder = checkpoint.folder() / below, .context = file.text->context, .padded = true};
    return std::make_unique<SiglipModel>(std::move(file));
}

}  // namespace

const ModelFamily kSiglip{.name = "siglip", .recognise = recognise, .open = open};

}  // namespace tessera
