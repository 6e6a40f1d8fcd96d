// SPDX-License-Identifier: Apache-2.0
#include "local/margins.h"

#include <algorithm>

namespace tessera {

Margins marginsFor(int width, int height, int multiple) {
    const auto missing = [multiple](int side) { return (multiple - side % multiple) % multiple; };
    return {missing(width), missing(height)};
}

// Measured on crops of the samples with 1 to 7 px missing, within 16 px of the edges: repeated pixels leave 3 % less squared error than a mirrored
// picture (1 % where the edge pixel is mirrored too), and they suit pictures narrower than the margin. All of it to the right and below costs 2 %
// more than a frame around the picture, and keeps the cells of the latents where they are.
at::Tensor padded(const at::Tensor& image, const Margins& margins) {
    if (!margins.any()) return image;
    const std::int64_t h = image.size(2), w = image.size(3);
    at::Tensor result = at::empty({image.size(0), image.size(1), h + margins.below, w + margins.right}, image.options(), at::MemoryFormat::ChannelsLast);
    result.narrow(2, 0, h).narrow(3, 0, w).copy_(image);
    if (margins.right > 0) result.narrow(2, 0, h).narrow(3, w, margins.right).copy_(image.narrow(3, w - 1, 1));
    if (margins.below > 0) result.narrow(2, h, margins.below).copy_(result.narrow(2, h - 1, 1));
    return result;
}

at::Tensor cropped(const at::Tensor& image, std::int64_t height, std::int64_t width) {
    return image.narrow(2, 0, std::min(height, image.size(2))).narrow(3, 0, std::min(width, image.size(3)));
}

std::string noteOf(const Margins& margins, const Image& image) {
    return "padded to " + std::to_string(image.width() + margins.right) + " × " + std::to_string(image.height() + margins.below) +
           " px for the model by repeating the edge, and cropped back";
}

}  // namespace tessera
