// SPDX-License-Identifier: Apache-2.0
// One side of tests/bench/peers/code_search.py: searches the codes of given vectors whenever it is told to.
//
//   tessera-bench-search FOLDER VECTORS CODEWORDS DIM DEPTHS [DEVICE]
//
// FOLDER/vectors.f32 and FOLDER/codebook0.f32, ...: float32, row-major. For every line "search" on its input it searches once and prints one JSON object; "codes" writes
// FOLDER/codes.i64. DEVICE is cpu or cuda; there the data is on the GPU before anything is timed. OMP_NUM_THREADS says how many threads.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "device/cpu_features.h"
#include "quantize/code_search.h"
#include "testing/search_probe.h"

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

struct Shape {
    std::int64_t vectors, codewords, dim;
    int depths;
};

std::vector<float> codebookOf(const std::string& folder, const Shape& shape, int depth) {
    return read(folder + "/codebook" + std::to_string(depth) + ".f32", shape.codewords * shape.dim);
}

void say(const std::string& json) {
    std::printf("%s\n", json.c_str());
    std::fflush(stdout);
}

std::string facts(const std::string& instructions, std::uint64_t preparedBytes, double seconds) {
    return "{\"instructions\": \"" + instructions + "\", \"prepared_bytes\": " + std::to_string(preparedBytes) + ", \"prepare_cpu_seconds\": " + std::to_string(seconds) + "}";
}

/// search() for every line of input, until it ends; codes() for the line "codes".
template <typename Search, typename Codes>
int answer(const std::string& folder, const Search& search, const Codes& codes) {
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "codes") {
            const std::vector<std::int64_t>& found = codes();
            std::ofstream(folder + "/codes.i64", std::ios::binary).write(reinterpret_cast<const char*>(found.data()), static_cast<std::streamsize>(found.size() * sizeof found[0]));
            say("{}");
        } else {
            const probes::CodeSearch::Run run = search();
            say("{\"seconds\": " + std::to_string(run.seconds) + ", \"cpu_seconds\": " + std::to_string(run.processorSeconds) + ", \"scratch_bytes\": " + std::to_string(run.scratchBytes) + "}");
        }
    }
    return 0;
}

int runOnCpu(const std::string& folder, const Shape& shape) {
    const char* wanted = std::getenv("OMP_NUM_THREADS");
    const int threads = wanted ? std::atoi(wanted) : static_cast<int>(std::thread::hardware_concurrency());
    const std::vector<float> vectors = read(folder + "/vectors.f32", shape.vectors * shape.dim);
    std::vector<std::unique_ptr<SearchableCodebook>> books;
    std::vector<const SearchableCodebook*> each;
    const double start = processorSeconds();
    std::size_t prepared = 0;
    for (int depth = 0; depth < shape.depths; ++depth) {
        const auto values = std::make_shared<const std::vector<float>>(codebookOf(folder, shape, depth));
        books.push_back(std::make_unique<SearchableCodebook>(std::shared_ptr<const float>(values, values->data()), shape.codewords, shape.dim));
        each.push_back(books.back().get());
        prepared += books.back()->byteSize();
    }
    say(facts(coarseScan().name, prepared, processorSeconds() - start));
    std::vector<std::int64_t> codes(static_cast<std::size_t>(shape.vectors * shape.depths));
    const std::uint64_t before = peakResidentBytes();
    const auto search = [&] {
        const auto begin = std::chrono::steady_clock::now();
        const double processor = processorSeconds();
        searchCodes(vectors.data(), shape.vectors, each, codes.data(), threads, [] { return false; });
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
        return probes::CodeSearch::Run{seconds.count(), processorSeconds() - processor, peakResidentBytes() - before};
    };
    return answer(folder, search, [&]() -> const std::vector<std::int64_t>& { return codes; });
}

int runOnDevice(const std::string& folder, const Shape& shape, const std::string& device) {
    std::vector<std::vector<float>> books;
    for (int depth = 0; depth < shape.depths; ++depth) books.push_back(codebookOf(folder, shape, depth));
    probes::CodeSearch each(device, shape.dim, read(folder + "/vectors.f32", shape.vectors * shape.dim), books);
    const probes::CodeSearch::Run first = each.run();  // makes the codebooks ready
    say(facts(each.hasKernel() ? "own kernel" : "LibTorch's operations", each.keptBytes(), first.processorSeconds));
    std::vector<std::int64_t> codes;
    return answer(folder, [&] { return each.run(); }, [&]() -> const std::vector<std::int64_t>& { return codes = each.codes(); });
}

}  // namespace

int main(int count, char** words) try {
    if (count != 6 && count != 7) throw std::runtime_error("usage: tessera-bench-search FOLDER VECTORS CODEWORDS DIM DEPTHS [DEVICE]");
    const Shape shape{std::atoll(words[2]), std::atoll(words[3]), std::atoll(words[4]), std::atoi(words[5])};
    const std::string device = count == 7 ? words[6] : "cpu";
    return device == "cpu" ? runOnCpu(words[1], shape) : runOnDevice(words[1], shape, device);
} catch (const std::exception& error) {
    std::fprintf(stderr, "tessera-bench-search: %s\n", error.what());
    return 1;
}
