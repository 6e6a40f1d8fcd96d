// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QThreadPool>

#include <tessera/engine.h>

#include "bridge/engine_edits.h"

namespace tessera::studio {

struct Document;

/// Writes the codes and latents of the current cell's image under its model, as `tessera encode` does: .safetensors, .npz, .npy (the codes, of a model
/// without codes the latents) or .csv (the codes). Edited tokens are written as they are shown. The engine computes, a thread of its own writes;
/// the file appears whole or not at all.
class TokenExport : public QObject {
    Q_OBJECT
public:
    explicit TokenExport(Document& document, QObject* parent = nullptr);
    /// One on its way is given up, unless it is being written already.
    ~TokenExport() override;

    /// Why there is nothing to export, in one sentence; empty if there is.
    QString refusal() const;
    /// "photo tokens.safetensors", or "photo latents.safetensors" of a model without codes.
    QString suggestedName() const;
    /// For a dialog; the table only where there are codes.
    QString filter() const;

    /// The cell that is current now. Nothing while another export is on its way, or where refusal() says why.
    void start(const QString& path);
    void cancel();
    bool isRunning() const { return m_running; }

Q_SIGNALS:
    /// An empty problem is success, else one sentence. `written` says what the file holds: "16 × 16 × 8 codes, latents".
    void finished(const QString& path, const QString& written, const QString& problem);

private:
    bool hasCodes() const;

    Document& m_document;
    QThreadPool m_pool;
    ui::EngineEdits m_edits;
    Subscription m_job;
    bool m_running = false;
};

}  // namespace tessera::studio
