// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <tessera/engine.h>

#include "jobs/stage.h"

namespace tessera {

/// Proof of being on a device's thread: only code that is handed one may touch tensors.
class DeviceLane {
public:
    /// `precision` is resolved: never Auto.
    DeviceLane(at::Device device, Precision precision, StageContext& context) : m_device(device), m_precision(precision), m_context(&context) {}

    at::Device device() const { return m_device; }
    Precision precision() const { return m_precision; }
    bool stopRequested() const { return m_context->stopToken().stop_requested(); }
    /// Call between layers: throws Cancelled when nobody waits any more.
    void checkStopped() const { m_context->checkStopped(); }
    /// What a person must know about what is being computed, once each.
    void note(std::string text) {
        if (std::ranges::find(m_notes, text) == m_notes.end()) m_notes.push_back(std::move(text));
    }
    const std::vector<std::string>& notes() const { return m_notes; }
    void report(double fraction, std::string_view doing) { m_context->report(fraction, doing); }
    /// The same lane in another precision (the fp32 re-run after a NaN).
    DeviceLane in(Precision precision) const { return DeviceLane(m_device, precision, *m_context); }

private:
    at::Device m_device;
    Precision m_precision;
    StageContext* m_context;
    std::vector<std::string> m_notes;
};

}  // namespace tessera
