// SPDX-License-Identifier: Apache-2.0
#include "overlay/resident_memory.h"

#include <fstream>
#include <unistd.h>

namespace tessera::overlay {

std::size_t residentBytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    if (!(file >> total >> resident)) return 0;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace tessera::overlay
