// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>
#include <string_view>

#include "jobs/stage.h"

namespace tessera {

/// Of what nobody stops and nobody watches.
class NoContext final : public StageContext {
public:
    std::stop_token stopToken() const override { return {}; }
    void report(double, std::string_view) override {}
    void partial(StageValue) override {}
};

}  // namespace tessera
