// SPDX-License-Identifier: Apache-2.0
#include "local/drawing_stepper.h"

#include <algorithm>

#include "device/device_lane.h"
#include "device/torch_bridge.h"
#include "local/drawing_in_turn.h"
#include "local/finite_guard.h"
#include "local/part_context.h"

namespace tessera {
namespace {

/// A preview may take this share of the time.
constexpr double kPreviewShare = 0.2;
constexpr double kDecodeProgress = 0.05;  ///< of the whole

std::size_t bytesOf(const Generation& generation) {
    std::size_t bytes = 256;
    for (const GeneratedPicture& picture : generation.pictures) {
        bytes += picture.codes.size() * sizeof(std::int32_t) + picture.trace.size() * (16 + GenerationTrace::kAlternatives * 8);
        for (const Picture& frame : picture.frames) bytes += frame.byteSize();
        for (const GenerationStep& step : picture.steps) {
            bytes += step.state.byteSize() + step.expected.byteSize() + step.perToken.size() * sizeof(float) + step.masked.size() + step.codes.size() * sizeof(std::int32_t);
        }
    }
    return bytes;
}

StageValue valueOf(Generation generation) {
    const std::size_t bytes = bytesOf(generation);
    return StageValue::make(std::move(generation), bytes);
}

/// [1,C,rows,columns] to [C,N] on the CPU.
at::Tensor channelsByPositions(const at::Tensor& state) {
    return state.select(0, 0).flatten(1).to(at::kCPU, at::kFloat).clone();
}

void fillWhole(Picture& picture) {
    picture.sourceWidth = picture.image.width();
    picture.sourceHeight = picture.image.height();
    picture.region = {0, 0, static_cast<double>(picture.sourceWidth), static_cast<double>(picture.sourceHeight)};
}

}  // namespace

DrawingStepper::DrawingStepper(OpenModel open, at::Device device, GenerateRequest request, DrawingStart start, std::vector<Note> notes)
    : m_open(std::move(open)), m_device(device), m_request(std::move(request)), m_start(std::move(start)), m_seen(static_cast<std::size_t>(m_request.count)), m_notes(std::move(notes)) {}

std::optional<StageValue> DrawingStepper::step(StageContext& context) {
    if (!m_pending.empty()) return decodeNext(context);
    const double all = m_drawing ? m_drawing->drawn().positions : 1, done = m_drawing ? m_drawing->drawn().drawn : 0;
    PartContext part(context, (1 - kDecodeProgress) * done / all, (1 - kDecodeProgress) * std::min(1.0, (done + 1) / all));
    DeviceLane lane(m_device, m_open.precision, part);
    const auto secondsSince = [](Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); };
    const Clock::time_point begin = Clock::now();
    if (!m_drawing) {
        m_drawing = std::make_unique<DrawingInTurn>(*m_open.model->capabilities().generate, m_request, std::move(m_start));
    }
    m_drawn = !m_drawing->step(lane);
    m_seconds += secondsSince(begin);
    for (const std::string& note : lane.notes()) {
        if (std::ranges::find(m_notes, note, &Note::text) == m_notes.end()) m_notes.push_back({Note::Kind::Warning, note});
    }
    if (m_firstDrawn < 0) {
        m_firstDrawn = m_drawing->drawn().drawn;
        m_firstSeconds = m_seconds;
    }
    collectKept();
    const Generation& drawn = m_drawing->drawn();
    if (m_drawn) {
        colourByEnds();
        for (int i = 0; i < m_request.count; ++i) {
            for (int frame = 0; decodes() && frame < drawn.frames; ++frame) m_pending.push_back(placeOf(i, frame));
        }
        return m_pending.empty() ? afterDecoding(context) : std::nullopt;
    }
    if (previewDue()) {
        for (int i = 0; i < m_request.count; ++i) m_pending.push_back(placeOf(i, std::min(drawn.frames - 1, drawn.drawn / std::max(1, drawn.rows * drawn.columns))));
        m_previewing = true;
        m_previewBegan = Clock::now();
    }
    context.partial(valueOf(soFar()));
    return std::nullopt;
}

/// A model that draws codes may have nobody beside it to paint them.
bool DrawingStepper::previewDue() const {
    return decodes() && m_request.previewSeconds > 0 && m_seconds - m_previewAt >= std::max(m_request.previewSeconds, m_previewCost / kPreviewShare);
}

/// What the steps that came last looked like goes no further than to here.
void DrawingStepper::collectKept() {
    const Generation& drawn = m_drawing->drawn();
    for (std::size_t i = 0; i < drawn.pictures.size(); ++i) {
        const std::vector<GenerationStep>& steps = drawn.pictures[i].steps;
        while (m_seen[i].size() < steps.size()) {
            const int kept = static_cast<int>(m_seen[i].size());
            const at::Tensor state = m_drawing->state(i);
            Seen seen;
            if (state.defined()) {
                seen.state = channelsByPositions(state);
                seen.colours = coloured(seen.state, PrincipalAxes::of(seen.state.to(at::kDouble)));
            }
            m_seen[i].push_back(std::move(seen));
            if (!decodes()) continue;
            m_pending.push_back({.picture = static_cast<int>(i), .kept = kept, .latents = m_drawing->expected(i), .codes = steps[static_cast<std::size_t>(kept)].codes});
        }
    }
}

DrawingStepper::Place DrawingStepper::placeOf(int picture, int frame) const {
    const Generation& drawn = m_drawing->drawn();
    const auto index = static_cast<std::size_t>(picture);
    if (const at::Tensor latents = m_drawing->expected(index); latents.defined()) return {.picture = picture, .frame = frame, .latents = latents};
    const auto& codes = drawn.pictures[index].codes;
    const auto at = [&](int which) { return codes.begin() + static_cast<std::ptrdiff_t>(drawn.at(which, 0, 0, 0)); };
    return {.picture = picture, .frame = frame, .codes = {at(frame), at(frame + 1)}};
}

Generation DrawingStepper::soFar() const {
    Generation so = m_drawing->drawn();
    so.seconds = m_seconds;
    // The first step reads the prompt too, and what was given.
    const double tokens = static_cast<double>(so.drawn - m_firstDrawn) * m_request.count, seconds = m_seconds - m_firstSeconds;
    if (tokens > 0 && seconds > 0) so.tokensPerSecond = tokens / seconds;
    so.precision = nameOf(m_open.precision);
    for (std::size_t i = 0; i < so.pictures.size(); ++i) {
        std::vector<GenerationStep>& steps = so.pictures[i].steps;
        for (std::size_t k = 0; k < std::min(steps.size(), m_seen[i].size()); ++k) {
            steps[k].expected = m_seen[i][k].expected;
            steps[k].state = m_seen[i][k].colours;
        }
    }
    return so;
}

/// Once a picture is drawn, along the axes of its own tokens: it is seen to come out of the noise.
void DrawingStepper::colourByEnds() {
    for (std::size_t i = 0; i < m_seen.size(); ++i) {
        const at::Tensor end = m_drawing->state(i);
        if (!end.defined() || m_seen[i].empty()) continue;
        const PrincipalAxes axes = PrincipalAxes::of(channelsByPositions(end).to(at::kDouble));
        for (Seen& seen : m_seen[i]) seen.colours = coloured(seen.state, axes);
    }
}

Picture DrawingStepper::coloured(const at::Tensor& state, const PrincipalAxes& axes) const {
    const Generation& drawn = m_drawing->drawn();
    Picture result;
    result.image = coloursOfScores(axes.scores(state.to(at::kDouble)), drawn.columns, drawn.rows);
    fillWhole(result);
    result.precision = nameOf(m_open.precision);
    result.summary = std::to_string(drawn.columns) + " x " + std::to_string(drawn.rows) + " tokens, three principal components";
    return result;
}

std::optional<StageValue> DrawingStepper::decodeNext(StageContext& context) {
    const Place place = std::move(m_pending.front());
    m_pending.pop_front();
    Picture picture = decoded(place, context);
    if (place.kept >= 0) m_seen[static_cast<std::size_t>(place.picture)][static_cast<std::size_t>(place.kept)].expected = std::move(picture);
    else m_frames.push_back(std::move(picture));
    return m_pending.empty() ? afterDecoding(context) : std::nullopt;
}

std::optional<StageValue> DrawingStepper::afterDecoding(StageContext& context) {
    Generation so = soFar();
    const std::size_t each = m_frames.size() / so.pictures.size();
    for (std::size_t i = 0; i < m_frames.size(); ++i) so.pictures[i / each].frames.push_back(std::move(m_frames[i]));
    m_frames.clear();
    if (!m_drawn) {
        if (m_previewing) {
            m_previewCost = std::chrono::duration<double>(Clock::now() - m_previewBegan).count();
            m_previewAt = m_seconds;
            m_previewing = false;
        }
        context.partial(valueOf(std::move(so)));
        return std::nullopt;
    }
    so.finished = true;
    return valueOf(std::move(so));
}

Picture DrawingStepper::decoded(const Place& place, StageContext& context) const {
    const Generation& drawn = m_drawing->drawn();
    const double done = static_cast<double>(drawn.drawn) / drawn.positions;
    PartContext part(context, (1 - kDecodeProgress) * done, (1 - kDecodeProgress) * done + (m_drawn ? kDecodeProgress : 0));
    const Capabilities& can = m_open.model->capabilities();
    DeviceLane exact(m_device, Precision::Fp32, part), lane(m_device, m_open.precision, part);
    at::Tensor latents = place.latents;
    if (!latents.defined()) {
        const std::vector<std::int64_t> codes(place.codes.begin(), place.codes.end());
        latents = can.quantize->embed(at::tensor(codes, at::kLong).view({1, drawn.rows, drawn.columns, drawn.depths}), 0, drawn.depths, exact);
    }
    Picture picture;
    const at::Tensor image = guarded(m_open, lane, "decoder", picture.precision, picture.notes, [&](DeviceLane& l) { return TensorsByName{{"image", can.decode->decode(latents, l)}}; }).at("image");
    picture.notes.insert(picture.notes.begin(), m_notes.begin(), m_notes.end());
    picture.image = imageFromTensor(image);
    picture.partial = !m_drawn || place.kept >= 0;
    fillWhole(picture);
    picture.summary = std::to_string(picture.sourceWidth) + " x " + std::to_string(picture.sourceHeight) + " px";
    return picture;
}

}  // namespace tessera
