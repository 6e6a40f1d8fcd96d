// SPDX-License-Identifier: Apache-2.0
// Pictures that are drawn from words.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>

#include "core/error.h"
#include "device/device_lane.h"
#include "device/torch_bridge.h"
#include "local/finite_guard.h"
#include "local/local_planner.h"
#include "text/unicode_text.h"

namespace tessera {
namespace {

constexpr std::int64_t kDrawingVersion = 1;
constexpr int kMostPictures = 64;
/// A preview may take this share of the time.
constexpr double kPreviewShare = 0.2;
constexpr double kDecodeProgress = 0.05;  ///< of the whole

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

std::size_t bytesOf(const Generation& generation) {
    std::size_t bytes = 256;
    for (const GeneratedPicture& picture : generation.pictures) {
        bytes += picture.codes.size() * sizeof(std::int32_t) + picture.trace.size() * (16 + GenerationTrace::kAlternatives * 8);
        for (const Picture& frame : picture.frames) bytes += frame.byteSize();
    }
    return bytes;
}

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

/// Token after token, a preview now and then, and at the end every picture decoded: each a step of its own.
class DrawingStepper final : public StageStepper {
public:
    DrawingStepper(OpenModel open, at::Device device, GenerateRequest request) : m_open(std::move(open)), m_device(device), m_request(std::move(request)) {}

    std::optional<StageValue> step(StageContext& context) override {
        if (!m_pending.empty()) return decodeNext(context);
        const double all = m_drawing ? m_drawing->drawn().positions : 1, done = m_drawing ? m_drawing->drawn().drawn : 0;
        PartContext part(context, (1 - kDecodeProgress) * done / all, (1 - kDecodeProgress) * (done + 1) / all);
        DeviceLane lane(m_device, m_open.precision, part);
        const Clock::time_point begin = Clock::now();
        if (!m_drawing) m_drawing = m_open.model->capabilities().generate->begin(m_request, lane);
        m_drawn = !m_drawing->step(lane);
        m_seconds += secondsSince(begin);
        if (m_firstDrawn < 0) {
            m_firstDrawn = m_drawing->drawn().drawn;
            m_firstSeconds = m_seconds;
        }
        if (m_drawn) {
            for (int i = 0; i < m_request.count; ++i) {
                for (int frame = 0; frame < m_drawing->drawn().frames; ++frame) m_pending.push_back({i, frame});
            }
            return std::nullopt;
        }
        context.partial(valueOf(soFar()));
        if (previewDue()) {
            const Generation& drawn = m_drawing->drawn();
            for (int i = 0; i < m_request.count; ++i) m_pending.push_back({i, std::min(drawn.frames - 1, drawn.drawn / (drawn.rows * drawn.columns))});
            m_previewBegan = Clock::now();
        }
        return std::nullopt;
    }

private:
    struct Place {
        int picture = 0, frame = 0;
    };

    static StageValue valueOf(Generation generation) {
        const std::size_t bytes = bytesOf(generation);
        return StageValue::make(std::move(generation), bytes);
    }

    bool previewDue() const {
        return m_request.previewSeconds > 0 && m_seconds - m_previewAt >= std::max(m_request.previewSeconds, m_previewCost / kPreviewShare);
    }

    Generation soFar() const {
        Generation so = m_drawing->drawn();
        so.seconds = m_seconds;
        // The first step reads the prompt too, and what was given.
        const double tokens = static_cast<double>(so.drawn - m_firstDrawn) * m_request.count, seconds = m_seconds - m_firstSeconds;
        if (tokens > 0 && seconds > 0) so.tokensPerSecond = tokens / seconds;
        so.precision = nameOf(m_open.precision);
        return so;
    }

    std::optional<StageValue> decodeNext(StageContext& context) {
        const Place place = m_pending.front();
        m_frames.push_back(decoded(place, context));
        m_pending.pop_front();
        if (!m_pending.empty()) return std::nullopt;
        Generation so = soFar();
        const std::size_t each = m_frames.size() / so.pictures.size();
        for (std::size_t i = 0; i < m_frames.size(); ++i) so.pictures[i / each].frames.push_back(std::move(m_frames[i]));
        m_frames.clear();
        if (!m_drawn) {
            m_previewCost = secondsSince(m_previewBegan);
            m_previewAt = m_seconds;
            context.partial(valueOf(std::move(so)));
            return std::nullopt;
        }
        so.finished = true;
        return valueOf(std::move(so));
    }

    Picture decoded(const Place& place, StageContext& context) const {
        const Generation& drawn = m_drawing->drawn();
        const double done = static_cast<double>(drawn.drawn) / drawn.positions;
        PartContext part(context, (1 - kDecodeProgress) * done, (1 - kDecodeProgress) * done + (m_drawn ? kDecodeProgress : 0));
        const Capabilities& can = m_open.model->capabilities();
        const std::vector<std::int32_t>& codes = drawn.pictures[static_cast<std::size_t>(place.picture)].codes;
        const std::vector<std::int64_t> frame(codes.begin() + static_cast<std::ptrdiff_t>(drawn.at(place.frame, 0, 0, 0)), codes.begin() + static_cast<std::ptrdiff_t>(drawn.at(place.frame + 1, 0, 0, 0)));
        DeviceLane exact(m_device, Precision::Fp32, part), lane(m_device, m_open.precision, part);
        const at::Tensor sums = can.quantize->embed(at::tensor(frame, at::kLong).view({1, drawn.rows, drawn.columns, drawn.depths}), 0, drawn.depths, exact);
        Picture picture;
        const at::Tensor image = guarded(m_open, lane, "decoder", picture.precision, picture.notes, [&](DeviceLane& l) { return TensorsByName{{"image", can.decode->decode(sums, l)}}; }).at("image");
        picture.image = imageFromTensor(image);
        picture.partial = !m_drawn;
        picture.sourceWidth = picture.image.width();
        picture.sourceHeight = picture.image.height();
        picture.region = {0, 0, static_cast<double>(picture.sourceWidth), static_cast<double>(picture.sourceHeight)};
        picture.summary = std::to_string(picture.sourceWidth) + " x " + std::to_string(picture.sourceHeight) + " px";
        return picture;
    }

    OpenModel m_open;
    at::Device m_device;
    GenerateRequest m_request;
    std::unique_ptr<Drawing> m_drawing;
    bool m_drawn = false;
    std::deque<Place> m_pending;    ///< frames that are to be decoded
    std::vector<Picture> m_frames;  ///< those that are
    double m_seconds = 0, m_firstSeconds = 0;
    int m_firstDrawn = -1;
    double m_previewAt = 0, m_previewCost = 0;
    Clock::time_point m_previewBegan;
};

void check(const GenerateRequest& request, const OpenModel& open, const Generator& generator) {
    const auto refuse = [](const char* what, const char* advice) { throw Failure(ErrorCode::Invalid, what, "generate", advice); };
    text::checkUtf8(request.prompt, "generate");
    if (text::stripped(request.prompt).empty()) refuse("the prompt is empty", "say what is to be drawn");
    if (request.count < 1 || request.count > kMostPictures) refuse("the number of pictures is out of range", "use 1 to 64");
    if (!(request.guidance >= 0) || request.guidance > 100) refuse("the guidance is out of range", "use 0 to 100; 1 guides nothing");
    if (!(request.temperature >= 0) || request.temperature > 100) refuse("the temperature is out of range", "use 0 to 100");
    if (request.topK < 0) refuse("top-k is out of range", "use a number of codes, or 0 for all");
    if (!(request.topP > 0) || request.topP > 1) refuse("top-p is out of range", "use a share above 0, up to 1");
    if (!(request.previewSeconds >= 0)) refuse("the time between previews is out of range", "use a number of seconds, or 0 for none");
    if (request.video && generator.clipFrames() == 0) throw Failure(ErrorCode::Unsupported, "this model draws pictures and no clips", open.info.name, "ask for a picture");
}

}  // namespace

StagePlanPtr LocalPlanner::drawing(const GenerateRequest& request) {
    const OpenModel open = m_models.get(request.model);
    const Generator* generator = open.model->capabilities().generate;
    if (!generator) throw Failure(ErrorCode::Unsupported, "this model draws no pictures from words", open.info.name, "choose a model that can: a whole VILA-U");
    check(request, open, *generator);
    Hasher key;
    key.add(std::string_view("drawing")).add(kDrawingVersion).add(policyOf(open, open.precision)).add(std::string_view(request.prompt)).add(std::int64_t(request.video)).add(std::int64_t(request.count));
    key.add(static_cast<std::int64_t>(request.seed)).add(Value(request.guidance)).add(Value(request.temperature)).add(std::int64_t(request.topK)).add(Value(request.topP));
    key.add(std::as_bytes(std::span(request.given)));
    auto stage = std::make_shared<StagePlan>();
    stage->key = key.finish();
    stage->name = "drawing";
    stage->weight = 10;
    stage->start = [open, device = m_device, request](std::span<const StageValue>) { return std::make_unique<DrawingStepper>(open, device, request); };
    return stage;
}

}  // namespace tessera
