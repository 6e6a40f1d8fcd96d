// SPDX-License-Identifier: GPL-3.0-or-later
#include "token_export.h"

#include <algorithm>
#include <memory>

#include <QFileInfo>

#include <tessera/source_words.h>

#include "bridge/cell_wish.h"
#include "bridge/qt_executor.h"
#include "document.h"

namespace tessera::studio {
namespace {

/// What the worker needs, and what is remembered of it afterwards.
struct Order {
    QString path;
    FileWords words;
    ui::TokenEditPointer edit;
    ui::ModelChoice model;
    ParameterSet preprocessing;
};

const ui::Column& currentColumn(const Document& document) {
    return document.session.columns()[document.session.currentColumn()];
}

const ModelInfo* currentModel(const Document& document) {
    const auto& info = document.host.modelOf(currentColumn(document).model).info;
    return info ? &*info : nullptr;
}

/// "16 × 16 × 8 codes, latents"
QString contentsOf(const TensorMap& tensors, const QString& path) {
    const QString ending = QFileInfo(path).suffix();
    const auto codes = tensors.find("codes"), latents = tensors.find("latents");
    const bool both = ending == u"safetensors" || ending == u"npz";
    QStringList parts;
    if (codes != tensors.end()) {
        const auto& shape = codes->second.shape;
        parts << TokenExport::tr("%1 × %2 × %3 codes").arg(shape[2]).arg(shape[1]).arg(shape[3]);
    }
    if (latents != tensors.end() && (both || codes == tensors.end())) {
        const auto& shape = latents->second.shape;
        parts << TokenExport::tr("%1 × %2 × %3 latents").arg(shape[3]).arg(shape[2]).arg(shape[1]);
    }
    return parts.join(QStringLiteral(", "));
}

}  // namespace

TokenExport::TokenExport(Document& document, QObject* parent) : QObject(parent), m_document(document) {
    m_pool.setMaxThreadCount(1);
}

TokenExport::~TokenExport() {
    m_job = {};
    m_pool.waitForDone();
}

QString TokenExport::refusal() const {
    const ui::Row* row = m_document.session.find(m_document.session.currentRow());
    if (!row) return tr("There is no image yet");
    if (row->error) return QString::fromStdString(toLine(*row->error));
    const ModelInfo* model = currentModel(m_document);
    if (!m_document.host.engine() || !model) return tr("The model is not open yet");
    if (std::ranges::find(model->capabilities, "encode") == model->capabilities.end()) return tr("%1 has no encoder").arg(QString::fromStdString(model->name));
    return {};
}

bool TokenExport::hasCodes() const {
    const ModelInfo* model = currentModel(m_document);
    return model && model->codes.depths() > 0;
}

QString TokenExport::suggestedName() const {
    const ui::Row* row = m_document.session.find(m_document.session.currentRow());
    const QString stem = row ? QFileInfo(row->name).completeBaseName() : QString();
    return (hasCodes() ? tr("%1 tokens.safetensors") : tr("%1 latents.safetensors")).arg(stem);
}

QString TokenExport::filter() const {
    QStringList filters{tr("Tensors with metadata (*.safetensors)"), tr("NumPy archive (*.npz)"), hasCodes() ? tr("NumPy array of the codes (*.npy)") : tr("NumPy array of the latents (*.npy)")};
    if (hasCodes()) filters << tr("Table of the codes (*.csv)");
    return filters.join(QStringLiteral(";;"));
}

void TokenExport::start(const QString& path) {
    if (m_running || !refusal().isEmpty()) return;
    const ui::Session& session = m_document.session;
    const ui::Row& row = *session.find(session.currentRow());
    const ModelInfo& model = *currentModel(m_document);
    auto order = std::make_shared<Order>();
    order->path = path;
    order->model = currentColumn(m_document).model;
    order->preprocessing = ui::preprocessingOf(currentColumn(m_document), m_document.host.lenses());
    if (!session.view().unedited) order->edit = session.tokenEdit(row.id, order->model);
    const std::string image = row.request.path.empty() ? row.name.toStdString() : row.request.path;
    order->words = tokenWords(model, image, order->preprocessing, "Tessera " TESSERA_VERSION);
    if (order->edit) {
        const auto count = order->edit->changes.size();
        order->words["edited"] = std::to_string(count) + (count == 1 ? " code" : " codes");
    }
    m_running = true;
    const Executor gui = ui::guiExecutor(this);
    const auto finish = [this, order](const QString& written, const QString& problem) {
        m_running = false;
        if (problem.isEmpty()) m_document.editFiles.note(order->path, order->edit, order->model, order->preprocessing);
        Q_EMIT finished(order->path, written, problem);
    };
    Observer<TensorMap> observer;
    observer.executor = gui;
    observer.onDone = [this, order, gui, finish](const Result<TensorMap>& result) {
        m_job = {};
        if (!result) return finish({}, result.cancelled() ? tr("The export was cancelled, no file is written") : QString::fromStdString(toLine(result.error())));
        m_pool.start([order, gui, finish, tensors = result.value()] {
            const auto problem = writeTensorFile(order->path.toStdString(), tensors, order->words);
            gui([finish, written = contentsOf(tensors, order->path), sentence = problem ? QString::fromStdString(toLine(*problem)) : QString()] { finish(written, sentence); });
        });
    };
    const CellRef cell{.source = m_document.board.source(row.id), .model = model.id, .edit = m_edits.idOf(m_document.host.engine(), order->edit)};
    m_job = m_document.host.engine()->encode(cell, order->preprocessing, std::move(observer));
}

void TokenExport::cancel() {
    if (m_job) m_job.cancel();
}

}  // namespace tessera::studio
