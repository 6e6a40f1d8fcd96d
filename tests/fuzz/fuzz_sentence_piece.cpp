// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.h"
#include "text/sentence_piece_model.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        const tessera::text::SentencePieceModel model(bytes, "fuzz");
        for (const char* one : {"", "A dog, don't  <s> caf\u00E9\n\u732B\U0001F600 \uFB01\u00BD 123", "aaaaaaaaaaaaaaaab"}) {
            for (const int id : model.encode(one)) {
                if (id < 0 || id >= model.idCount()) std::abort();
                model.piece(id);
            }
            model.decode(model.encode(one));
        }
    });
}
