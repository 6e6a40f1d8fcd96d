// SPDX-License-Identifier: Apache-2.0
#include "jobs/stage.h"

namespace tessera {

StagePlan::~StagePlan() {
    // The outermost destructor of a chain empties the list, the inner ones only add to it: depth costs no stack.
    static thread_local std::vector<std::shared_ptr<const StagePlan>>* pending = nullptr;
    if (parents.empty()) return;
    if (pending != nullptr) {
        for (auto& parent : parents) pending->push_back(std::move(parent));
        return;
    }
    std::vector<std::shared_ptr<const StagePlan>> list = std::move(parents);
    pending = &list;
    while (!list.empty()) {
        const std::shared_ptr<const StagePlan> last = std::move(list.back());
        list.pop_back();
    }
    pending = nullptr;
}

}  // namespace tessera
