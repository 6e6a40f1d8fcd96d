// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include <ATen/ATen.h>

#include "families/model_family.h"

namespace tessera {

/// A request's pictures, all together as its model draws them. Where memory is short for that, what is not needed is given back and they are drawn one after the other from the beginning: a
/// picture's draws hang on its own seed alone, so that it becomes the same but for rounding. Only where one by itself does not fit the failure stays. Models that go through their pictures
/// one by one anyway gain the memory that was given back.
class DrawingInTurn final : public Drawing {
public:
    /// `generator` must outlive it.
    DrawingInTurn(const Generator& generator, GenerateRequest request, DrawingStart start);

    bool step(DeviceLane& lane) override;
    // The others from the first step on.
    /// In turns Generation::drawn is that of the picture of which the most is there; those whose turn did not come are as they were when memory ended.
    const Generation& drawn() const override { return inTurn() ? m_all : m_now->drawn(); }
    at::Tensor expected(std::size_t index) const override;
    at::Tensor state(std::size_t index) const override;

private:
    bool inTurn() const { return m_turn >= 0; }
    void begin(DeviceLane& lane);
    void changeToTurns(DeviceLane& lane);
    bool stepOfOne(DeviceLane& lane);
    void take();

    const Generator& m_generator;
    GenerateRequest m_request;
    DrawingStart m_start;
    std::unique_ptr<Drawing> m_now;
    int m_turn = -1;    ///< the picture that is drawn by itself; -1: all together
    int m_before = 0;   ///< Generation::drawn when memory ended
    Generation m_all;
    std::vector<at::Tensor> m_expected, m_states;
    at::Tensor m_nothing;  ///< expected of a flow's picture whose turn did not come
};

}  // namespace tessera
