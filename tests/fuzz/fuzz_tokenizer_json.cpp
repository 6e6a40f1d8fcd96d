// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "fuzz/fuzz_target.h"
#include "text/text_tokenizer.h"
#include "text/tokenizer_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        const auto* text = reinterpret_cast<const char*>(bytes.data());
        nlohmann::json file = nlohmann::json::parse(text, text + bytes.size(), nullptr, false);
        if (!file.is_object()) return;
        const auto tokenizer = tessera::text::tokenizerOfJson(std::move(file), {}, "fuzz");
        for (const char* one : {"", "A dog, don't  <s> caf\u00E9\n\u732B\U0001F600 123", "aaaaaaaaaaaaaaaab"}) {
            const std::vector<int> ids = tokenizer->ids(one);
            tokenizer->text(ids);
            if (tokenizer->context().length > 0 && tokenizer->context().row(tokenizer->pieces(one)).size() != static_cast<std::size_t>(tokenizer->context().length)) std::abort();
        }
    });
}
