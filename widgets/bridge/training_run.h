// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QObject>
#include <QProcess>
#include <QThreadPool>
#include <QTimer>

#include "training/run_reader.h"

namespace tessera::ui {

/// What is to be trained, and where.
struct TrainingOrder {
    QString recipe, folder;  ///< absolute
    bool smoke = false;      ///< the recipe's own small version of itself
};

/// One run folder that is looked at, and the training in it: `tessera train` as a child process, one that another program started, or one that has ended. What is
/// told comes from the folder, read off the GUI thread. The child writes what it says into the folder, so that it needs nobody: should the studio crash it
/// trains on, and who opens the folder again follows it. GUI thread.
class TrainingRun : public QObject {
    Q_OBJECT
public:
    enum class State {
        None,      ///< no folder is open
        Starting,  ///< until the first step
        Running,
        Ending,    ///< told to end: it does with the step it is at, and writes a checkpoint
        Paused,    ///< it can be resumed
        Stopped,   ///< the same, by stop()
        Finished,
        Failed,    ///< problem() says why
    };
    Q_ENUM(State)

    explicit TrainingRun(QObject* parent = nullptr);
    ~TrainingRun() override;

    /// TESSERA_PROGRAM, else `tessera` beside this program, in its build tree or in PATH; empty where there is none.
    static QString program();

    void start(const TrainingOrder& order);
    void open(const QString& folder);
    void resume();
    void pause() { end(State::Paused); }
    /// The second time the training ends at once; its last checkpoint stays.
    void stop() { end(State::Stopped); }
    /// Looks at no folder any more; what trains there goes on.
    void close();
    /// The studio ends: a child that trains writes a checkpoint and ends, without being waited for.
    void leave();

    State state() const { return m_state; }
    bool isBusy() const { return m_state == State::Starting || m_state == State::Running || m_state == State::Ending; }
    bool isForeign() const { return isBusy() && !m_child && !m_childEnded; }  ///< another program trains there
    bool canResume() const;
    bool isKilling() const { return m_told > 1; }
    const QString& folder() const { return m_folder; }
    const QString& problem() const { return m_problem; }
    const RunSnapshot& now() const { return m_now; }

    std::int64_t step() const;
    std::int64_t steps() const;
    double secondsPerStep() const;

Q_SIGNALS:
    void stateChanged();
    void folderChanged();
    /// now() is newer.
    void read();

private:
    void launch(const TrainingOrder& order, bool resume);
    void end(State wish);
    void follow(const QString& folder);
    void readNow();
    void take(RunSnapshot now, bool ended);
    void childEnded(int exitCode, QProcess::ExitStatus status);
    void tidy();
    void fail(const QString& problem);
    void setState(State state);
    QString lastError() const;

    QString m_folder, m_problem;
    State m_state = State::None, m_wish = State::Paused;
    RunSnapshot m_now;
    std::shared_ptr<RunReader> m_reader;
    QTimer m_timer;
    QThreadPool m_pool;
    bool m_reading = false, m_again = false;
    bool m_childEnded = false;  ///< and what it left behind is not read yet
    int m_told = 0;             ///< how often the training was told to end
    std::optional<RunProgress> m_before;  ///< what the last child said last
    bool m_madeFolder = false;
    QProcess* m_child = nullptr;
    int m_exitCode = 0;
    bool m_crashed = false;
};

/// "step 500 of 20000 · paused", of a folder that is not looked at.
QString runStateWords(const RunFacts& facts);

}  // namespace tessera::ui
