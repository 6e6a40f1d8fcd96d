// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/codebook_reader.h"

#include <cstring>

#include "bridge/engine_host.h"
#include "bridge/qt_executor.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

/// Nothing unless the tensor is `count` codewords of `dim` numbers.
std::optional<Codewords> codewordsOf(const HostTensor& tensor, int count, int dim) {
    const bool fits = tensor.type == DType::F32 && tensor.shape == std::vector<std::int64_t>{count, dim} && tensor.bytes.size() == std::size_t(count) * dim * sizeof(float);
    if (!fits) return std::nullopt;
    const std::byte* bytes = tensor.bytes.data();
    const std::size_t size = std::size_t(count) * dim;
    if (reinterpret_cast<std::uintptr_t>(bytes) % alignof(float) == 0) {
        auto owner = std::make_shared<const SharedBytes>(tensor.bytes);
        return Codewords{SharedArray<float>(std::move(owner), reinterpret_cast<const float*>(bytes), size), count, dim};
    }
    std::vector<float> values(size);
    std::memcpy(values.data(), bytes, size * sizeof(float));
    return Codewords{SharedArray<float>(std::move(values)), count, dim};
}

}  // namespace

CodebookReader::CodebookReader(Session& session, EngineHost& host, QObject* parent) : QObject(parent), m_session(session), m_host(host) {}

CodebookReader::~CodebookReader() = default;

std::shared_ptr<const Codebooks> CodebookReader::read() {
    const std::shared_ptr<Engine> engine = m_host.engine();
    const auto& model = m_host.modelOf(m_session.model()).info;
    const bool offered = engine && model && model->codes.depths() > 0;
    const ModelId id = offered ? model->id : ModelId{};
    if (m_engine == engine && m_model == id) return m_codebooks;
    m_engine = engine;
    m_model = id;
    m_job = {};
    m_codebooks.reset();
    m_error.reset();
    if (!offered) return nullptr;
    Observer<TensorMap> observer;
    observer.executor = guiExecutor(this);
    observer.onDone = [this, model = *model, ticket = ++m_ticket](const Result<TensorMap>& result) { take(model, ticket, result); };
    m_job = engine->codebooks(id, std::move(observer));
    return nullptr;
}

void CodebookReader::take(const ModelInfo& model, std::uint64_t ticket, const Result<TensorMap>& result) {
    if (ticket != m_ticket || model.id != m_model || result.cancelled()) return;
    m_job = {};
    if (!result) {
        m_error = result.error();
        return Q_EMIT answered();
    }
    auto codebooks = std::make_shared<Codebooks>(Codebooks{model.id, model.codes, {}});
    for (int depth = 0; depth < (model.codes.shared ? 1 : model.codes.depths()); ++depth) {
        const auto tensor = result.value().find("codebook." + std::to_string(depth));
        const auto book = tensor == result.value().end() ? std::nullopt : codewordsOf(tensor->second, model.codes.codebookSizes[depth], model.codes.codewordDim);
        if (!book) {
            m_error = Error{ErrorCode::Unsupported, tr("the codebook of depth %1 is not what the model says of it").arg(depth + 1).toStdString(), model.name, {}};
            return Q_EMIT answered();
        }
        codebooks->books.push_back(*book);
    }
    m_codebooks = std::move(codebooks);
    Q_EMIT answered();
}

}  // namespace tessera::ui
