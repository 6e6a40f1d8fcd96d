// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_opening.h"

#include <algorithm>

#include "document.h"
#include "panels/stage/header_words.h"

namespace tessera::studio {

ModelOpening::ModelOpening(Document& document, QObject* parent) : QObject(parent), m_document(document) {
    connect(&document.host, &ui::EngineHost::modelTried, this, [this](const ui::ModelChoice& model, const std::optional<Error>& error) {
        error ? Q_EMIT refused(model, *error) : show(model);
        next();
    });
}

void ModelOpening::openAll(const QStringList& references) {
    m_waiting = references;
    const bool moves = references.size() > 1 && ui::showsOneModel(m_document.session.workspace().kind);
    if (moves) {
        m_document.session.setWorkspace(ui::WorkspaceKind::Compare);
        begin(m_waiting.takeFirst(), false);
    } else {
        next();
    }
}

void ModelOpening::next() {
    if (!m_waiting.isEmpty()) begin(m_waiting.takeFirst(), true);
}

void ModelOpening::begin(const QString& reference, bool beside) {
    ui::EngineHost& host = m_document.host;
    const ui::ModelChoice model{reference.toStdString(), m_document.session.model().precision};
    m_beside = beside;
    const auto& known = host.choices();
    // Without an engine nothing can be tried, and a model that boards show needs no trial.
    if (!host.engine() || std::ranges::find(known, model) != known.end()) {
        host.endTrial();
        show(model);
        return next();
    }
    retry(model);
}

void ModelOpening::retry(const ui::ModelChoice& model) {
    Q_EMIT told(tr("Opening %1").arg(ui::modelName(model, m_document.host)));
    m_document.host.tryModel(model);
}

void ModelOpening::show(const ui::ModelChoice& model) {
    ui::Session& session = m_document.session;
    const std::vector<ui::ModelChoice> shown = ui::modelsOf(session.groups());
    if (m_beside && std::ranges::find(shown, model) != shown.end()) return;
    if (m_beside && !ui::showsOneModel(session.workspace().kind)) {
        return session.editColumns(tr("add model"), ui::withModel(session.groups(), model, session.nextLensId()));
    }
    const ui::ModelChoice before = session.model();
    session.chooseModel(model);
    if (before != model && !before.reference.empty()) Q_EMIT exchanged(before, model);
}

}  // namespace tessera::studio
