// SPDX-License-Identifier: Apache-2.0
// Any text can be cleaned, and stays UTF-8.
#include "fuzz/fuzz_target.h"
#include "text/text_cleaning.h"
#include "text/text_steps.h"
#include "text/unicode_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        using namespace tessera::text;
        const std::string text = lossyUtf8({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        for (const std::string& cleaned : {text, lowerAsPython(openClipCleaned(text)), bertNormalized(text, true, true, true, true), normalized(text, NormalForm::Kc)}) {
            if (validUtf8Bytes(cleaned) != cleaned.size()) std::abort();
            std::vector<Word> words{{cleaned, true}};
            byteLevel(true, true)(words);
            splitForBert(words);
        }
    });
}
