// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/code_pictures.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "bridge/engine_host.h"
#include "bridge/picture_image.h"
#include "bridge/qt_executor.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

/// "codes" [B,side,side,D]: every token of a sample is the one code, alone.
TensorMap codesAlone(const std::vector<DepthCode>& codes, int side, int depths) {
    const std::size_t perSample = static_cast<std::size_t>(side) * side * depths;
    std::vector<std::int64_t> values(codes.size() * perSample, -1);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        for (std::size_t at = codes[i].depth; at < perSample; at += depths) values[i * perSample + at] = codes[i].code;
    }
    std::vector<std::byte> bytes(values.size() * sizeof(std::int64_t));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    TensorMap tensors;
    tensors["codes"] = {.type = DType::I64, .shape = {static_cast<std::int64_t>(codes.size()), side, side, depths}, .bytes = SharedBytes(std::move(bytes))};
    return tensors;
}

bool decodes(const ModelInfo& model) {
    return model.codes.depths() > 0 && std::ranges::find(model.capabilities, "decode") != model.capabilities.end();
}

/// Cells along each side of the grid that the model is given.
int gridSide(const ModelInfo& model) {
    return model.inputSide > 0 && model.codes.pixelsPerCell > 0 ? model.inputSide / model.codes.pixelsPerCell : 1;
}

}  // namespace

CodePictures::CodePictures(Session& session, EngineHost& host, QObject* parent) : QObject(parent), m_session(session), m_host(host) {
    connect(&host, &EngineHost::modelChanged, this, &CodePictures::schedule);
    connect(&host, &EngineHost::stateChanged, this, &CodePictures::schedule);
    connect(&session, &Session::modelChanged, this, &CodePictures::schedule);
}

CodePictures::~CodePictures() = default;

/// A codebook that all residual depths share looks the same at each of them.
DepthCode CodePictures::keyOf(DepthCode code) const {
    return m_layout.shared && m_layout.kind == CodeLayout::Kind::Residual ? DepthCode{0, code.code} : code;
}

QImage CodePictures::of(DepthCode code) const {
    const auto it = m_kept.find(keyOf(code));
    if (it == m_kept.end()) return {};
    it->second.used = ++m_clock;
    return it->second.picture;
}

void CodePictures::want(const void* somebody, std::vector<DepthCode> codes) {
    if (codes.empty()) {
        m_wanted.erase(somebody);
    } else {
        m_wanted[somebody] = std::move(codes);
    }
    schedule();
}

void CodePictures::schedule() {
    if (std::exchange(m_scheduled, true)) return;
    const auto go = [this] {
        m_scheduled = false;
        ask();
    };
    QMetaObject::invokeMethod(this, go, Qt::QueuedConnection);
}

void CodePictures::ask() {
    const std::shared_ptr<Engine> engine = m_host.engine();
    const auto& model = m_host.modelOf(m_session.model()).info;
    const bool offered = engine && model && decodes(*model);
    const ModelId id = offered ? model->id : ModelId{};
    if (m_engine != engine || m_model != id) {
        m_engine = engine;
        m_model = id;
        m_layout = offered ? model->codes : CodeLayout();
        m_job = {};
        m_kept.clear();
        m_error.reset();
    }
    if (!offered || m_error || m_job) return;
    const int side = gridSide(*model);
    // One at a time where each costs a whole picture: what is scrolled away meanwhile is not decoded.
    std::vector<DepthCode> batch = missing(side == 1 ? kBatch : 1, *model);
    if (batch.empty()) return;
    Observer<std::vector<Picture>> observer;
    observer.executor = guiExecutor(this);
    observer.onDone = [this, batch, ticket = ++m_ticket, side](const Result<std::vector<Picture>>& result) { take(batch, ticket, side, result); };
    TensorMap tensors = codesAlone(batch, side, model->codes.depths());
    m_job = engine->decode(id, std::move(tensors), std::move(observer));
}

std::vector<DepthCode> CodePictures::missing(std::size_t most, const ModelInfo& model) const {
    std::vector<DepthCode> result;
    for (const auto& [somebody, codes] : m_wanted) {
        for (const DepthCode& wanted : codes) {
            if (result.size() == most) return result;
            const bool exists = wanted.depth >= 0 && wanted.depth < model.codes.depths() && wanted.code >= 0 && wanted.code < model.codes.codebookSizes[wanted.depth];
            const DepthCode key = keyOf(wanted);
            if (exists && !m_kept.contains(key) && std::ranges::find(result, key) == result.end()) result.push_back(key);
        }
    }
    return result;
}

void CodePictures::take(const std::vector<DepthCode>& asked, std::uint64_t ticket, int side, const Result<std::vector<Picture>>& result) {
    if (ticket != m_ticket) return;
    m_job = {};
    if (result.cancelled()) return;
    if (!result || result.value().size() != asked.size()) {
        m_error = result ? Error{ErrorCode::Internal, tr("the model decoded another number of codes than it was given").toStdString(), {}, {}} : result.error();
        return Q_EMIT arrived();
    }
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const Picture& picture = result.value()[i];
        const int width = picture.image.width() / side, height = picture.image.height() / side;
        QImage image = imageOf(picture, QRect(side / 2 * width, side / 2 * height, width, height));
        if (image.width() > kSide || image.height() > kSide) image = image.scaled(kSide, kSide, Qt::KeepAspectRatio, Qt::SmoothTransformation);
        m_kept[asked[i]] = {std::move(image), ++m_clock};
    }
    makeRoom();
    schedule();
    Q_EMIT arrived();
}

/// An eighth at a time: the pictures are looked through rarely.
void CodePictures::makeRoom() {
    if (m_kept.size() <= kMostKept) return;
    std::vector<std::uint64_t> ages;
    for (const auto& [code, kept] : m_kept) ages.push_back(kept.used);
    const auto eighth = ages.begin() + static_cast<std::ptrdiff_t>(ages.size() / 8);
    std::ranges::nth_element(ages, eighth);
    std::erase_if(m_kept, [oldest = *eighth](const auto& each) { return each.second.used < oldest; });
}

}  // namespace tessera::ui
