// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/model_warm_up.h"

#include <algorithm>

#include "bridge/qt_executor.h"

namespace tessera::ui {
namespace {

// A larger model computes longer than its kernels take to make, and its memory is better left alone until it is wanted.
constexpr std::int64_t kMostParameters = 20'000'000;
constexpr int kGreySide = 64;

bool isWorthIt(const ModelInfo& model) {
    const auto can = [&](const char* capability) { return std::ranges::find(model.capabilities, capability) != model.capabilities.end(); };
    return model.parameters <= kMostParameters && can("encode") && can("decode");
}

}  // namespace

ModelWarmUp::ModelWarmUp(Session& session, EngineHost& host, QObject* parent) : QObject(parent), m_session(session), m_host(host) {
    connect(&host, &EngineHost::modelChanged, this, &ModelWarmUp::follow);
    connect(&host, &EngineHost::stateChanged, this, &ModelWarmUp::follow);
    connect(&session, &Session::rowsInserted, this, &ModelWarmUp::stop);
}

ModelWarmUp::~ModelWarmUp() {
    stop();
}

void ModelWarmUp::follow() {
    if (m_engine && m_engine != m_host.engine()) stop();
    if (!m_host.model()) m_warm = {};
    if (!m_host.engine() || !m_host.model() || m_host.model()->id == m_warm) return;
    stop();
    m_warm = m_host.model()->id;
    if (m_session.rows().empty() && isWorthIt(*m_host.model())) start();
}

void ModelWarmUp::start() {
    const auto& columns = m_session.columns();
    const auto wanted = std::ranges::find(columns, "reconstruction", &Column::lens);
    if (wanted == columns.end()) return;
    m_engine = m_host.engine();
    m_source = m_engine->addSource({.pixels = Image(kGreySide, kGreySide, 3, SharedArray<std::uint8_t>(std::vector<std::uint8_t>(kGreySide * kGreySide * 3, 128))), .name = "warm-up"});
    Observer<Picture> observer;
    observer.executor = guiExecutor(this);
    observer.onDone = [this, source = m_source](const Result<Picture>&) {
        if (m_engine && source == m_source) stop();
    };
    const Query query{.lens = wanted->lens, .cell = {.source = m_source, .model = m_warm}, .parameters = wanted->parameters};
    m_job = m_engine->request(query, Priority::OffScreen, std::move(observer));
}

void ModelWarmUp::stop() {
    if (!m_engine) return;
    m_job = {};
    m_engine->removeSource(m_source);
    m_engine.reset();
}

}  // namespace tessera::ui
