// SPDX-License-Identifier: Apache-2.0
#include "core/resource_folder.h"

#include <cstdlib>

namespace tessera {

namespace fs = std::filesystem;

fs::path resourceFolder(const std::string& given) {
    if (!given.empty()) return given;
    if (const char* variable = std::getenv("TESSERA_RESOURCES")) return variable;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    for (const char* place : {"../share/tessera", "../../../../resources", "../../../resources", "resources"}) {
        if (fs::is_directory(program / place / "models", error)) return fs::weakly_canonical(program / place, error);
    }
    return TESSERA_RESOURCE_DIR;
}

}  // namespace tessera
