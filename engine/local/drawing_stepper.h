// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "jobs/stage.h"
#include "lenses/principal_axes.h"
#include "local/model_store.h"

namespace tessera {

/// Draws token after token or step after step, a preview now and then, and at the end every picture decoded: each a step of its own. Of models that draw in steps the kept ones become
/// pictures as they come, so that no more than these is in memory.
class DrawingStepper final : public StageStepper {
public:
    /// `start`: what the model's encoder gave of the picture to set out from, if there is one. `notes`: what is to be said of every picture.
    DrawingStepper(OpenModel open, at::Device device, GenerateRequest request, DrawingStart start, std::vector<Note> notes);

    std::optional<StageValue> step(StageContext& context) override;

private:
    using Clock = std::chrono::steady_clock;

    /// A picture that is to be decoded.
    struct Place {
        int picture = 0, frame = 0;
        int kept = -1;                    ///< of GeneratedPicture::steps; -1: of its frames
        at::Tensor latents{};             ///< what the decoder takes; undefined: `codes`
        std::vector<std::int32_t> codes{};  ///< (rows, columns, depths) of that frame
    };
    /// What a kept step looked like.
    struct Seen {
        at::Tensor state;  ///< [C,N] float32 on the CPU; undefined: of no flow
        Picture colours;   ///< of it
        Picture expected;
    };

    bool decodes() const { return m_open.model->capabilities().decode != nullptr; }
    bool previewDue() const;
    void collectKept();
    Place placeOf(int picture, int frame) const;
    Generation soFar() const;
    std::optional<StageValue> decodeNext(StageContext& context);
    std::optional<StageValue> afterDecoding(StageContext& context);
    Picture decoded(const Place& place, StageContext& context) const;
    void colourByEnds();
    Picture coloured(const at::Tensor& state, const PrincipalAxes& axes) const;

    OpenModel m_open;
    at::Device m_device;
    GenerateRequest m_request;
    DrawingStart m_start;
    std::unique_ptr<Drawing> m_drawing;
    bool m_drawn = false;
    std::deque<Place> m_pending;
    std::vector<Picture> m_frames;          ///< those that are decoded
    std::vector<std::vector<Seen>> m_seen;  ///< of each picture
    std::vector<Note> m_notes;              ///< those of the start, and what the lane was told while drawing
    double m_seconds = 0, m_firstSeconds = 0;
    int m_firstDrawn = -1;
    double m_previewAt = 0, m_previewCost = 0;
    bool m_previewing = false;
    Clock::time_point m_previewBegan;
};

}  // namespace tessera
