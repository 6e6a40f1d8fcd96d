// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <optional>
#include <string>

#include <tessera/engine_library.h>
#include <tessera/training.h>

#include "core/engine_entry.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "libtessera_engine.so";

// TESSERA_ENGINE, then the build tree, then beside the program, then an installed tree.
std::optional<fs::path> libraryPath() {
    if (const char* given = std::getenv("TESSERA_ENGINE"); given != nullptr && *given != '\0') return fs::path(given);
    std::error_code ignored;
    const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const char* place : {"../../lib", ".", "../lib/tessera"}) {
        const fs::path candidate = (folder / place / kFileName).lexically_normal();
        if (fs::exists(candidate, ignored)) return candidate;
    }
    return std::nullopt;
}

// dlerror() says "path: reason"; the path is told separately.
std::string loaderReason(const fs::path& path) {
    const char* text = dlerror();
    std::string reason = text == nullptr ? "the loader gives no reason" : text;
    const std::string prefix = path.string() + ": ";
    if (reason.starts_with(prefix)) reason.erase(0, prefix.size());
    return reason;
}

Error notOpened(std::string message, const fs::path& path, std::string action) {
    return {ErrorCode::Unreadable, std::move(message), path.string(), std::move(action)};
}

/// The library's doors.
struct Doors {
    decltype(&tessera_engine_create) create = nullptr;
    decltype(&tessera_train) train = nullptr;
    decltype(&tessera_training_parity) trainingParity = nullptr;
    fs::path path;
};

Result<Doors> openDoors() {
    const std::optional<fs::path> path = libraryPath();
    if (!path) {
        return Error{ErrorCode::NotFound,
                     "the engine library is not there",
                     kFileName,
                     "build the target tessera_engine, or set TESSERA_ENGINE to the library's path"};
    }
    std::error_code ignored;
    if (!fs::exists(*path, ignored)) {
        return Error{ErrorCode::NotFound,
                     "the engine library is not there",
                     path->string(),
                     "set TESSERA_ENGINE to the path of libtessera_engine.so, or unset it"};
    }
    // NODELETE: LibTorch does not survive being unloaded.
    void* library = dlopen(path->c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) {
        return notOpened("the engine library cannot be opened: " + loaderReason(*path),
                         *path,
                         "run packaging/bootstrap to restore its libraries");
    }
    const auto abi = reinterpret_cast<decltype(&tessera_engine_abi)>(dlsym(library, "tessera_engine_abi"));
    const Doors doors{reinterpret_cast<decltype(&tessera_engine_create)>(dlsym(library, "tessera_engine_create")),
                      reinterpret_cast<decltype(&tessera_train)>(dlsym(library, "tessera_train")),
                      reinterpret_cast<decltype(&tessera_training_parity)>(dlsym(library, "tessera_training_parity")), *path};
    if (abi == nullptr || doors.create == nullptr) {
        return notOpened("the file is a library but not an engine of this program",
                         *path,
                         "set TESSERA_ENGINE to the path of libtessera_engine.so, or unset it");
    }
    if (const int version = abi(); version != kEngineAbi) {
        return notOpened("the engine library has interface version " + std::to_string(version) +
                             ", this program needs " + std::to_string(kEngineAbi),
                         *path,
                         "build the program and the engine together");
    }
    return doors;
}

}  // namespace

Result<std::shared_ptr<Engine>> openEngine(const EngineOptions& options) {
    const Result<Doors> doors = openDoors();
    if (!doors) return doors.error();
    std::shared_ptr<Engine> engine;
    Error error;
    if (doors.value().create(&options, &engine, &error) != 0) return error;
    if (!engine) {
        return Error{ErrorCode::Internal, "the engine library made no engine", doors.value().path.string(), "report this as a bug"};
    }
    return engine;
}

Result<TrainReport> trainModel(const TrainRequest& request, const std::function<bool(const TrainStep&)>& onStep) {
    const Result<Doors> doors = openDoors();
    if (!doors) return doors.error();
    if (doors.value().train == nullptr) return notOpened("the engine library does not train", doors.value().path, "build the program and the engine together");
    TrainReport report;
    Error error;
    if (doors.value().train(&request, &onStep, &report, &error) != 0) return error;
    return report;
}

Result<TensorMap> trainingParity(const std::string& folder) {
    const Result<Doors> doors = openDoors();
    if (!doors) return doors.error();
    if (doors.value().trainingParity == nullptr) return notOpened("the engine library does not train", doors.value().path, "build the program and the engine together");
    TensorMap computed;
    Error error;
    if (doors.value().trainingParity(folder.c_str(), &computed, &error) != 0) return error;
    return computed;
}

}  // namespace tessera
