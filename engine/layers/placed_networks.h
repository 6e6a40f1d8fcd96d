// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "device/device_lane.h"
#include "layers/weights.h"

namespace tessera {

/// Copies of a network per device and precision, each made inside the lane that first needs it.
template <typename Network>
class PlacedNetworks {
public:
    /// `build(Placement)` gives a Network.
    template <typename Build>
    const Network& on(const DeviceLane& lane, const Build& build) const {
        const Placement placement{lane.device(), lane.precision()};
        std::lock_guard lock(m_mutex);
        auto& network = m_networks[placement];
        if (!network) network = std::make_unique<Network>(build(placement));
        return *network;
    }

private:
    mutable std::mutex m_mutex;
    mutable std::map<Placement, std::unique_ptr<const Network>> m_networks;
};

}  // namespace tessera
