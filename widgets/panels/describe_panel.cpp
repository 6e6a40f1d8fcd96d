// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/describe_panel.h"

#include <algorithm>
#include <cmath>

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>

#include "bridge/cell_board.h"
#include "bridge/cell_wish.h"
#include "bridge/engine_host.h"
#include "bridge/qt_executor.h"
#include "panels/answer_list.h"
#include "panels/hint_stack.h"
#include "panels/stage/number_words.h"
#include "theme/icons.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kMostTokens = 512, kUsualTokens = 64;
constexpr std::size_t kMostAnswers = 500;
constexpr int kListShare = 1, kAnswerShare = 2, kLeastAnswer = 40;

}  // namespace

struct DescribePanel::Private {
    DescribePanel& panel;
    Session& session;
    CellBoard& board;
    EngineHost& host;
    QLineEdit* question;
    QSpinBox* length;
    QPushButton* ask;
    QLabel *about, *state;
    QPlainTextEdit* words;
    QToolButton *copy, *clear;
    AnswerList* list;
    HintStack* stack;
    std::function<std::vector<RowId>()> selection;
    Subscription job;
    std::vector<ModelAnswer> answers;  ///< the oldest first; of one that runs, the last
    std::size_t shown = 0;             ///< which of them, while there are any
    bool running = false;
    int ticket = 0;

    const ModelInfo* model() const;
    std::vector<RowId> rows() const;
    std::vector<CellRef> cellsOf(RowId row, const ModelInfo& model, bool alone) const;
    void follow();
    int rowOf(std::size_t answer) const { return static_cast<int>(answers.size() - 1 - answer); }
    void add(ModelAnswer answer);
    void showAnswer();
    void tell(const QString& state);
    void show(const Description& said);
    void end(const Result<Description>& result);
};

DescribePanel::DescribePanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent) : QWidget(parent), d(new Private{*this, session, board, host}) {
    auto* content = new QWidget;
    d->question = new QLineEdit(content);
    d->question->setAccessibleName(tr("Question"));
    d->length = new QSpinBox(content);
    d->length->setRange(1, kMostTokens);
    d->length->setValue(kUsualTokens);
    d->length->setSuffix(tr(" tokens"));
    d->length->setAccessibleName(tr("Most tokens of an answer"));
    d->length->setToolTip(tr("Most tokens of an answer"));
    d->ask = new QPushButton(content);
    d->about = new QLabel(content);
    d->about->setProperty("role", "second");
    d->about->setWordWrap(true);
    d->words = new QPlainTextEdit(content);
    d->words->setReadOnly(true);
    d->words->setFrameShape(QFrame::NoFrame);
    d->words->setAccessibleName(tr("What the model says"));
    d->state = new QLabel(content);
    d->state->setProperty("role", "secondTable");
    d->state->setWordWrap(true);

    const auto tool = [content](const char* name, const QString& icon, const QString& text, const QString& help) {
        auto* button = new QToolButton(content);
        button->setObjectName(QLatin1String(name));
        button->setIcon(themedIcon(icon));
        button->setText(text);
        button->setToolTip(help);
        button->setAccessibleName(text);
        return button;
    };
    d->copy = tool("copyAnswer", QStringLiteral("copy"), tr("Copy answer"), tr("Copy the whole answer; Ctrl+C copies what is selected of it"));
    d->clear = tool("clearAnswers", QStringLiteral("close"), tr("Clear answers"), tr("Forget all answers"));

    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(size::kDockMargin, 8, size::kDockMargin, 8);
    layout->setSpacing(8);
    layout->addWidget(d->question);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(d->length);
    row->addStretch(1);
    row->addWidget(d->copy);
    row->addWidget(d->clear);
    row->addWidget(d->ask);
    layout->addLayout(row);
    layout->addWidget(d->about);
    d->list = new AnswerList;
    d->list->setObjectName(QStringLiteral("answers"));
    d->list->setAccessibleName(tr("Answers of this session"));
    auto* answer = new QWidget;
    auto* column = new QVBoxLayout(answer);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(d->words, 1);
    column->addWidget(d->state);
    d->words->setMinimumHeight(kLeastAnswer);
    d->list->setMinimumHeight(kLeastAnswer);
    auto* both = new QSplitter(Qt::Vertical);
    both->addWidget(answer);
    both->addWidget(d->list);
    both->setStretchFactor(0, kAnswerShare);
    both->setStretchFactor(1, kListShare);
    both->setChildrenCollapsible(false);
    layout->addWidget(both, 1);
    d->stack = new HintStack(content, {}, this);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(d->stack);

    connect(d->ask, &QPushButton::clicked, this, [this] { d->running ? stop() : describe(); });
    connect(d->copy, &QToolButton::clicked, this, &DescribePanel::copy);
    connect(d->clear, &QToolButton::clicked, this, &DescribePanel::clear);
    d->list->copy = [this] { copy(); };
    connect(d->list, &QListWidget::currentRowChanged, this, [this](int row) {
        if (row < 0 || row >= static_cast<int>(d->answers.size())) return;
        d->shown = d->answers.size() - 1 - static_cast<std::size_t>(row);
        d->showAnswer();
    });
    connect(d->question, &QLineEdit::returnPressed, this, &DescribePanel::describe);
    const auto follow = [this] { d->follow(); };
    for (const auto signal : {&Session::currentRowChanged, &Session::currentColumnChanged, &Session::columnsChanged}) connect(&session, signal, this, follow);
    connect(&session, &Session::columnChanged, this, follow);
    connect(&host, &EngineHost::modelChanged, this, follow);
    connect(&host, &EngineHost::stateChanged, this, [this] {
        stop();
        d->follow();
    });
    d->showAnswer();
    d->follow();
}

DescribePanel::~DescribePanel() = default;

/// The current column's, if it describes.
const ModelInfo* DescribePanel::Private::model() const {
    const auto& info = host.modelOf(session.model()).info;
    return info && std::ranges::find(info->capabilities, "describe") != info->capabilities.end() ? &*info : nullptr;
}

/// Those that are described together.
std::vector<RowId> DescribePanel::Private::rows() const {
    std::vector<RowId> chosen = selection ? selection() : std::vector<RowId>();
    if (chosen.size() < 2) chosen = {session.currentRow()};
    std::erase_if(chosen, [this](RowId row) { return !session.find(row); });
    return chosen;
}

/// A picture, or frames of a clip evenly spread from the first to the last; beside others a clip is the frame that is shown.
std::vector<CellRef> DescribePanel::Private::cellsOf(RowId row, const ModelInfo& model, bool alone) const {
    const SourceId source = board.source(row);
    const Row* known = session.find(row);
    const int frames = known && known->info ? known->info->frames : 1;
    if (!alone || frames == 1 || model.clipFrames < 2) return {{.source = source, .model = model.id, .frame = session.frameOf(row)}};
    std::vector<CellRef> cells;
    // Halves go to the even number.
    for (int i = 0; i < model.clipFrames; ++i) cells.push_back({.source = source, .model = model.id, .frame = static_cast<int>(std::nearbyint(double(i) * (frames - 1) / (model.clipFrames - 1)))});
    return cells;
}

void DescribePanel::Private::follow() {
    const ModelInfo* now = model();
    const std::vector<RowId> chosen = rows();
    const bool can = now && !chosen.empty();
    stack->setFilled(can || running || !answers.empty());
    stack->setHint(now ? DescribePanel::tr("Words for the current image,\nonce there is one")
                       : DescribePanel::tr("This model puts nothing into words.\nLLaVA does, a whole VILA-U,\nand OpenVision 3 with a text decoder."));
    question->setEnabled(can && now->takesQuestions);
    question->setPlaceholderText(!now || now->takesQuestions ? DescribePanel::tr("Ask about the image") : DescribePanel::tr("This model gives captions"));
    ask->setText(running ? DescribePanel::tr("Stop") : chosen.size() > 1 ? DescribePanel::tr("Describe %1 images").arg(chosen.size()) : DescribePanel::tr("Describe"));
    ask->setToolTip(chosen.size() > 1 ? DescribePanel::tr("Those that are selected, in one question") : QString());
    ask->setEnabled(running || can);
}

void DescribePanel::describe() {
    const ModelInfo* model = d->model();
    const std::vector<RowId> rows = d->rows();
    const std::shared_ptr<Engine> engine = d->host.engine();
    if (!model || rows.empty() || !engine) return;
    d->job = {};
    std::vector<CellRef> cells;
    QStringList names;
    for (const RowId row : rows) {
        const std::vector<CellRef> more = d->cellsOf(row, *model, rows.size() == 1);
        cells.insert(cells.end(), more.begin(), more.end());
        names << d->session.find(row)->name;
    }
    if (std::ranges::any_of(cells, [](const CellRef& cell) { return cell.source == SourceId{}; })) return;
    DescribeRequest request{.cell = cells.front(), .parameters = {}, .question = {}, .others = {cells.begin() + 1, cells.end()}};
    const QString name = names.join(QStringLiteral(", "));
    request.parameters = preprocessingOf(d->session.columns()[d->session.currentColumn()], d->host.lenses());
    if (model->takesQuestions) request.question = d->question->text().trimmed().toStdString();
    request.maxTokens = d->length->value();
    if (d->running) d->tell(tr("Stopped"));
    d->add({.images = name,
            .question = QString::fromStdString(request.question),
            .model = QString::fromStdString(model->name),
            .text = {},
            .state = cells.size() > 1 ? tr("Reading %1 pictures").arg(cells.size()) : tr("Reading the image")});
    d->running = true;
    const int ticket = ++d->ticket;
    Observer<Description> observer{.executor = guiExecutor(this)};
    observer.onPartial = [this, ticket](const Description& said) {
        if (ticket == d->ticket) d->show(said);
    };
    observer.onDone = [this, ticket](const Result<Description>& result) {
        if (ticket == d->ticket) d->end(result);
    };
    d->job = engine->describe(std::move(request), Priority::Visible, std::move(observer));
    d->follow();
}

void DescribePanel::setSelection(std::function<std::vector<RowId>()> rows) {
    d->selection = std::move(rows);
    d->follow();
}

void DescribePanel::selectionChanged() {
    d->follow();
}

void DescribePanel::stop() {
    if (d->running) d->job = {};
}

/// One of which nothing was said makes way for the next.
void DescribePanel::Private::add(ModelAnswer answer) {
    if (!answers.empty() && answers.back().text.isEmpty()) {
        answers.pop_back();
        delete list->takeItem(0);
    }
    if (answers.size() == kMostAnswers) {
        answers.erase(answers.begin());
        delete list->takeItem(list->count() - 1);
    }
    answers.push_back(std::move(answer));
    shown = answers.size() - 1;
    list->addNewest(answers.back());
    showAnswer();
}

void DescribePanel::Private::showAnswer() {
    const ModelAnswer answer = answers.empty() ? ModelAnswer() : answers[shown];
    about->setText(answers.empty() ? QString() : DescribePanel::tr("%1 · %2").arg(answer.about(), answer.model));
    about->setVisible(answers.size() == 1);  // else the list tells it
    if (words->toPlainText() != answer.text) words->setPlainText(answer.text);
    state->setText(answer.state);
    copy->setEnabled(!answer.text.isEmpty());
    copy->setVisible(!answers.empty());
    clear->setVisible(!answers.empty());
    list->setVisible(answers.size() > 1);
}

/// How the newest answer goes.
void DescribePanel::Private::tell(const QString& now) {
    answers.back().state = now;
    list->setRow(0, answers.back());
    if (rowOf(shown) == 0) state->setText(now);
}

void DescribePanel::Private::show(const Description& said) {
    const QString text = QString::fromStdString(said.text);
    answers.back().text = text;
    const double rate = said.seconds > 0 ? said.tokens / said.seconds : 0;
    tell(DescribePanel::tr("%1 tokens, %2 per second").arg(said.tokens).arg(fixedNumber(rate, 1)));
    if (rowOf(shown) != 0) return;
    copy->setEnabled(!text.isEmpty());
    // Only what is new is put at the end, so that a selection and the place that is read stay.
    const QString before = words->toPlainText();
    if (text.startsWith(before)) {
        QTextCursor cursor(words->document());
        cursor.movePosition(QTextCursor::End);
        cursor.insertText(text.mid(before.size()));
    } else {
        words->setPlainText(text);
    }
}

void DescribePanel::Private::end(const Result<Description>& result) {
    running = false;
    if (result) {
        show(result.value());
        if (!result.value().finished) tell(DescribePanel::tr("%1, cut at the most").arg(answers.back().state));
    } else if (result.cancelled()) {
        tell(DescribePanel::tr("Stopped"));
    } else {
        tell(QString::fromStdString(toLine(result.error())));
    }
    follow();
}

QString DescribePanel::text() const {
    return d->answers.empty() ? QString() : d->answers[d->shown].text;
}

void DescribePanel::copy() const {
    if (!text().isEmpty()) QGuiApplication::clipboard()->setText(text());
}

void DescribePanel::clear() {
    ++d->ticket;
    d->job = {};
    d->running = false;
    d->answers.clear();
    d->list->clear();
    d->showAnswer();
    d->follow();
}

}  // namespace tessera::ui
