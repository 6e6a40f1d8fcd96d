// SPDX-License-Identifier: Apache-2.0
// As much of libcuda.so.1 as the loader asks. FAKE_DRIVER says what it finds: gpu, two_gpus, no_gpu, none_counted, broken.
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

std::string kind() {
    const char* given = std::getenv("FAKE_DRIVER");
    return given ? given : "gpu";
}

}  // namespace

extern "C" {
__attribute__((visibility("default"))) int cuInit(unsigned) { return kind() == "no_gpu" ? 100 : kind() == "broken" ? 803 : 0; }
__attribute__((visibility("default"))) int cuDeviceGetCount(int* count) {
    *count = kind() == "none_counted" ? 0 : kind() == "two_gpus" ? 2 : 1;
    return 0;
}
__attribute__((visibility("default"))) int cuDeviceGet(int* device, int index) {
    *device = 100 + index;  // a handle, not the index
    return 0;
}
__attribute__((visibility("default"))) int cuDeviceGetName(char* name, int size, int device) {
    std::snprintf(name, static_cast<std::size_t>(size), "Fake GPU %c", 'A' + device - 100);
    return 0;
}
__attribute__((visibility("default"))) int cuGetErrorString(int, const char** text) {
    *text = "system has unsupported display driver / cuda driver combination";
    return 0;
}
}
