// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "train/parameters.h"

namespace tessera::train {

/// AdamW with decoupled decay (arXiv 1711.05101) after clipping by the norm of all gradients together; spec: engine/train/training.md, section 2.
class AdamW {
public:
    struct Settings {
        double rate = 1e-3;
        double beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8;
        double decay = 0.05;
        double clip = 1.0;  ///< most that the norm of all gradients may be
    };
    /// `decayed`: names of trained parameters that decay.
    AdamW(Parameters& parameters, std::set<std::string> decayed, Settings settings);

    /// One step by the gradients that are there; a trained parameter without one stands still but for its decay. Clips the gradients where they lie. Gives the norm of all gradients before clipping.
    double step() { return step(m_settings.rate); }
    double step(double rate);

    std::int64_t steps() const { return m_steps; }
    const Settings& settings() const { return m_settings; }
    /// "<name>.exp_avg", "<name>.exp_avg_sq" of every trained parameter and "steps" [1] int64: what a run is resumed with.
    TensorsByName state() const;
    /// Throws Failure(Mismatch) for a state of other parameters.
    void restore(const TensorsByName& state);

private:
    struct Slot {
        std::string name;
        at::Tensor parameter, mean, square;
        bool decayed = false;
    };
    /// Of those that decay, or of the others; gradients times `shrink`.
    void fusedStep(bool decayed, double rate, double shrink);

    Settings m_settings;
    std::vector<Slot> m_slots;
    std::int64_t m_steps = 0;
};

}  // namespace tessera::train
