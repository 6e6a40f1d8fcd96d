// SPDX-License-Identifier: Apache-2.0
#include "device/cuda_loader.h"

#include <atomic>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <mutex>
#include <type_traits>

#include "core/error.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "libtessera_cuda.so";
constexpr const char* kUseTheCpu = "use --device cpu";

std::atomic<const CudaPlugin*> openedPlugin = nullptr;
std::mutex mutex;
std::optional<std::string> lostReason;  // guarded by mutex

Failure absent(std::string message, std::string where = {}, std::string action = kUseTheCpu) {
    return Failure(ErrorCode::DeviceLost, std::move(message), std::move(where), std::move(action));
}

// CUDA's driver interface, as far as it answers "which GPUs are there?". Its symbols are looked up: nothing is linked.
class Driver {
public:
    Driver() {
        void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
        if (!library) throw absent("there is no NVIDIA driver on this computer");
        const auto find = [library](auto& function, const char* symbol) {
            function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, symbol));
            if (!function) throw absent("the NVIDIA driver lacks what CUDA needs", "libcuda.so.1", "reinstall the driver, or use --device cpu");
        };
        find(m_init, "cuInit");
        find(m_count, "cuDeviceGetCount");
        find(m_get, "cuDeviceGet");
        find(m_name, "cuDeviceGetName");
        find(m_words, "cuGetErrorString");
    }

    /// At least one.
    int countDevices() const {
        constexpr int kSuccess = 0, kNoDevice = 100;
        int devices = 0, error = m_init(0);
        if (error == kSuccess) error = m_count(&devices);
        if (error == kNoDevice || (error == kSuccess && devices == 0)) throw absent("the NVIDIA driver finds no GPU");
        if (error == kSuccess) return devices;
        const char* text = nullptr;
        m_words(error, &text);
        throw absent("the NVIDIA driver does not start: " + std::string(text ? text : "error " + std::to_string(error)), {}, "restart the computer, or use --device cpu");
    }

    std::string nameOf(int index) const {
        int device = 0;
        char name[256] = {};
        const bool known = m_get(&device, index) == 0 && m_name(name, sizeof name - 1, device) == 0;
        return known ? name : "GPU " + std::to_string(index);
    }

private:
    int (*m_init)(unsigned) = nullptr;
    int (*m_count)(int*) = nullptr;
    int (*m_get)(int*, int) = nullptr;
    int (*m_name)(char*, int, int) = nullptr;
    int (*m_words)(int, const char**) = nullptr;
};

fs::path pluginPath() {
    if (const char* given = std::getenv("TESSERA_CUDA_PLUGIN"); given && *given) return given;
    Dl_info here{};
    dladdr(reinterpret_cast<const void*>(&pluginPath), &here);
    return fs::path(here.dli_fname ? here.dli_fname : "").parent_path() / kFileName;
}

// dlerror() says "library: reason", and library need not be the plugin: whatever it needs may be missing.
std::string loaderReason(const fs::path& path) {
    const char* text = dlerror();
    std::string reason = text ? text : "the loader gives no reason";
    const std::string prefix = path.string() + ": ";
    if (reason.starts_with(prefix)) reason.erase(0, prefix.size());
    return reason;
}

fs::path existingPlugin() {
    fs::path path = pluginPath();
    std::error_code ignored;
    if (!fs::exists(path, ignored)) throw absent("the CUDA plugin is not there", path.string(), "build with -DTESSERA_CUDA=ON, or use --device cpu");
    return path;
}

// After a fault the driver counts GPUs that this process cannot use any more. Call with the mutex held.
void requireWorking() {
    if (lostReason) throw absent("the GPU failed earlier in this program: " + *lostReason, {}, "start the program again, or use --device cpu");
}

const CudaPlugin& load(const std::string& torchVersion) {
    const fs::path path = existingPlugin();
    // NODELETE: LibTorch does not survive being unloaded.
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) {
        throw absent("the CUDA plugin cannot be opened: " + loaderReason(path), path.string(),
                     "build against a LibTorch that has its CUDA libraries beside it (README, \"On a GPU\"), or use --device cpu");
    }
    const auto entry = reinterpret_cast<decltype(&tessera_cuda_plugin)>(dlsym(library, "tessera_cuda_plugin"));
    const CudaPlugin* table = entry ? entry() : nullptr;
    if (!table) throw absent("the file is a library but not a CUDA plugin", path.string(), "set TESSERA_CUDA_PLUGIN to the path of libtessera_cuda.so, or unset it");
    if (table->abi != kCudaPluginAbi) {
        throw absent("the CUDA plugin has interface version " + std::to_string(table->abi) + ", this engine needs " + std::to_string(kCudaPluginAbi),
                     path.string(), "build engine and plugin together, or use --device cpu");
    }
    if (table->torchVersion != torchVersion) {
        throw absent(std::string("the CUDA plugin was built with LibTorch ") + table->torchVersion + ", this engine with " + torchVersion, path.string(),
                     "build engine and plugin together, or use --device cpu");
    }
    return *table;
}

}  // namespace

const CudaPlugin& openCudaPlugin(const std::string& torchVersion) {
    std::lock_guard lock(mutex);
    requireWorking();
    if (const CudaPlugin* table = openedPlugin) return *table;
    Driver().countDevices();
    openedPlugin = &load(torchVersion);
    return *openedPlugin;
}

std::vector<std::string> cudaDeviceNames() {
    std::lock_guard lock(mutex);
    requireWorking();
    const Driver driver;
    const int count = driver.countDevices();
    existingPlugin();
    std::vector<std::string> names;
    for (int index = 0; index < count; ++index) names.push_back(driver.nameOf(index));
    return names;
}

const CudaPlugin* cudaPlugin() {
    return openedPlugin;
}

void setCudaLost(const std::string& reason) {
    std::lock_guard lock(mutex);
    if (!lostReason) lostReason = reason;
}

std::optional<std::string> cudaLost() {
    std::lock_guard lock(mutex);
    return lostReason;
}

}  // namespace tessera
