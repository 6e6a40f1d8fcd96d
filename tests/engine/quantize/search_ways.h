// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "device/cpu_features.h"
#include "quantize/coarse_codebook.h"

namespace tessera {

/// engine/quantize/coarse_scan_avx512.cpp, lane by lane.
const CoarseScan& emulatedAvx512Scan();

namespace test {

/// A coarse copy and the loops that pass it.
struct SearchWay {
    std::string name;
    Coarse kind;
    const CoarseScan* scan;
    friend std::ostream& operator<<(std::ostream& stream, const SearchWay& way) { return stream << way.name; }
};

/// All that can run on this processor.
inline std::vector<SearchWay> searchWays() {
    std::vector<SearchWay> ways{{"SinglePlain", Coarse::Single, &plainScan()}, {"BrainPlain", Coarse::Brain, &plainScan()}, {"BytesEmulatedAvx512", Coarse::Bytes, &emulatedAvx512Scan()}};
#if defined(__x86_64__)
    if (cpuFeatures().avx2) ways.insert(ways.end(), {{"BytesAvx2", Coarse::Bytes, &avx2Scan()}, {"SingleAvx2", Coarse::Single, &avx2Scan()}, {"BrainAvx2", Coarse::Brain, &avx2Scan()}});
    if (cpuFeatures().avx512Vnni) ways.insert(ways.end(), {{"BytesAvx512", Coarse::Bytes, &avx512Scan()}, {"BrainAvx512", Coarse::Brain, &avx512Scan()}});
#endif
    return ways;
}

inline std::vector<float> normalValues(std::int64_t count, unsigned seed, float mean = 0, float deviation = 1) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(mean, deviation);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = normal(random);
    return values;
}

}  // namespace test
}  // namespace tessera
