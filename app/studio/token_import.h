// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include <QObject>
#include <QStringList>
#include <QThreadPool>

#include <tessera/files.h>

#include "workspace/columns.h"

namespace tessera::studio {

struct Document;

/// Files of codes and latents on their way in: as rows of their own, under the model that gave them where it is known, or as the tokens of the
/// current cell. Both can be undone in one step. Files are read off the GUI thread.
class TokenImport : public QObject {
    Q_OBJECT
public:
    explicit TokenImport(Document& document, QObject* parent = nullptr);
    ~TokenImport() override;

    /// Each file becomes a row, one of several pictures a row for each. What is wrong with a file its row says.
    void open(const QStringList& paths, bool replace = false);
    /// The file's codes in place of those of the current cell; nothing changes where they do not suit it.
    void apply(const QString& path);

Q_SIGNALS:
    /// One sentence.
    void told(const QString& sentence);

private:
    struct Found;
    static Found read(const QString& path);
    void addRows(const std::vector<Found>& files, bool replace);
    void showModels(const std::vector<Found>& files);
    std::optional<ui::ModelChoice> modelOf(const Found& file) const;
    void showModel(const ui::ModelChoice& model);
    void applyTo(ui::RowId row, const ui::Column& column, const Found& file);

    Document& m_document;
    std::vector<Found> m_waiting;  ///< whose models are looked for once the engine knows them
    QThreadPool m_pool;
};

}  // namespace tessera::studio
