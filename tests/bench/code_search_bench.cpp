// SPDX-License-Identifier: Apache-2.0
// One side of tests/bench/peers/code_search.py: searches the codes of given vectors whenever it is told to.
//
//   tessera-bench-search FOLDER VECTORS CODEWORDS DIM DEPTHS
//
// FOLDER/vectors.f32 and FOLDER/codebook0.f32, ...: float32, row-major. For every line "search" on its input it searches once and prints one JSON object; "codes" writes
// FOLDER/codes.i64. OMP_NUM_THREADS says how many threads.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "device/cpu_features.h"
#include "quantize/code_search.h"

namespace {

using namespace tessera;

std::vector<float> read(const std::string& path, std::int64_t count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(values.data()), count * 4);
    if (!file) throw std::runtime_error(path + " is not there or too short");
    return values;
}

double processorSeconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

int run(const std::string& folder, std::int64_t count, std::int64_t codewords, std::int64_t dim, int depths) {
    const char* wanted = std::getenv("OMP_NUM_THREADS");
    const int threads = wanted ? std::atoi(wanted) : static_cast<int>(std::thread::hardware_concurrency());
    const std::vector<float> vectors = read(folder + "/vectors.f32", count * dim);
    std::vector<std::unique_ptr<SearchableCodebook>> books;
    std::vector<const SearchableCodebook*> each;
    const double start = processorSeconds();
    std::size_t prepared = 0;
    for (int depth = 0; depth < depths; ++depth) {
        const auto values = std::make_shared<const std::vector<float>>(read(folder + "/codebook" + std::to_string(depth) + ".f32", codewords * dim));
        books.push_back(std::make_unique<SearchableCodebook>(std::shared_ptr<const float>(values, values->data()), codewords, dim));
        each.push_back(books.back().get());
        prepared += books.back()->byteSize();
    }
    std::printf("{\"instructions\": \"%s\", \"prepared_bytes\": %zu, \"prepare_cpu_seconds\": %.6f}\n", coarseScan().name, prepared, processorSeconds() - start);
    std::fflush(stdout);

    std::vector<std::int64_t> codes(static_cast<std::size_t>(count * depths));
    const std::uint64_t before = peakResidentBytes();
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "codes") {
            std::ofstream(folder + "/codes.i64", std::ios::binary).write(reinterpret_cast<const char*>(codes.data()), static_cast<std::streamsize>(codes.size() * sizeof codes[0]));
            std::printf("{}\n");
        } else {
            const auto begin = std::chrono::steady_clock::now();
            const double processor = processorSeconds();
            searchCodes(vectors.data(), count, each, codes.data(), threads, [] { return false; });
            const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
            std::printf("{\"seconds\": %.6f, \"cpu_seconds\": %.6f, \"scratch_bytes\": %llu}\n", seconds.count(), processorSeconds() - processor,
                        static_cast<unsigned long long>(peakResidentBytes() - before));
        }
        std::fflush(stdout);
    }
    return 0;
}

}  // namespace

int main(int count, char** words) try {
    if (count != 6) throw std::runtime_error("usage: tessera-bench-search FOLDER VECTORS CODEWORDS DIM DEPTHS");
    return run(words[1], std::atoll(words[2]), std::atoll(words[3]), std::atoll(words[4]), std::atoi(words[5]));
} catch (const std::exception& error) {
    std::fprintf(stderr, "tessera-bench-search: %s\n", error.what());
    return 1;
}
