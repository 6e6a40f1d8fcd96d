// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <QByteArray>
#include <QDateTime>
#include <QImage>
#include <QObject>
#include <QThreadPool>

#include <tessera/job.h>

#include "generate/drawing.h"

namespace tessera::ui {

/// A picture that was drawn, as the history keeps it.
struct HistoryEntry {
    qint64 id = 0;
    QDateTime when;
    DrawingSettings settings;  ///< of this picture: its own seed, a count of 1
    QString model;             ///< reference it was opened by
    QString modelName, fingerprint, precision;
    bool keptCodes = false;    ///< a branch: its settings alone do not draw it again
    QString key, parent;       ///< historyKey() of it and of the picture that it is a branch of; empty: none, or an older version wrote it
    std::optional<DrawingOrigin> origin;  ///< of a branch, without DrawingOrigin::from
    DrawnBy by = DrawnBy::Tokens;
    int frames = 1, rows = 0, columns = 0, depths = 0;
    std::vector<std::int32_t> codes;  ///< (frames, rows, columns, depths)
    double seconds = 0;
    QImage thumbnail;
    std::shared_ptr<const GenerationTrace> trace;  ///< to be kept with it; null of one that was read: DrawHistory::readTrace()
};
/// Of one that is drawn, or as far as it is.
HistoryEntry historyEntryOf(const Drawing& drawing, int picture);
/// All of its tokens are there.
bool isFinished(const HistoryEntry& entry);

/// Everything that was drawn, in an SQLite file that several studios may share. Reads and writes on a thread of its own; what could not be written is tried
/// again with the next. Nothing is opened before it is asked for. GUI thread.
class DrawHistory : public QObject {
    Q_OBJECT
public:
    explicit DrawHistory(QObject* parent = nullptr);
    ~DrawHistory() override;

    void setFile(const QString& path);
    void add(HistoryEntry entry);
    void remove(std::vector<qint64> ids);
    /// What entries() holds from now on: those by that model (empty: by any) with all of these words in prompt, model or seed, the newest first, at most kMost.
    void search(const QString& words, const QString& model = {});
    const std::vector<HistoryEntry>& entries() const { return m_entries; }
    /// An entry, or one that an entry is a branch of, whether it has the words or not; null: the history does not hold it.
    const HistoryEntry* find(const QString& key) const;
    /// What the model thought of an entry's codes, which entries() leave out: it is large. `then` is called if there is any.
    void readTrace(const HistoryEntry& entry, Executor executor, std::function<void(GenerationTrace)> then);
    /// Names of all models that drew any of it.
    const QStringList& models() const { return m_models; }
    int total() const { return m_total; }
    /// One sentence; empty: all is well.
    const QString& problem() const { return m_problem; }
    /// Until all that was asked for is done: for tests and the end of the program.
    void wait();

    static constexpr int kMost = 300;
    static constexpr int kVersion = 4;  ///< of the file

Q_SIGNALS:
    void changed();

private:
    struct Answer;
    class File;
    void run(std::function<void(File&)> change);

    QString m_path, m_words, m_model;
    std::shared_ptr<std::vector<HistoryEntry>> m_unwritten;  ///< the thread's
    std::vector<HistoryEntry> m_entries, m_origins;
    QStringList m_models;
    int m_total = 0;
    QString m_problem;
    std::uint64_t m_ticket = 0;
    QThreadPool m_pool;
};

}  // namespace tessera::ui
