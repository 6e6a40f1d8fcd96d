// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/describe_panel.h"

#include <algorithm>
#include <cmath>

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "bridge/cell_board.h"
#include "bridge/cell_wish.h"
#include "bridge/engine_host.h"
#include "bridge/qt_executor.h"
#include "panels/hint_stack.h"
#include "panels/stage/number_words.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kMostTokens = 512, kUsualTokens = 64;

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
    HintStack* stack;
    std::function<std::vector<RowId>()> selection;
    Subscription job;
    bool running = false;
    int ticket = 0;

    const ModelInfo* model() const;
    std::vector<RowId> rows() const;
    std::vector<CellRef> cellsOf(RowId row, const ModelInfo& model, bool alone) const;
    void follow();
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
    d->state->setProperty("role", "second");
    d->state->setWordWrap(true);

    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(size::kDockMargin, 8, size::kDockMargin, 8);
    layout->setSpacing(8);
    layout->addWidget(d->question);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(d->length);
    row->addStretch(1);
    row->addWidget(d->ask);
    layout->addLayout(row);
    layout->addWidget(d->about);
    layout->addWidget(d->words, 1);
    layout->addWidget(d->state);
    d->stack = new HintStack(content, {}, this);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(d->stack);

    connect(d->ask, &QPushButton::clicked, this, [this] { d->running ? stop() : describe(); });
    connect(d->question, &QLineEdit::returnPressed, this, &DescribePanel::describe);
    const auto follow = [this] { d->follow(); };
    for (const auto signal : {&Session::currentRowChanged, &Session::currentColumnChanged, &Session::columnsChanged}) connect(&session, signal, this, follow);
    connect(&session, &Session::columnChanged, this, follow);
    connect(&host, &EngineHost::modelChanged, this, follow);
    connect(&host, &EngineHost::stateChanged, this, [this] {
        stop();
        d->follow();
    });
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
    stack->setFilled(can || running || !words->toPlainText().isEmpty());
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
    const QString what = request.question.empty() ? name : tr("%1: %2").arg(name, QString::fromStdString(request.question));
    d->about->setText(what);
    d->words->clear();
    d->state->setText(cells.size() > 1 ? tr("Reading %1 pictures").arg(cells.size()) : tr("Reading the image"));
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

void DescribePanel::Private::show(const Description& said) {
    // Only what is new is put at the end, so that a selection and the place that is read stay.
    const QString text = QString::fromStdString(said.text), before = words->toPlainText();
    if (text.startsWith(before)) {
        QTextCursor cursor(words->document());
        cursor.movePosition(QTextCursor::End);
        cursor.insertText(text.mid(before.size()));
    } else {
        words->setPlainText(text);
    }
    const double rate = said.seconds > 0 ? said.tokens / said.seconds : 0;
    state->setText(DescribePanel::tr("%1 tokens, %2 per second").arg(said.tokens).arg(fixedNumber(rate, 1)));
}

void DescribePanel::Private::end(const Result<Description>& result) {
    running = false;
    if (result) {
        show(result.value());
        if (!result.value().finished) state->setText(DescribePanel::tr("%1, cut at the most").arg(state->text()));
    } else if (result.cancelled()) {
        state->setText(DescribePanel::tr("Stopped"));
    } else {
        state->setText(QString::fromStdString(toLine(result.error())));
    }
    follow();
}

QString DescribePanel::text() const {
    return d->words->toPlainText();
}

}  // namespace tessera::ui
