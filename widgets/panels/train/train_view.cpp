// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/train/train_view.h"

#include <algorithm>

#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "bridge/training_run.h"
#include "panels/banner.h"
#include "panels/codes/codes_panel.h"
#include "panels/stage/drop_dashes.h"
#include "panels/stage/hint_button.h"
#include "panels/stage/number_words.h"
#include "panels/train/curve_plot.h"
#include "panels/train/curves_view.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kBar = 4, kProgressSteps = 10000, kWordsWidth = 520;

/// A thin bar; before the first step none of it is filled, and its words say why.
class StepBar : public QProgressBar {
public:
    explicit StepBar(QWidget* parent = nullptr) : QProgressBar(parent) {
        setRange(0, kProgressSteps);
        setTextVisible(false);
        setFixedHeight(kBar);
    }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(tokens().edge);
        painter.drawRoundedRect(rect(), kBar / 2.0, kBar / 2.0);
        painter.setBrush(tokens().accent);
        painter.drawRoundedRect(QRectF(0, 0, width() * double(value()) / maximum(), height()), kBar / 2.0, kBar / 2.0);
    }
};

QString timeWords(double seconds) {
    if (seconds < 3600) return timeLeftWords(seconds);
    const auto minutes = static_cast<long long>(seconds / 60);
    return seconds < 48 * 3600 ? TrainView::tr("%1 h %2 min left").arg(minutes / 60).arg(minutes % 60) : TrainView::tr("%1 days left").arg(minutes / 60 / 24);
}

}  // namespace

TrainView::TrainView(TrainingRun& run, QWidget* parent) : QWidget(parent), m_run(run), m_pages(new QStackedWidget), m_curves(new CurvesView), m_banner(new Banner) {
    setAccessibleName(tr("Training"));
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeHead());
    column->addWidget(m_curves, 1);
    m_pages->addWidget(makeInvitation());
    m_pages->addWidget(page);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_banner);
    layout->addWidget(m_pages, 1);
    setAutoFillBackground(true);
    setFocusProxy(m_curves);
    connect(&run, &TrainingRun::stateChanged, this, &TrainView::showState);
    connect(&run, &TrainingRun::folderChanged, this, &TrainView::showState);
    connect(&run, &TrainingRun::read, this, [this] {
        m_curves->setLog(m_run.now().log);
        showState();
    });
    const auto dress = [this] {
        QPalette colours = palette();
        colours.setColor(QPalette::Window, tokens().dock);
        setPalette(colours);
    };
    connect(&Theme::instance(), &Theme::changed, this, dress);
    dress();
    showState();
}

QWidget* TrainView::makeInvitation() {
    auto* invitation = new Invitation;
    m_invitation = invitation;
    invitation->setAccessibleName(tr("No run is open"));
    auto* heading = new QLabel(tr("Train a model, and watch it learn"));
    heading->setProperty("role", "title");
    heading->setAlignment(Qt::AlignCenter);
    auto* words = new QLabel(tr("A recipe says what is trained, on which pictures and how long. A smoke run is its small version: it takes seconds, and shows all that a long one will. "
                                "Drop a recipe or the folder of a run anywhere."));
    words->setProperty("role", "second");
    words->setAlignment(Qt::AlignCenter);
    words->setWordWrap(true);
    words->setMaximumWidth(kWordsWidth);
    auto* smoke = new HintButton(QStringLiteral("model"), tr("Start a smoke run"), {}, invitation);
    auto* recipe = new HintButton(QStringLiteral("folder"), tr("Open a recipe…"), {}, invitation);
    auto* open = new HintButton(QStringLiteral("folder"), tr("Open a run folder…"), {}, invitation);
    smoke->setObjectName(QStringLiteral("startSmoke"));
    smoke->setDefault(true);
    connect(smoke, &QPushButton::clicked, this, &TrainView::smokeRequested);
    connect(recipe, &QPushButton::clicked, this, &TrainView::recipeRequested);
    connect(open, &QPushButton::clicked, this, &TrainView::runRequested);
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addStretch(1);
    for (QPushButton* button : {smoke, recipe, open}) row->addWidget(button);
    row->addStretch(1);
    auto* column = new QVBoxLayout(invitation);
    column->addStretch(1);
    column->addWidget(heading);
    column->addSpacing(8);
    auto* centred = new QHBoxLayout;
    centred->setContentsMargins(40, 0, 40, 0);
    centred->addStretch(1);
    centred->addWidget(words, 100);
    centred->addStretch(1);
    column->addLayout(centred);
    column->addSpacing(24);
    column->addLayout(row);
    column->addStretch(1);
    return invitation;
}

QWidget* TrainView::makeHead() {
    auto* head = new QWidget;
    m_name = new QLabel;
    m_name->setProperty("role", "heading");
    m_state = new QLabel;
    m_state->setObjectName(QStringLiteral("runState"));
    m_state->setProperty("role", "second");
    m_words = new QLabel;
    m_words->setObjectName(QStringLiteral("runFigures"));
    m_words->setProperty("role", "secondTable");
    m_progress = new StepBar;
    m_progress->setObjectName(QStringLiteral("runProgress"));
    m_progress->setAccessibleName(tr("Progress of the training"));
    const auto button = [head](const char* name, const QString& icon, const QString& words, const QString& help) {
        auto* button = new QPushButton(themedIcon(icon), words, head);
        button->setObjectName(QLatin1String(name));
        button->setToolTip(help);
        return button;
    };
    m_pause = button("pause", QStringLiteral("pause"), tr("Pause"), tr("Writes a checkpoint and ends the training; Resume goes on from there, as if it had never stopped"));
    m_resume = button("resume", QStringLiteral("play"), tr("Resume"), tr("Goes on from the last checkpoint"));
    m_stop = button("stop", QStringLiteral("stop"), tr("Stop"), tr("Writes a checkpoint and the model, and ends the training"));
    m_model = button("openModel", QStringLiteral("model"), tr("Open the model"), tr("What was trained, as a column on the board that compares"));
    m_close = button("closeRun", QStringLiteral("close"), tr("Close"), tr("Closes this run; its folder stays"));
    connect(m_pause, &QPushButton::clicked, &m_run, &TrainingRun::pause);
    connect(m_resume, &QPushButton::clicked, &m_run, &TrainingRun::resume);
    connect(m_stop, &QPushButton::clicked, &m_run, &TrainingRun::stop);
    connect(m_close, &QPushButton::clicked, &m_run, &TrainingRun::close);
    connect(m_model, &QPushButton::clicked, this, [this] { Q_EMIT modelRequested(QString::fromStdString(m_run.now().facts.model)); });
    auto* first = new QHBoxLayout;
    first->setSpacing(8);
    first->addWidget(m_name);
    first->addWidget(m_state, 1);
    for (QPushButton* each : {m_pause, m_resume, m_stop, m_model, m_close}) first->addWidget(each);
    auto* column = new QVBoxLayout(head);
    column->setContentsMargins(size::kDockMargin, 10, size::kDockMargin, 4);
    column->setSpacing(8);
    column->addLayout(first);
    column->addWidget(m_progress);
    column->addWidget(m_words);
    return head;
}

void TrainView::setDropActive(bool active) {
    static_cast<Invitation*>(m_invitation)->setDropActive(active);
}

void TrainView::showState() {
    using State = TrainingRun::State;
    const State state = m_run.state();
    // What failed before it began shows its problem over the invitation, with nothing below to look at.
    const bool empty = m_run.now().log->curves().empty() && !m_run.now().facts.begun;
    m_pages->setCurrentIndex(state == State::None || (state == State::Failed && empty) ? 0 : 1);
    m_curves->setLog(m_run.now().log);
    const bool busy = m_run.isBusy(), ending = state == State::Ending;
    m_name->setText(QFileInfo(m_run.folder()).fileName());
    m_name->setToolTip(m_run.folder());
    QString words;
    switch (state) {
        case State::None: break;
        case State::Starting: words = tr("starting: the pictures and the model are being opened"); break;
        case State::Running: words = m_run.isForeign() ? tr("training, in another program") : tr("training"); break;
        case State::Ending: words = m_run.isKilling() ? tr("being ended at once") : tr("ending after this step, with a checkpoint…"); break;
        case State::Paused: words = tr("paused"); break;
        case State::Stopped: words = tr("stopped"); break;
        case State::Finished: words = tr("finished"); break;
        case State::Failed: words = tr("failed"); break;
    }
    m_state->setText(words);
    m_pause->setVisible(busy && !ending);
    m_resume->setVisible(m_run.canResume());
    m_stop->setVisible(busy);
    m_stop->setText(ending ? tr("Stop at once") : tr("Stop"));
    m_stop->setToolTip(ending ? tr("Ends the training without another checkpoint; the last one stays") : tr("Writes a checkpoint and the model, and ends the training"));
    m_stop->setEnabled(!m_run.isKilling());
    m_model->setVisible(!busy && !m_run.now().facts.model.empty());
    m_close->setVisible(!busy || m_run.isForeign());
    showFigures();
    showProblem();
}

void TrainView::showFigures() {
    const std::int64_t step = m_run.step(), steps = m_run.steps();
    m_progress->setValue(steps > 0 ? static_cast<int>(std::clamp(double(step) / double(steps), 0.0, 1.0) * kProgressSteps) : 0);
    QStringList words;
    if (steps > 0) words << tr("step %1 of %2").arg(countWords(step), countWords(steps));
    if (const auto& latest = m_run.now().log->latest()) words << tr("rate %1").arg(curveNumber(latest->rate)) << tr("gradient norm %1").arg(curveNumber(latest->gradientNorm));
    const double seconds = m_run.secondsPerStep();
    if (seconds > 0) words << tr("%1 s a step").arg(curveNumber(seconds));
    if (m_run.isBusy() && seconds > 0 && steps > step) words << timeWords(seconds * double(steps - step));
    m_words->setText(words.join(QStringLiteral(" · ")));
    m_progress->setAccessibleDescription(m_words->text());
}

void TrainView::showProblem() {
    const QString problem = m_run.state() == TrainingRun::State::Failed ? m_run.problem() : QString();
    if (problem == m_told) return;
    m_told = problem;
    if (problem.isEmpty()) return m_banner->dismiss();
    if (m_run.canResume()) m_banner->tell(Banner::Kind::Error, problem, tr("Resume"), [this] { m_run.resume(); }, problem);
    else m_banner->tell(Banner::Kind::Error, problem, {}, {}, problem);
}

}  // namespace tessera::ui
