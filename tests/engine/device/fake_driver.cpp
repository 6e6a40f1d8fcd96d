// SPDX-License-Identifier: Apache-2.0
// As much of libcuda.so.1 as the loader asks. FAKE_DRIVER says what it finds: gpu, no_gpu, none_counted, broken.
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
    *count = kind() == "none_counted" ? 0 : 1;
    return 0;
}
__attribute__((visibility("default"))) int cuGetErrorString(int, const char** text) {
    *text = "system has unsupported display driver / cuda driver combination";
    return 0;
}
}
