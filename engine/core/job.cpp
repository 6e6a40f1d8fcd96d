// SPDX-License-Identifier: Apache-2.0
#include <tessera/job.h>

namespace tessera {

Executor inlineExecutor() {
    return [](std::function<void()> callback) { callback(); };
}

}  // namespace tessera
