// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>
#include <string_view>
#include <utility>

#include "jobs/stage.h"

namespace tessera {

/// One step of a longer work: what it reports is a part of the whole.
class PartContext final : public StageContext {
public:
    PartContext(StageContext& whole, double from, double to) : m_whole(whole), m_from(from), m_to(to) {}
    std::stop_token stopToken() const override { return m_whole.stopToken(); }
    void report(double fraction, std::string_view doing) override { m_whole.report(m_from + (m_to - m_from) * fraction, doing); }
    void partial(StageValue value) override { m_whole.partial(std::move(value)); }

private:
    StageContext& m_whole;
    double m_from, m_to;
};

}  // namespace tessera
