// SPDX-License-Identifier: Apache-2.0
#include "core/plugin_places.h"

#include <dlfcn.h>

namespace tessera {

namespace fs = std::filesystem;

std::vector<fs::path> pluginPlaces(const char* fileName) {
    std::vector<fs::path> found;
    Dl_info here{};
    std::error_code ignored;
    fs::path folder;
    if (dladdr(reinterpret_cast<const void*>(&pluginPlaces), &here) != 0 && here.dli_fname != nullptr) folder = fs::weakly_canonical(here.dli_fname, ignored).parent_path();
    if (!fs::exists(folder / ".", ignored)) folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    found.push_back(folder / fileName);
    found.push_back(folder / "../lib/tessera" / fileName);
    for (int up = 0; up < 5 && folder.has_relative_path(); ++up, folder = folder.parent_path()) found.push_back(folder / "lib" / fileName);
    return found;
}

}  // namespace tessera
