// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <tessera/generate.h>

/// Drawing with little memory, for tests: no tensor goes in or comes out.
namespace tessera::probes {

struct ShortMemory {
    int pictures = 1;   ///< that are asked for, from seed 7 on
    int together = 1;   ///< so many fit
    int failures = 1 << 30;  ///< of what does not fit; afterwards it does
    int at = 0;         ///< step, of 4, at which memory ends; -1: before the first is begun
    bool flows = false; ///< it draws no codes: only what is expected tells
};
struct Drawn {
    std::vector<Generation> steps;  ///< what was there after each step
    std::vector<std::string> notes;
    std::vector<std::vector<float>> expected;  ///< after each step, of each picture its seed, 0 while nothing is known; empty where nothing is expected
};
/// A model whose codes tell seed and step. Throws Failure as DrawingInTurn does.
Drawn drawWithShortMemory(const ShortMemory& memory);

}  // namespace tessera::probes
