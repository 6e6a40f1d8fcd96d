// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QObject>
#include <QStringList>

#include "workspace/columns.h"

namespace tessera::studio {

struct Document;

/// Models on their way to the board. One that is not open yet is opened first, so that the board stays as it was where that fails.
class ModelOpening : public QObject {
    Q_OBJECT
public:
    explicit ModelOpening(Document& document, QObject* parent = nullptr);

    /// Dropped, or chosen from a dialog: beside the models of a board that shows several, else in the place of the one.
    void open(const QString& reference) { openAll({reference}); }
    /// Several at once: side by side, one after the other, on the board that compares where the present one shows a single model.
    void openAll(const QStringList& references);
    /// Chosen from a list: in the place of the current column's.
    void choose(const QString& reference) {
        m_waiting.clear();
        begin(reference, false);
    }
    /// The one that was refused last.
    void retry(const ui::ModelChoice& model);

Q_SIGNALS:
    /// One sentence.
    void told(const QString& sentence);
    /// The board shows the one in the place of the other.
    void exchanged(const tessera::ui::ModelChoice& before, const tessera::ui::ModelChoice& now);
    void refused(const tessera::ui::ModelChoice& model, const tessera::Error& error);

private:
    void begin(const QString& reference, bool beside);
    void show(const ui::ModelChoice& model);
    void next();

    Document& m_document;
    QStringList m_waiting;  ///< to be opened beside those that are there
    bool m_beside = false;  ///< where the model of the trial goes
};

}  // namespace tessera::studio
