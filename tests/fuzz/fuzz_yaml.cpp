// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "checkpoint/yaml_text.h"
#include "fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        // Whatever it is, it can be shown.
        if (tessera::parseYaml(text, "fuzz").dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).empty()) std::abort();
    });
}
