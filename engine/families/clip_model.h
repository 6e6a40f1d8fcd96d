// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "families/clip_text.h"
#include "families/clip_vision.h"
#include "families/image_text_model.h"

namespace tessera {

/// A model of CLIP's two towers: clip, openvision.
struct ClipTraits {
    using Vision = ClipVision;
    using VisionShape = ClipVisionShape;
    using Text = ClipText;
    using TextShape = ClipText::Shape;

    static Weights visionScope(const Weights& w) { return w; }
    /// open_clip's CustomTextCLIP keeps its text tower apart.
    static Weights textScope(const Weights& w) { return w.holds("text.token_embedding") ? w / "text" : w; }
    /// "mid.*" stays inside: what dense vectors are made of.
    static TensorsByName tensorsOf(const ClipVision::Result& result) { return {{"mid.before", result.before}, {"mid.after", result.after}}; }
    static ClipVision::Result resultOf(const TensorsByName& encoded) { return {encodedTensor(encoded, "mid.before"), encodedTensor(encoded, "mid.after")}; }
    static at::Tensor pooled(const ClipVision& vision, const ClipVision::Result& result, ForwardPass&) { return vision.pooled(result); }
};
extern template class ImageTextModel<ClipTraits>;
using ClipModel = ImageTextModel<ClipTraits>;

/// An open_clip_config.json and the weights beside it.
struct OpenClipFolder {
    std::string config;  ///< path of the config inside the checkpoint
    std::string where;   ///< the weights, for messages
    StoredTensors tensors;  ///< by the names that count
    int channels = 3;    ///< of what the image tower is given
    bool openVision = false;  ///< its texts are seen whole, both ways: not CLIP's
};
/// Finds one, in the folder `below` inside the checkpoint if that is given. Reads no tensor data.
std::optional<OpenClipFolder> findOpenClip(const Checkpoint& checkpoint, const std::string& below = {});
/// From its config. Throws Failure for what Tessera does not compute.
/// Leaves out the family.
ClipModel::File detectOpenClip(const Checkpoint& checkpoint, const OpenClipFolder& folder);
/// Fills in what the image tower's shape says.
void adopt(ClipModel::File& file);

}  // namespace tessera
