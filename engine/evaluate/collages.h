// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <tessera/picture.h>

/// Four pictures in one, and where in it a model finds their names.
namespace tessera::evaluation {

/// Indices of the pictures of a collage: top left, top right, bottom left, bottom right.
using Four = std::array<std::size_t, 4>;

/// `names`: a number for every picture's name, -1 for none. Every picture is taken once, in their order or in that of a seed; one whose name is in the collage already
/// waits for the next one. What does not come to four different names at the end is left over.
std::vector<Four> foursOf(std::span<const std::int32_t> names, std::optional<std::int64_t> shuffle);

struct Collage {
    Image picture;                    ///< RGB u8, a square
    std::vector<std::uint8_t> drawn;  ///< (side, side): 1 where something is drawn

    int side() const { return picture.width(); }
};

/// Each picture whole and in the middle of its quarter. Around it lies white if it has alpha (on which it lies, too), else the colour of its first pixel.
/// `side` is even and at least 2; pictures have 1, 3 or 4 channels. See CollageUse for what is drawn.
Collage collageOf(const std::array<Image, 4>& pictures, int side);

struct CollageFinding {
    std::int64_t tokens = 0, found = 0;  ///< drawn in a quarter, and of those the ones that are most alike to that quarter's name
    int inPlace = 0;                     ///< names that are, in the mean, most alike to their own quarter
};

/// `similarity`: of the lens text_similarity, with four readings in the order of the quarters. A token of which not more than half lies in one quarter, or is drawn there, belongs to
/// none. Where another is as alike, the own one stands behind it.
CollageFinding findingOf(const Collage& collage, const Picture& similarity);

}  // namespace tessera::evaluation
