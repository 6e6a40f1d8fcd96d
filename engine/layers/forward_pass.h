// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "device/device_lane.h"

namespace tessera {

/// One run of a network: reports how much of its work is done, and notices between two pieces of work that nobody waits any more.
class ForwardPass {
public:
    /// `flops` of the whole run.
    ForwardPass(DeviceLane& lane, double flops) : m_lane(lane), m_total(flops) {}

    /// What the next layers are: "decoding, up block 3".
    void begin(std::string_view doing) { m_doing = doing; }
    /// Call after each piece of work; throws Cancelled when a stop was asked for.
    void did(double flops) {
        m_done += flops;
        m_lane.report(m_total > 0 ? std::min(1.0, m_done / m_total) : 0.0, m_doing);
        m_lane.checkStopped();
    }
    /// What a person must know about the result.
    void note(std::string text) { m_lane.note(std::move(text)); }
    void checkStopped() const { m_lane.checkStopped(); }

private:
    DeviceLane& m_lane;
    double m_total = 0, m_done = 0;
    std::string m_doing;
};

}  // namespace tessera
