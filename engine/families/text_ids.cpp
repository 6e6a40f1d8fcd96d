// SPDX-License-Identifier: Apache-2.0
#include "families/text_ids.h"

#include <string>

#include "core/error.h"
#include "layers/weights.h"

namespace tessera {

void checkTextIds(const at::Tensor& ids, int vocabulary, int context) {
    if (ids.dim() != 2 || ids.numel() == 0 || ids.is_floating_point() || ids.size(1) > context) {
        throw Failure(ErrorCode::Mismatch, "text ids of shape " + textOfShape(ids.sizes().vec()) + " do not fit this model", "input_ids",
                      "give whole numbers [texts, length] with a length of at most " + std::to_string(context));
    }
    const auto lowest = ids.min().item<std::int64_t>(), highest = ids.max().item<std::int64_t>();
    if (lowest < 0 || highest >= vocabulary) {
        throw Failure(ErrorCode::Mismatch, "the text id " + std::to_string(lowest < 0 ? lowest : highest) + " is not in the vocabulary", "input_ids",
                      "use 0 to " + std::to_string(vocabulary - 1) + ", as this model's own text tokenizer does");
    }
}

}  // namespace tessera
