// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tessera/picture.h>
#include <tessera/query.h>

namespace tessera {

/// "kind": how an error field is drawn. Display only: every kind is drawn from the same field.
ParameterSpec differenceKind();
/// Five channels (height, width, 5): image - reference of red, green and blue in -1..1, the FLIP error 0..1, 1 - SSIM.
/// All of one size; float RGB and one-channel float maps. Pixels outside 0..1 count as a viewer shows them.
Image errorField(const Image& reference, const Image& image, const Image& flipMap, const Image& ssimMap);
/// "mean_error" and "max_error" of an error field.
void addErrorMeasures(Picture& picture);
/// Mapping and legend of the query's kind.
void presentDifference(const Query& query, Picture& picture);

/// Part of a float RGB image; shares the pixels where it is all of it.
Image cutOut(const Image& image, int x, int y, int width, int height);

}  // namespace tessera
