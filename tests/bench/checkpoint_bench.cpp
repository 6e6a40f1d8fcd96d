// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"
#include "support/temporary_folder.h"

namespace tessera::bench {
namespace {

constexpr std::int64_t kSide = 256;

/// As many tensors as asked for, of 256 kB each.
TensorMap tensors(int count) {
    const SharedBytes bytes(std::vector<std::byte>(kSide * kSide * 4));
    TensorMap map;
    for (int i = 0; i < count; ++i) map["block." + std::to_string(i) + ".weight"] = {.type = DType::F32, .shape = {kSide, kSide}, .bytes = bytes};
    return map;
}

/// Header only: no tensor data is read.
void openSafetensors(benchmark::State& state) {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "model.safetensors";
    writeSafetensors(path, tensors(static_cast<int>(state.range(0))));
    for (auto _ : state) benchmark::DoNotOptimize(readSafetensors(path));
}
BENCHMARK(openSafetensors)->Name("checkpoint/open safetensors, tensors")->Arg(250)->Arg(1000)->Unit(benchmark::kMicrosecond)->UseRealTime();

void openCheckpoint(benchmark::State& state) {
    const test::TemporaryFolder folder;
    writeSafetensors(folder.path() / "model.safetensors", tensors(250));
    for (auto _ : state) benchmark::DoNotOptimize(Checkpoint::open(folder.path()).fingerprint());
}
BENCHMARK(openCheckpoint)->Name("checkpoint/open and fingerprint a folder of 250 tensors")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tessera::bench
