// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.h"

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace tessera::fuzz {

void touch(const HostTensor& tensor) {
    if (tensor.bytes.size() != static_cast<std::size_t>(tensor.elements()) * byteSize(tensor.type)) std::abort();
    unsigned sum = 0;
    for (const std::byte b : tensor.bytes.span()) sum += std::to_integer<unsigned>(b);
    static std::atomic<unsigned> sink;
    sink.store(sum, std::memory_order_relaxed);
}

void touch(const StoredTensor& tensor) { touch(tensor.toHost()); }

}  // namespace tessera::fuzz

/// Called before libFuzzer reads its arguments: adds the seeds to whatever corpus was given, or a corpus of its own.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
    static std::vector<std::string> texts(*argv, *argv + *argc);
    bool hasFiles = false, hasLimit = false, reproduces = false;
    for (std::size_t i = 1; i < texts.size(); ++i) {
        hasFiles |= !texts[i].starts_with('-');
        hasLimit |= texts[i].starts_with("-malloc_limit_mb");
        reproduces |= !texts[i].starts_with('-') && !fs::is_directory(texts[i]);
    }
    if (!reproduces) {
        if (!hasFiles) {
            fs::create_directories(TESSERA_CORPUS);
            texts.emplace_back(TESSERA_CORPUS);
        }
        if (fs::is_directory(TESSERA_SEEDS)) texts.emplace_back(TESSERA_SEEDS);
    }
    // A picture may have a gigapixel: its memory is asked for at once, and filled only as far as the file has pixels.
    if (!hasLimit) texts.emplace_back("-malloc_limit_mb=6000");
    static std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    *argc = static_cast<int>(pointers.size());
    pointers.push_back(nullptr);
    *argv = pointers.data();
    return 0;
}
