// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <ATen/ATen.h>

#include "checkpoint/token_file.h"
#include "image/image_file.h"
#include "local/model_store.h"
#include "local/stage_values.h"

namespace tessera {

// A file of codes or latents in a picture's place. Of a file of several pictures the first one counts, and a warning says so.

/// What a person sees of the file before any model: its codes of depth 1, equal ones in equal colours, or the length of its latents' vectors in grey.
/// `bitsPerChannel` is 0 and the size is the grid's, `channels` the depths or the latents' channels. Its notes tell what the file says of itself.
DecodedImage pictureOf(const TokenFile& file);

/// Where the tokens lie under the model, on a picture of the size that was encoded as far as the file says it; its pixels are blank. Warns of
/// other weights. No tensors yet. Throws Failure(Mismatch) for a grid that the model does not take.
TensorStage placeOf(const TokenFile& file, const OpenModel& open);

/// int64 [1,rows,columns,D], or nothing if the file has none or the model takes none. Throws Failure(Mismatch) for other depths than the
/// model's, and for a code that its codebook has not; names the place.
std::optional<at::Tensor> givenCodes(const TokenFile& file, const OpenModel& open);

/// Throws Failure(Invalid) for latents that are codes by all that is known of them but for their type: whole numbers with a column per depth.
void refuseCodesAsFractions(const at::Tensor& latents, const OpenModel& open);

/// float32 [1,C,h,w], or nothing if the file has none. Throws Failure for other channels than the model's, and for NaN.
std::optional<at::Tensor> givenLatents(const TokenFile& file, const OpenModel& open);
/// Why the model can do nothing with the file: it holds codes alone, and the model has none.
Error needsCodes(const TokenFile& file, const OpenModel& open);

}  // namespace tessera
