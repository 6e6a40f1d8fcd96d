// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/prompt_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QImageReader>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QRandomGenerator>
#include <QRegularExpressionValidator>
#include <QScrollArea>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include <tessera/engine.h>

#include "bridge/picture_image.h"
#include "panels/generate/class_field.h"
#include "panels/parameter_field.h"
#include "panels/stage/hint_button.h"
#include "panels/word_line.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kPromptHeight = 64, kMostCount = 64, kSeedField = 108, kStart = 40, kTimeField = 62;
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
    : QWidget(parent), m_prompt(new QPlainTextEdit), m_class(new ClassField), m_course(new QComboBox), m_seed(new QLineEdit), m_lock(button(QStringLiteral("lock"), tr("Keep this seed"))), m_roll(button(QStringLiteral("die"), tr("Another seed"))), m_count(new QSpinBox),
      m_video(new QCheckBox), m_queue(new HintButton(QStringLiteral("play"), tr("Queue"), {}, this)), m_sweep(button(QStringLiteral("side-by-side"), tr("Sweep…"))), m_model(new WordLine) {
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
    m_course->setObjectName(QStringLiteral("guidanceCourse"));
    m_course->setAccessibleName(tr("Course of guidance"));
    m_course->addItems({tr("constant"), tr("growing evenly"), tr("growing slowly, then fast, then slowly")});
    const QString courses[] = {tr("The same for every token"), tr("From 1 at the first token to its number at the last, in a straight line: what is drawn first is freer"), tr("From 1 at the first token to its number at the last, along a cosine")};
    for (int i = 0; i < m_course->count(); ++i) m_course->setItemData(i, courses[i], Qt::ToolTipRole);
    m_course->setToolTip(tr("How guidance goes over the tokens of a picture"));
    m_course->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_course->setMinimumContentsLength(8);
    m_courseLabel = label(tr("Course"), m_course);
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
    m_sweep->setObjectName(QStringLiteral("sweep"));
    m_sweep->setToolTip(tr("A row of pictures: one for each of several values of one setting, or on the way from this seed to another"));
    m_queue->setObjectName(QStringLiteral("queue"));
    m_queue->setDefault(true);
    m_model->setObjectName(QStringLiteral("drawer"));

    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(size::kDockMargin, 10, size::kDockMargin, 10);
    column->setSpacing(8);
    column->addWidget(m_prompt, 1);
    column->addWidget(m_class);
    column->addWidget(makeStart());
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(1, 1);
    const std::tuple<QString, ParameterField*, Row&> fields[] = {{tr("Guidance"), m_guidance, m_guidanceRow}, {tr("Temperature"), m_temperature, m_temperatureRow}, {tr("Top-k"), m_topK, m_topKRow}, {tr("Top-p"), m_topP, m_topPRow}};
    int row = 0;
    for (const auto& [words, field, kept] : fields) {
        kept = {label(words, field->control()), field};
        grid->addWidget(kept.label, row, 0);
        grid->addWidget(field, row++, 1);
        if (field != m_guidance) continue;
        grid->addWidget(m_courseLabel, row, 0);
        grid->addWidget(m_course, row++, 1);
        addSteps(*grid, row);
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
    auto* orders = new QHBoxLayout;
    orders->setSpacing(6);
    orders->addWidget(m_queue, 1);
    orders->addWidget(m_sweep);
    column->addLayout(orders);
    column->addStretch();
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
    connect(m_sweep, &QToolButton::clicked, this, &PromptPanel::sweepRequested);
    connect(m_roll, &QToolButton::clicked, this, &PromptPanel::rollSeed);
    connect(m_class, &QLineEdit::textChanged, this, [this] {
        showState();
        Q_EMIT edited();
    });
    connect(m_class, &QLineEdit::returnPressed, this, [this] {
        if (m_queue->isEnabled()) Q_EMIT queueRequested();
    });
    connect(m_prompt, &QPlainTextEdit::textChanged, this, [this] {
        showState();
        Q_EMIT edited();
    });
    rollSeed();
    for (const Row* each : {&m_timesRow, &m_stepsRow, &m_samplerRow, &m_scheduleRow, &m_keptRow}) each->setVisible(false);
    m_class->hide();
    m_startRow->hide();
    showStart();
    setModel(nullptr, {});
}

void PromptPanel::Row::setVisible(bool visible) const {
    label->setVisible(visible);
    field->setVisible(visible);
}

QWidget* PromptPanel::makeStart() {
    m_startRow = new QWidget;
    m_startRow->setObjectName(QStringLiteral("startRow"));
    auto* choose = new QPushButton(themedIcon(QStringLiteral("image")), tr("Start from a picture…"));
    choose->setObjectName(QStringLiteral("chooseStart"));
    choose->setToolTip(tr("Drawing sets out from a picture in place of noise; one that is dropped on the window does too"));
    choose->setFocusPolicy(Qt::TabFocus);
    m_startHeld = new QWidget;
    m_startPicture = new QLabel;
    m_startPicture->setObjectName(QStringLiteral("startPicture"));
    m_startPicture->setFixedSize(kStart, kStart);
    m_startPicture->setAlignment(Qt::AlignCenter);
    m_startName = new WordLine;
    m_startName->setObjectName(QStringLiteral("startName"));
    auto* clear = button(QStringLiteral("close"), tr("Start from noise again"));
    clear->setObjectName(QStringLiteral("clearStart"));
    auto* held = new QHBoxLayout(m_startHeld);
    held->setContentsMargins(0, 0, 0, 0);
    held->setSpacing(8);
    held->addWidget(m_startPicture);
    held->addWidget(m_startName, 1);
    held->addWidget(clear);
    m_time = new ParameterField({.name = "time", .initial = 0.6, .low = 0.0, .high = 1.0, .help = tr("Where on the way from noise, 1, to the picture, 0, drawing sets out: 0 leaves the picture as it is, 1 takes none of it").toStdString()});
    m_time->setObjectName(QStringLiteral("startTime"));
    m_timeRow = new QWidget;
    auto* time = new QHBoxLayout(m_timeRow);
    time->setContentsMargins(0, 0, 0, 0);
    time->setSpacing(8);
    m_timeLabel = label(tr("Time"), m_time->control());
    time->addWidget(m_timeLabel);
    time->addWidget(m_time, 1);
    auto* column = new QVBoxLayout(m_startRow);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addWidget(choose);
    column->addWidget(m_startHeld);
    column->addWidget(m_timeRow);
    connect(choose, &QPushButton::clicked, this, &PromptPanel::startRequested);
    connect(clear, &QToolButton::clicked, this, [this] { setStart({}); });
    return m_startRow;
}

/// What models follow that draw in steps.
void PromptPanel::addSteps(QGridLayout& grid, int& row) {
    const auto field = [](const char* name, const Value& initial, const Value& low, const Value& high, const QString& help) {
        return new ParameterField({.name = name, .initial = initial, .low = low, .high = high, .help = help.toStdString()});
    };
    m_from = field("guidance from", 0.0, 0.0, 1.0, tr("Guidance is followed at times from this one on; time runs from 1, noise, to 0, the picture"));
    m_to = field("guidance to", 1.0, 0.0, 1.0, tr("and up to this one"));
    m_weak = new QCheckBox(tr("By the weaker model"));
    m_weak->setObjectName(QStringLiteral("weakGuide"));
    m_weak->setToolTip(tr("Guidance leads away from what a weaker model would draw, in place of away from no class"));
    m_times = new QWidget;
    auto* times = new QHBoxLayout;
    times->setSpacing(6);
    for (ParameterField* each : {m_from, m_to}) {
        each->setSliderShown(false);
        each->control()->setFixedWidth(kTimeField);
        if (each == m_to) times->addWidget(label(tr("to"), each->control()));
        times->addWidget(each);
    }
    times->addStretch(1);
    auto* guided = new QVBoxLayout(m_times);
    guided->setContentsMargins(0, 0, 0, 0);
    guided->setSpacing(6);
    guided->addLayout(times);
    guided->addWidget(m_weak);
    m_steps = field("steps", std::int64_t(0), std::int64_t(0), std::int64_t(1000), tr("0: the model's own number; more take longer and follow it more closely"));
    m_kept = field("kept steps", std::int64_t(DrawingSettings::kKeptSteps), std::int64_t(0), std::int64_t(64), tr("How many of the steps can be looked at afterwards, spread evenly; each takes a picture's memory and a moment to decode"));
    m_sampler = new QComboBox;
    m_sampler->setAccessibleName(tr("Sampler"));
    m_sampler->setToolTip(tr("How a step is taken: euler looks once, heun twice, dopri5 as often as it takes to be exact"));
    m_schedule = new QComboBox;
    m_schedule->setAccessibleName(tr("Schedule"));
    m_schedule->setToolTip(tr("How fast masks fall: uniform fixes as many tokens in every step, cosine and powers above 1 few at first and most at the end, powers below 1 the other way round"));
    const std::pair<const char*, QWidget*> names[] = {{"guidanceFrom", m_from}, {"guidanceTo", m_to}, {"drawSteps", m_steps}, {"keptSteps", m_kept}, {"sampler", m_sampler}, {"schedule", m_schedule}};
    for (const auto& [name, widget] : names) widget->setObjectName(QLatin1String(name));
    m_timesRow = {label(tr("At times"), m_from->control()), m_times};
    m_stepsRow = {label(tr("Steps"), m_steps->control()), m_steps};
    m_samplerRow = {label(tr("Sampler"), m_sampler), m_sampler};
    m_scheduleRow = {label(tr("Schedule"), m_schedule), m_schedule};
    m_keptRow = {label(tr("Keep"), m_kept->control()), m_kept};
    m_timesRow.label->setContentsMargins(0, 6, 0, 0);  // beside the first of its lines
    for (const Row* each : {&m_timesRow, &m_stepsRow, &m_samplerRow, &m_scheduleRow, &m_keptRow}) {
        grid.addWidget(each->label, row, 0, each == &m_timesRow ? Qt::AlignTop : Qt::Alignment());
        grid.addWidget(each->field, row++, 1);
    }
}

DrawingSettings PromptPanel::settings() const {
    DrawingSettings settings;
    const bool classes = m_drawer && !m_drawer->drawing.prompts;
    // A model that is told nothing draws for any word.
    if (classes) settings.prompt = m_drawer->drawing.classCount > 0 ? m_class->prompt() : tr("anything");
    else settings.prompt = m_prompt->toPlainText().simplified();
    settings.seed = m_seed->text().toULongLong();
    settings.guidance = std::get<double>(m_guidance->value());
    settings.temperature = std::get<double>(m_temperature->value());
    settings.topK = static_cast<int>(std::get<std::int64_t>(m_topK->value()));
    settings.topP = std::get<double>(m_topP->value());
    settings.course = static_cast<GuidanceCourse>(m_course->currentIndex());
    settings.count = m_count->value();
    settings.video = m_video->isChecked() && m_video->isVisibleTo(this);
    settings.steps = static_cast<int>(std::get<std::int64_t>(m_steps->value()));
    settings.keptSteps = static_cast<int>(std::get<std::int64_t>(m_kept->value()));
    settings.sampler = m_sampler->currentText();
    settings.schedule = m_schedule->currentText();
    settings.guidanceFrom = std::get<double>(m_from->value());
    settings.guidanceTo = std::max(settings.guidanceFrom, std::get<double>(m_to->value()));
    settings.weakGuide = m_weak->isChecked();
    settings.start = m_start;
    settings.startTime = std::get<double>(m_time->value());
    return m_drawer ? followed(std::move(settings), *m_drawer) : settings;
}

void PromptPanel::setSettings(const DrawingSettings& settings, const QString& fingerprint) {
    m_set = true;
    m_setFor = fingerprint;
    m_class->setPrompt(settings.prompt);
    m_steps->setValue(std::int64_t(settings.steps > 0 || !m_drawer ? settings.steps : m_drawer->drawing.steps));
    m_kept->setValue(std::int64_t(settings.keptSteps));
    m_wantedSampler = settings.sampler;
    m_sampler->setCurrentIndex(std::max(0, m_sampler->findText(settings.sampler)));
    chooseSchedule(settings.schedule);
    m_from->setValue(settings.guidanceFrom);
    m_to->setValue(settings.guidanceTo);
    m_weak->setChecked(settings.weakGuide);
    if (settings.start) m_time->setValue(settings.startTime);
    // What was to be drawn anew lay in another picture.
    setStart(settings.drawnAnew.empty() ? settings.start : nullptr);
    if (m_prompt->toPlainText().simplified() != settings.prompt) m_prompt->setPlainText(settings.prompt);
    m_seed->setText(QString::number(settings.seed));
    m_guidance->setValue(settings.guidance);
    m_temperature->setValue(settings.temperature);
    m_topK->setValue(std::int64_t(settings.topK));
    m_topP->setValue(settings.topP);
    m_course->setCurrentIndex(static_cast<int>(settings.course));
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
    m_why = why;
    const bool other = model && (!m_drawer || m_drawer->drawing != model->drawing);
    m_drawer = model ? std::optional(*model) : std::nullopt;
    if (other) showFields();
    if (model) {
        const QString whose = QString::fromStdString(model->fingerprint.empty() ? model->name : model->fingerprint);
        // What somebody set before there was a model is for this one.
        const bool fits = whose == m_settingsOf || whose == m_setFor || (m_set && m_settingsOf.isEmpty() && m_setFor.isEmpty());
        if (!fits) takeOwn(model->drawing);
        if (!fits || whose == m_setFor) m_setFor.clear();
        m_settingsOf = whose;
    }
    m_video->setVisible(model && model->drawing.frames > 0);
    if (model && model->drawing.frames > 0) m_video->setText(tr("Clip of %1 frames").arg(model->drawing.frames));
    if (model) m_model->setWords({{tr("by"), Word::Role::Second}, {QString::fromStdString(model->name), Word::Role::Value}, {tr("%1 on %2").arg(QString::fromStdString(model->precision), QString::fromStdString(model->device)), Word::Role::Second}});
    else m_model->setWords({{why, Word::Role::Second}});
    m_model->setToolTip(m_model->text());
    showState();
}

/// What the model follows.
void PromptPanel::showFields() {
    const DrawingInfo& info = m_drawer->drawing;
    const bool tokens = info.by == DrawnBy::Tokens, flow = info.by == DrawnBy::Flow;
    m_prompt->setVisible(info.prompts);
    m_class->setVisible(!info.prompts && info.classCount > 0);
    m_class->setClasses(info.classCount, info.classes);
    setFocusProxy(info.prompts ? static_cast<QWidget*>(m_prompt) : m_class);
    m_startRow->setVisible(info.startsFromPictures);
    m_guidanceRow.setVisible(info.guided);
    m_course->setVisible(tokens && info.guided);
    m_courseLabel->setVisible(tokens && info.guided);
    m_timesRow.setVisible(flow && info.guided);
    m_weak->setVisible(info.weakModel);
    m_stepsRow.setVisible(!tokens);
    m_keptRow.setVisible(!tokens);
    m_samplerRow.setVisible(!info.samplers.empty());
    m_sampler->clear();
    for (const std::string& sampler : info.samplers) m_sampler->addItem(QString::fromStdString(sampler));
    m_sampler->setCurrentIndex(std::max(0, m_sampler->findText(m_wantedSampler)));
    m_scheduleRow.setVisible(!info.schedules.empty());
    m_schedule->clear();
    for (const std::string& schedule : info.schedules) m_schedule->addItem(QString::fromStdString(schedule));
    chooseSchedule(m_wantedSchedule);
    if (std::get<std::int64_t>(m_steps->value()) == 0) m_steps->setValue(std::int64_t(info.steps));
    for (const Row* each : {&m_temperatureRow, &m_topKRow, &m_topPRow}) each->setVisible(!flow);
}

/// The model's own is the first; a power that is not offered joins those that are.
void PromptPanel::chooseSchedule(const QString& name) {
    m_wantedSchedule = name;
    const bool other = m_schedule->count() > 0 && !name.isEmpty() && m_schedule->findText(name) < 0;
    if (other) m_schedule->addItem(name);
    m_schedule->setCurrentIndex(std::max(0, m_schedule->findText(name)));
}

/// The model's own settings.
void PromptPanel::takeOwn(const DrawingInfo& info) {
    const DrawingSettings usual;
    m_guidance->setValue(info.guidance);
    m_temperature->setValue(info.temperature);
    m_steps->setValue(std::int64_t(info.steps));
    m_sampler->setCurrentIndex(0);
    m_schedule->setCurrentIndex(0);
    m_from->setValue(usual.guidanceFrom);
    m_to->setValue(usual.guidanceTo);
    m_weak->setChecked(false);
}

void PromptPanel::setStart(std::shared_ptr<const SourceRequest> start) {
    m_start = std::move(start);
    showStart();
    Q_EMIT edited();
}

void PromptPanel::showStart() {
    auto* choose = m_startRow->findChild<QPushButton*>(QStringLiteral("chooseStart"));
    choose->setVisible(!m_start);
    m_startHeld->setVisible(m_start != nullptr);
    m_timeRow->setVisible(m_start != nullptr);
    if (!m_start) return;
    QImage image;
    if (!m_start->pixels.empty()) {
        Picture picture;
        picture.image = m_start->pixels;
        image = imageOf(picture);
    } else if (!m_start->path.empty()) {
        QImageReader reader(QString::fromStdString(m_start->path));
        reader.setAutoTransform(true);
        if (const QSize size = reader.size(); size.isValid()) reader.setScaledSize(size.scaled(QSize(kStart, kStart) * devicePixelRatioF(), Qt::KeepAspectRatio));
        image = reader.read();
    } else {
        image.loadFromData(QByteArray(reinterpret_cast<const char*>(m_start->bytes.data()), qsizetype(m_start->bytes.size())));
    }
    if (image.isNull()) {
        m_startPicture->setPixmap(themedIcon(QStringLiteral("image")).pixmap(kStart / 2));
    } else {
        QPixmap pixmap = QPixmap::fromImage(image.scaled(QSize(kStart, kStart) * devicePixelRatioF(), Qt::KeepAspectRatio, Qt::SmoothTransformation));
        pixmap.setDevicePixelRatio(devicePixelRatioF());
        m_startPicture->setPixmap(pixmap);
    }
    const QString name = m_start->name.empty() ? QFileInfo(QString::fromStdString(m_start->path)).fileName() : QString::fromStdString(m_start->name);
    m_startName->setWords({{tr("from"), Word::Role::Second}, {name, Word::Role::Value}});
    m_startName->setToolTip(m_start->path.empty() ? name : QString::fromStdString(m_start->path));
}

QString PromptPanel::refusal() const {
    if (!m_drawer) return m_why;
    if (!m_drawer->drawing.prompts) return m_drawer->drawing.classCount > 0 ? m_class->problem() : QString();
    return m_prompt->toPlainText().trimmed().isEmpty() ? tr("Say what is to be drawn first") : QString();
}

void PromptPanel::setKeys(const QString& keys) {
    m_queue->setKeys(keys);
}

void PromptPanel::showState() {
    const QString refusal = this->refusal();
    m_queue->setEnabled(refusal.isEmpty());
    m_queue->setToolTip(refusal);
    m_sweep->setEnabled(refusal.isEmpty());
}

}  // namespace tessera::ui
