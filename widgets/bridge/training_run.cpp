// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/training_run.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>
#include <vector>

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include "bridge/qt_executor.h"

namespace tessera::ui {
namespace {

constexpr int kBetweenReads = 400;  // ms
constexpr int kNiceness = 10;        // training leaves frames and input the processor
constexpr const char* kPrompt = "$ ";  // before a call, above what it said
constexpr const char* kProgramVariable = "TESSERA_PROGRAM";

std::filesystem::path pathOf(const QString& path) {
    return std::filesystem::path(path.toStdString());
}

}  // namespace

TrainingRun::TrainingRun(QObject* parent) : QObject(parent) {
    m_pool.setMaxThreadCount(1);
    m_timer.setInterval(kBetweenReads);
    connect(&m_timer, &QTimer::timeout, this, &TrainingRun::readNow);
}

TrainingRun::~TrainingRun() {
    leave();
    m_pool.waitForDone();
}

QString TrainingRun::program() {
    if (const QString given = qEnvironmentVariable(kProgramVariable); !given.isEmpty()) return given;
    const QDir here(QCoreApplication::applicationDirPath());
    for (const QString& place : {QStringLiteral("tessera"), QStringLiteral("../cli/tessera")}) {
        if (const QFileInfo file(here.filePath(place)); file.isFile() && file.isExecutable()) return file.canonicalFilePath();
    }
    return QStandardPaths::findExecutable(QStringLiteral("tessera"));
}

void TrainingRun::start(const TrainingOrder& order) {
    if (!isBusy()) launch(order, false);
}

void TrainingRun::resume() {
    if (isBusy() || m_folder.isEmpty()) return;
    const RunFacts& facts = m_now.facts;
    launch({.recipe = QString::fromStdString(facts.recipeFile), .folder = m_folder, .smoke = facts.smoke}, true);
}

bool TrainingRun::canResume() const {
    const bool finished = m_now.facts.report && m_now.facts.report->finished;
    return !isBusy() && m_state != State::None && m_now.facts.begun && m_now.facts.checkpoint && !finished;
}

void TrainingRun::launch(const TrainingOrder& order, bool resume) {
    const bool isNew = !QFileInfo::exists(order.folder);
    if (m_folder != order.folder) follow(order.folder);
    m_madeFolder = m_madeFolder || isNew;
    m_problem.clear();
    const QString command = program();
    if (command.isEmpty()) return fail(tr("The program tessera, which trains, is not beside the studio: install it, or set %1 to its path").arg(QLatin1String(kProgramVariable)));
    const QDir folder(order.folder);
    if (!resume && (folder.exists(QStringLiteral("log.csv")) || folder.exists(QStringLiteral("checkpoint.safetensors")))) return fail(tr("A run lies in %1 already: resume it, or choose another folder").arg(order.folder));
    if (!QDir().mkpath(order.folder)) return fail(tr("%1 cannot be made: choose another folder for the run").arg(order.folder));
    QStringList arguments{QStringLiteral("train"), order.recipe, QStringLiteral("--out"), order.folder, QStringLiteral("--progress")};
    if (order.smoke) arguments << QStringLiteral("--smoke");
    if (resume) arguments << QStringLiteral("--resume");
    // What was said before stays above.
    QFile messages(folder.filePath(QLatin1String(RunReader::kMessages)));
    const QByteArray call = (QLatin1String(kPrompt) + QStringLiteral("tessera ") + arguments.join(u' ') + u'\n').toUtf8();
    if (!messages.open(QIODevice::Append) || messages.write(call) != call.size()) return fail(tr("%1 cannot be written: choose another folder for the run").arg(order.folder));
    messages.close();
    m_before = m_now.progress;
    m_child = new QProcess(this);
    m_child->setProcessChannelMode(QProcess::MergedChannels);
    m_child->setStandardInputFile(QProcess::nullDevice());
    m_child->setStandardOutputFile(messages.fileName(), QIODevice::Append);
    m_child->setChildProcessModifier([] { static_cast<void>(::nice(kNiceness)); });
    m_told = 0;
    m_childEnded = false;
    m_wish = State::Paused;
    connect(m_child, &QProcess::finished, this, &TrainingRun::childEnded);
    connect(m_child, &QProcess::errorOccurred, this, [this, command](QProcess::ProcessError error) {
        if (error != QProcess::FailedToStart) return;
        const QString why = m_child->errorString();
        m_child->deleteLater();
        m_child = nullptr;
        fail(tr("%1 did not start: %2").arg(command, why));
    });
    setState(State::Starting);
    m_child->start(command, arguments);
}

void TrainingRun::end(State wish) {
    if (!isBusy() || m_childEnded || (m_told > 0 && wish == State::Paused)) return;
    const qint64 process = m_child ? m_child->processId() : m_now.facts.writer;
    if (process <= 0) return;
    m_wish = wish;
    // It listens while it computes a step; whoever presses once more does not want to wait for that.
    ::kill(static_cast<pid_t>(process), m_told++ == 0 ? SIGTERM : SIGKILL);
    m_state == State::Ending ? Q_EMIT stateChanged() : setState(State::Ending);
}

void TrainingRun::open(const QString& folder) {
    if (m_child) return;
    m_problem.clear();
    follow(folder);
}

void TrainingRun::close() {
    if (m_child) return;
    m_timer.stop();
    tidy();
    m_folder.clear();
    m_problem.clear();
    m_reader.reset();
    m_now = {};
    setState(State::None);
    Q_EMIT folderChanged();
}

void TrainingRun::leave() {
    tidy();
    if (!m_child) return;
    disconnect(m_child, nullptr, this, nullptr);
    if (m_told == 0) m_child->terminate();
    // Who destroys a QProcess kills its child; these are still writing a checkpoint.
    static std::vector<QProcess*> left;
    m_child->setParent(nullptr);
    left.push_back(std::exchange(m_child, nullptr));
}

/// A run that never began leaves no folder.
void TrainingRun::tidy() {
    if (std::exchange(m_madeFolder, false) && !m_child && !QFileInfo::exists(QDir(m_folder).filePath(QStringLiteral("recipe.json")))) {
        for (const char* name : {RunReader::kMessages, "run.lock"}) QFile::remove(QDir(m_folder).filePath(QLatin1String(name)));
        QDir().rmdir(m_folder);  // only where it is empty
    }
}

void TrainingRun::follow(const QString& folder) {
    tidy();
    m_folder = folder;
    m_reader = std::make_shared<RunReader>(pathOf(folder));
    m_now = {};
    m_told = 0;
    m_timer.start();
    m_state = State::Paused;
    Q_EMIT folderChanged();
    readNow();
}

void TrainingRun::readNow() {
    if (m_reading) {
        m_again = true;
        return;
    }
    if (!m_reader) return;
    m_reading = true;
    m_pool.start([this, reader = m_reader, ended = m_childEnded, executor = guiExecutor(this)] {
        auto now = std::make_shared<RunSnapshot>(reader->read());
        executor([this, reader, ended, now] {
            m_reading = false;
            if (reader == m_reader) take(std::move(*now), ended);
            if (std::exchange(m_again, false)) readNow();
        });
    });
}

/// `ended`: it was read after the child had ended.
void TrainingRun::take(RunSnapshot now, bool ended) {
    m_again = m_again || !now.complete;
    m_now = std::move(now);
    const RunFacts& facts = m_now.facts;
    const bool finished = facts.report && facts.report->finished;
    if (ended) {
        // Judged by what it left behind.
        m_childEnded = false;
        const bool asTold = m_told > 0 && (m_crashed ? m_told > 1 : m_exitCode == 1);
        if (finished && !m_crashed && (m_exitCode == 0 || asTold)) setState(State::Finished);
        else if (asTold || (m_exitCode == 0 && !m_crashed)) setState(m_wish);
        else if (m_crashed) fail(facts.checkpoint ? tr("The training was ended by a signal (%1): Resume goes on from its last checkpoint").arg(m_exitCode) : tr("The training was ended by a signal (%1) before it wrote a checkpoint: start it anew").arg(m_exitCode));
        else fail(lastError());
    } else if (m_child) {
        if (m_state == State::Starting && m_child->state() == QProcess::Running && m_now.progress && m_now.progress != m_before) setState(State::Running);
    } else if (!m_childEnded && m_state != State::Failed) {
        if (!facts.begun && m_now.log->curves().empty() && facts.writer == 0) fail(tr("%1 is no folder of a run: it has no recipe.json").arg(m_folder));
        // Another program's, or what one left.
        else if (facts.writer != 0) {
            if (m_state != State::Ending) setState(step() > 0 ? State::Running : State::Starting);
        } else if (isBusy() || m_state == State::Paused) {
            const State after = m_state == State::Ending ? m_wish : State::Paused;
            setState(finished ? State::Finished : after);
        }
    }
    Q_EMIT read();
}

void TrainingRun::childEnded(int exitCode, QProcess::ExitStatus status) {
    m_exitCode = exitCode;
    m_crashed = status == QProcess::CrashExit;
    m_child->deleteLater();
    m_child = nullptr;
    m_childEnded = true;
    readNow();
}

void TrainingRun::fail(const QString& problem) {
    m_problem = problem;
    m_state = State::Failed;
    Q_EMIT stateChanged();
}

/// What the child said last, without the program's name.
QString TrainingRun::lastError() const {
    for (auto line = m_now.messages.rbegin(); line != m_now.messages.rend(); ++line) {
        const QString words = QString::fromStdString(*line);
        if (words.startsWith(QLatin1String(kPrompt))) break;
        if (words.startsWith(QLatin1String("tessera: "))) return words.mid(9, 1).toUpper() + words.mid(10);
    }
    return tr("The training ended with code %1 and did not say why").arg(m_exitCode);
}

void TrainingRun::setState(State state) {
    if (state == m_state) return;
    m_state = state;
    Q_EMIT stateChanged();
}

std::int64_t TrainingRun::step() const {
    std::int64_t step = m_now.log->latest() ? m_now.log->latest()->step : 0;
    if (isBusy() && m_now.progress) step = m_now.progress->step;
    if (!isBusy() && m_now.facts.report) step = std::max(step, m_now.facts.report->step);
    return step;
}

std::int64_t TrainingRun::steps() const {
    return m_now.facts.steps;
}

double TrainingRun::secondsPerStep() const {
    if (isBusy() && m_now.progress && m_now.progress->secondsPerStep > 0) return m_now.progress->secondsPerStep;
    return m_now.log->latest() ? m_now.log->latest()->secondsPerStep : 0;
}

QString runStateWords(const RunFacts& facts) {
    if (!facts.begun) return TrainingRun::tr("did not begin");
    if (facts.writer != 0) return TrainingRun::tr("training");
    if (!facts.report) return facts.checkpoint ? TrainingRun::tr("broken off, can be resumed") : TrainingRun::tr("broken off");
    const QString steps = TrainingRun::tr("step %1 of %2").arg(facts.report->step).arg(facts.steps);
    return facts.report->finished ? TrainingRun::tr("%1 · finished").arg(steps) : TrainingRun::tr("%1 · paused").arg(steps);
}

}  // namespace tessera::ui
