// SPDX-License-Identifier: Apache-2.0
#include "quantize/coarse_scan.h"

#include "device/cpu_features.h"
#include "quantize/coarse_scan_kernel.h"

namespace tessera {
namespace {

/// Any processor: four lanes that the compiler maps to what there is.
struct Plain {
    struct Floats {
        float values[4];
    };
    static constexpr int kLanes = 4, kVectors = 4;

    static Floats all(float value) { return {value, value, value, value}; }
    static Floats load(const float* from) { return {from[0], from[1], from[2], from[3]}; }
    static void store(float* to, const Floats& values) { each([&](int i) { return to[i] = values.values[i]; }); }
    static Floats minusProduct(const Floats& a, const Floats& b, const Floats& c) { return each([&](int i) { return a.values[i] - b.values[i] * c.values[i]; }); }
    static Floats least(const Floats& a, const Floats& b) { return each([&](int i) { return b.values[i] < a.values[i] ? b.values[i] : a.values[i]; }); }
    static std::uint32_t below(const Floats& a, const Floats& b) {
        std::uint32_t mask = 0;
        for (int i = 0; i < kLanes; ++i) mask |= static_cast<std::uint32_t>(a.values[i] < b.values[i]) << i;
        return mask;
    }

private:
    template <typename Work>
    static Floats each(Work&& work) {
        Floats result;
        for (int i = 0; i < kLanes; ++i) result.values[i] = work(i);
        return result;
    }
};

}  // namespace

const CoarseScan& plainScan() {
    static constexpr CoarseScan kScan{.name = "any processor", .rows = 0, .products = scanProducts<Plain>};
    return kScan;
}

const CoarseScan& coarseScan() {
#if defined(__x86_64__)
    const CpuFeatures& cpu = cpuFeatures();
    if (cpu.avx512Vnni) return avx512Scan();
    if (cpu.avx2) return avx2Scan();
#endif
    return plainScan();
}

}  // namespace tessera
