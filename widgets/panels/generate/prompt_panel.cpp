// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/prompt_panel.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QRandomGenerator>
#include <QRegularExpressionValidator>
#include <QScrollArea>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include <tessera/engine.h>

#include "panels/parameter_field.h"
#include "panels/stage/hint_button.h"
#include "panels/word_line.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kPromptHeight = 64, kMostCount = 64, kSeedField = 108;
constexpr quint32 kMostRolled = 1'000'000;  // short enough to be read out

QLabel* label(const QString& words, QWidget* buddy) {
    auto* label = new QLabel(words);
    label->setProperty("role", "second");
    label->setBuddy(buddy);
    return label;
}

QToolButton* button(const QString& icon, const QString& name) {
    auto* button = new QToolButton;
    button->setIcon(themedIcon(icon));
    button->setText(name);
    button->setAccessibleName(name);
    button->setToolTip(name);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

}  // namespace

PromptPanel::PromptPanel(QWidget* parent)
    : QWidget(parent), m_prompt(new QPlainTextEdit), m_seed(new QLineEdit), m_lock(button(QStringLiteral("lock"), tr("Keep this seed"))), m_roll(button(QStringLiteral("die"), tr("Another seed"))), m_count(new QSpinBox),
      m_video(new QCheckBox), m_queue(new HintButton(QStringLiteral("play"), tr("Queue"), {}, this)), m_model(new WordLine) {
    m_prompt->setObjectName(QStringLiteral("prompt"));
    m_prompt->setAccessibleName(tr("Prompt"));
    m_prompt->setPlaceholderText(tr("What is to be drawn"));
    m_prompt->setTabChangesFocus(true);
    m_prompt->setMinimumHeight(kPromptHeight);
    m_prompt->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Ignored);
    m_prompt->setFrameShape(QFrame::NoFrame);  // the style draws its edge
    m_prompt->setProperty("field", true);
    m_prompt->setAcceptDrops(false);  // a dropped file is the window's
    const auto number = [](const char* name, double initial, double low, double high, const QString& help) {
        return new ParameterField({.name = name, .initial = initial, .low = low, .high = high, .help = help.toStdString()});
    };
    m_guidance = number("guidance", 3, 0, 100, tr("How much more the prompt counts than no prompt; 1: no guidance, at half the work"));
    m_temperature = number("temperature", 1, 0, 100, tr("0: always the likeliest code; 1: as likely as the model says; more: the unlikely oftener"));
    m_topK = new ParameterField({.name = "top-k", .initial = std::int64_t(900), .low = std::int64_t(0), .high = std::int64_t(1) << 24, .help = tr("Draw among so many of the likeliest codes; 0: among all").toStdString()});
    m_topP = new ParameterField({.name = "top-p", .initial = 0.96, .low = 0.01, .high = 1.0, .help = tr("And of those among the likeliest that have this probability together").toStdString()});
    m_seed->setObjectName(QStringLiteral("seed"));
    m_seed->setAccessibleName(tr("Seed"));
    m_seed->setAlignment(Qt::AlignRight);
    m_seed->setMaximumWidth(kSeedField);
    m_seed->setValidator(new QRegularExpressionValidator(QRegularExpression(QStringLiteral("[0-9]{1,19}")), m_seed));
    m_seed->setToolTip(tr("The same seed draws the same random numbers on every device; the last bits of what is computed may still differ between them and change a code"));
    m_lock->setObjectName(QStringLiteral("lockSeed"));
    m_lock->setCheckable(true);
    m_lock->setToolTip(tr("The seed stays; else each order takes another"));
    m_roll->setObjectName(QStringLiteral("rollSeed"));
    m_count->setObjectName(QStringLiteral("count"));
    m_count->setAccessibleName(tr("Count"));
    m_count->setRange(1, kMostCount);
    m_count->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_count->setToolTip(tr("Pictures that are drawn together, of this seed and those after it"));
    m_video->setObjectName(QStringLiteral("clip"));
    m_queue->setObjectName(QStringLiteral("queue"));
    m_queue->setDefault(true);
    m_model->setObjectName(QStringLiteral("drawer"));

    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(size::kDockMargin, 10, size::kDockMargin, 10);
    column->setSpacing(8);
    column->addWidget(m_prompt, 1);
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(1, 1);
    const std::pair<QString, ParameterField*> fields[] = {{tr("Guidance"), m_guidance}, {tr("Temperature"), m_temperature}, {tr("Top-k"), m_topK}, {tr("Top-p"), m_topP}};
    int row = 0;
    for (const auto& [words, field] : fields) {
        grid->addWidget(label(words, field->control()), row, 0);
        grid->addWidget(field, row++, 1);
    }
    auto* seeds = new QHBoxLayout;
    seeds->setSpacing(4);
    seeds->addWidget(m_seed, 1);
    seeds->addWidget(m_lock);
    seeds->addWidget(m_roll);
    seeds->addStretch();  // behind a field that is as wide as it gets
    grid->addWidget(label(tr("Seed"), m_seed), row, 0);
    grid->addLayout(seeds, row++, 1);
    auto* counts = new QHBoxLayout;
    counts->setSpacing(12);
    counts->addWidget(m_count);
    counts->addWidget(m_video);
    counts->addStretch(1);
    grid->addWidget(label(tr("Count"), m_count), row, 0);
    grid->addLayout(counts, row++, 1);
    column->addLayout(grid);
    column->addWidget(m_model);
    column->addWidget(m_queue);
    auto* scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(content);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(scroll);
    setFocusProxy(m_prompt);

    connect(m_queue, &QPushButton::clicked, this, &PromptPanel::queueRequested);
    connect(m_roll, &QToolButton::clicked, this, &PromptPanel::rollSeed);
    connect(m_prompt, &QPlainTextEdit::textChanged, this, [this] {
        showState();
        Q_EMIT edited();
    });
    rollSeed();
    setModel(nullptr, {});
}

DrawingSettings PromptPanel::settings() const {
    DrawingSettings settings;
    settings.prompt = m_prompt->toPlainText().simplified();
    settings.seed = m_seed->text().toULongLong();
    settings.guidance = std::get<double>(m_guidance->value());
    settings.temperature = std::get<double>(m_temperature->value());
    settings.topK = static_cast<int>(std::get<std::int64_t>(m_topK->value()));
    settings.topP = std::get<double>(m_topP->value());
    settings.count = m_count->value();
    settings.video = m_video->isChecked() && m_video->isVisibleTo(this);
    return settings;
}

void PromptPanel::setSettings(const DrawingSettings& settings) {
    if (m_prompt->toPlainText().simplified() != settings.prompt) m_prompt->setPlainText(settings.prompt);
    m_seed->setText(QString::number(settings.seed));
    m_guidance->setValue(settings.guidance);
    m_temperature->setValue(settings.temperature);
    m_topK->setValue(std::int64_t(settings.topK));
    m_topP->setValue(settings.topP);
    m_count->setValue(settings.count);
    m_video->setChecked(settings.video);
}

bool PromptPanel::isSeedLocked() const {
    return m_lock->isChecked();
}

void PromptPanel::setSeedLocked(bool locked) {
    m_lock->setChecked(locked);
}

void PromptPanel::rollSeed() {
    m_seed->setText(QString::number(QRandomGenerator::global()->bounded(kMostRolled)));
}

void PromptPanel::taken() {
    if (!isSeedLocked()) rollSeed();
}

void PromptPanel::setModel(const ModelInfo* model, const QString& why) {
    m_draws = model != nullptr;
    m_why = why;
    m_video->setVisible(model && model->drawnFrames > 0);
    if (model && model->drawnFrames > 0) m_video->setText(tr("Clip of %1 frames").arg(model->drawnFrames));
    if (model) m_model->setWords({{tr("by"), Word::Role::Second}, {QString::fromStdString(model->name), Word::Role::Value}, {tr("%1 on %2").arg(QString::fromStdString(model->precision), QString::fromStdString(model->device)), Word::Role::Second}});
    else m_model->setWords({{why, Word::Role::Second}});
    m_model->setToolTip(m_model->text());
    showState();
}

void PromptPanel::setKeys(const QString& keys) {
    m_queue->setKeys(keys);
}

void PromptPanel::showState() {
    const bool empty = m_prompt->document()->isEmpty() || m_prompt->toPlainText().trimmed().isEmpty();
    m_queue->setEnabled(m_draws && !empty);
    m_queue->setToolTip(!m_draws ? m_why : empty ? tr("Say what is to be drawn first") : QString());
}

}  // namespace tessera::ui
