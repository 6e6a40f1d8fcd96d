// SPDX-License-Identifier: Apache-2.0
#include "lenses/latent_planes.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/torch_bridge.h"
#include "lenses/lens_drawing.h"

namespace tessera {

std::span<const float> LatentPlanes::plane(int channel) const {
    TESSERA_ASSERT(channel >= 0 && channel < channels);
    const std::size_t size = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    return {reinterpret_cast<const float*>(tensor.bytes.data()) + static_cast<std::size_t>(channel) * size, size};
}

std::optional<LatentPlanes> latentPlanes(const TensorStage& stage, std::string_view name) {
    const auto found = stage.tensors->find(name);
    if (found == stage.tensors->end()) return std::nullopt;
    const at::Tensor& tensor = found->second;
    if (tensor.dim() != 4 || tensor.size(0) != 1 || tensor.numel() == 0) {
        throw Failure(ErrorCode::Unsupported, "a tensor of shape " + c10::str(tensor.sizes()) + " is no stack of planes", std::string(name),
                      "choose a model whose encoder gives [1, C, h, w]");
    }
    LatentPlanes planes{static_cast<int>(tensor.size(1)), static_cast<int>(tensor.size(2)), static_cast<int>(tensor.size(3)), {}};
    planes.tensor = hostFromTensor(tensor.to(at::kFloat));
    return planes;
}

Picture placedLatents(Image image, const TensorStage& stage) {
    const ModelInput& origin = stage.origin;
    Picture picture = placed(std::move(image), origin);
    // Cells at the right and below reach over what was padded, and so out of the picture.
    if (origin.margins.any()) {
        picture.region.width = picture.region.width * (origin.image.width() + origin.margins.right) / origin.image.width();
        picture.region.height = picture.region.height * (origin.image.height() + origin.margins.below) / origin.image.height();
    }
    picture.precision = stage.precision;
    picture.notes = stage.notes;
    return picture;
}

Picture latentPicture(Image image, const TensorStage& latents) {
    const at::Tensor& tensor = latents.tensors->at("latents");  // [1,C,h,w]
    Picture picture = placedLatents(std::move(image), latents);
    picture.summary = std::to_string(tensor.size(3)) + " × " + std::to_string(tensor.size(2)) + " × " + std::to_string(tensor.size(1)) + " latents";
    return picture;
}

}  // namespace tessera
