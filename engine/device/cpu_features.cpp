// SPDX-License-Identifier: Apache-2.0
#include "device/cpu_features.h"

#include <sys/resource.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tessera {
namespace {

#if defined(__x86_64__)
std::uint64_t enabledStates() {
    std::uint32_t low = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<std::uint64_t>(high) << 32) | low;
}

CpuFeatures probe() {
    CpuFeatures features;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return features;
    const bool fma = c & bit_FMA;
    const std::uint64_t states = enabledStates();
    constexpr std::uint64_t kYmm = 0x6, kZmm = 0xe6, kTiles = 0x60000;  // SSE, AVX; opmask, upper ZMM; tile configuration and data
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return features;
    constexpr unsigned kF = 1u << 16, kDq = 1u << 17, kBw = 1u << 30, kVl = 1u << 31, kVnni = 1u << 11, kAmxBf16 = 1u << 22;
    features.avx2 = (states & kYmm) == kYmm && fma && (b & bit_AVX2);
    features.avx512 = (states & kZmm) == kZmm && (b & kF) && (b & kDq) && (b & kBw) && (b & kVl);
    features.avx512Vnni = features.avx512 && (c & kVnni);
    features.amxBf16 = features.avx512 && (states & kTiles) == kTiles && (d & kAmxBf16);
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) features.avx512Bf16 = features.avx512 && (a & (1u << 5));
    return features;
}
#else
CpuFeatures probe() { return {}; }
#endif

}  // namespace

const CpuFeatures& cpuFeatures() {
    static const CpuFeatures features = probe();
    return features;
}

bool cpuIsFastAtBf16() { return cpuFeatures().amxBf16 || cpuFeatures().avx512Bf16; }

std::uint64_t peakResidentBytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace tessera
