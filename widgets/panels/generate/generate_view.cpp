// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/generate_view.h"

#include <algorithm>
#include <cmath>

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <tessera/engine.h>

#include "bridge/engine_host.h"
#include "bridge/picture_image.h"
#include "generate/draw_desk.h"
#include "panels/banner.h"
#include "panels/generate/drawn_canvas.h"
#include "panels/generate/queue_panel.h"
#include "panels/generate/step_map.h"
#include "panels/generate/trace_map.h"
#include "panels/stage/drop_dashes.h"
#include "panels/stage/hint_button.h"
#include "panels/stage/number_words.h"
#include "panels/stage/parameter_slider.h"
#include "panels/word_line.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kWordsWidth = 520, kSeed = 56, kSwept = 88, kSeedRow = 30, kSeedColumn = 24, kPlaySteps = 300, kPlayTokens = 80, kPlayedTokens = 60, kMapShare = 2, kPictureShare = 5;

/// Does what an action does, in its words, as long as there is room.
QPushButton* pushButton(QAction* action, QWidget* parent) {
    auto* button = new QPushButton(parent);
    button->setObjectName(action->objectName());
    button->setFocusPolicy(Qt::TabFocus);
    const auto follow = [button, action] {
        button->setIcon(action->icon());
        button->setText(action->iconText());
        button->setToolTip(action->toolTip());
        button->setAccessibleName(action->iconText());
        button->setEnabled(action->isEnabled());
    };
    QObject::connect(action, &QAction::changed, button, follow);
    QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
    follow();
    return button;
}

/// What it was drawn by, as far as its model follows it.
QString settingsWords(const Drawing& drawing) {
    const DrawingSettings& s = drawing.settings;
    const auto tr = [](const char* words) { return GenerateView::tr(words); };
    const DrawnBy by = drawing.hasTokens() ? drawing.drawn.by : drawing.info.by;
    QStringList words;
    if (drawing.info.guided) words << tr("guidance %1").arg(shortNumber(s.guidance));
    if (by != DrawnBy::Tokens) words << tr("%1 steps").arg(s.steps > 0 ? s.steps : drawing.info.steps);
    if (by == DrawnBy::Flow) {
        if (!s.sampler.isEmpty()) words << s.sampler;
        if (s.guidanceFrom > 0 || s.guidanceTo < 1) words << tr("guided at times %1 to %2").arg(shortNumber(s.guidanceFrom), shortNumber(s.guidanceTo));
        if (s.weakGuide) words << tr("by the weaker model");
        if (!s.drawnAnew.empty()) words << tr("in a rectangle alone");
        else if (s.start) words << tr("from a picture at time %1").arg(shortNumber(s.startTime));
        if (s.towards > 0) words << tr("%1 of the way to seed %2").arg(shortNumber(s.towards)).arg(s.towardsSeed);
    } else {
        if (!s.schedule.isEmpty()) words << tr("schedule %1").arg(s.schedule);
        words << tr("temperature %1").arg(shortNumber(s.temperature)) << tr("top-k %1").arg(s.topK > 0 ? QString::number(s.topK) : tr("all")) << tr("top-p %1").arg(shortNumber(s.topP));
    }
    return words.join(QStringLiteral(", "));
}

}  // namespace

GenerateView::GenerateView(DrawDesk& desk, Tools tools, QWidget* parent) : QWidget(parent), m_desk(desk), m_pages(new QStackedWidget), m_banner(new Banner), m_canvas(new DrawnCanvas(desk)) {
    setAccessibleName(tr("Generation"));
    m_maps[0] = new TraceMap(desk, TraceMap::Kind::Entropy);
    m_maps[1] = new TraceMap(desk, TraceMap::Kind::Rank);
    for (const bool second : {false, true}) m_stepMaps[second] = new StepMap(desk, second);
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeHead(tools));
    connect(&m_player, &QTimer::timeout, this, &GenerateView::playOn);
    auto* body = new QWidget;
    auto* across = new QHBoxLayout(body);
    across->setContentsMargins(4, 4, 4, 4);
    across->setSpacing(4);
    across->addWidget(m_canvas, kPictureShare);
    auto* maps = new QVBoxLayout;
    maps->setSpacing(4);
    for (const int i : {0, 1}) {
        maps->addWidget(m_maps[i], 1);
        maps->addWidget(m_stepMaps[i], 1);
        m_stepMaps[i]->hide();
    }
    across->addLayout(maps, kMapShare);
    column->addWidget(body, 1);
    m_seeds = new QListWidget;
    m_seeds->setObjectName(QStringLiteral("seeds"));
    m_seeds->setAccessibleName(tr("Pictures that are drawn together"));
    m_seeds->setViewMode(QListView::IconMode);
    m_seeds->setFlow(QListView::LeftToRight);
    m_seeds->setWrapping(false);
    m_seeds->setMovement(QListView::Static);
    m_seeds->setFrameShape(QFrame::NoFrame);
    connect(m_seeds, &QListWidget::currentRowChanged, this, [this](int index) {
        if (m_following || index < 0) return;
        const auto drawing = m_desk.drawing();
        const bool series = drawing && drawing->series > 0;
        m_desk.show(series ? DrawnPicture{DrawingId(m_seeds->item(index)->data(Qt::UserRole + 1).toULongLong()), 0} : DrawnPicture{m_desk.picture().drawing, index});
    });
    column->addWidget(m_seeds);
    column->addWidget(makeFoot(tools));
    m_pages->addWidget(makeInvitation());
    m_pages->addWidget(page);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_banner);
    layout->addWidget(m_pages, 1);
    setAutoFillBackground(true);
    setFocusProxy(m_canvas);
    connect(&desk, &DrawDesk::pictureChanged, this, &GenerateView::showPicture);
    connect(&desk, &DrawDesk::placeChanged, this, &GenerateView::showPlace);
    const auto dress = [this, body] {
        QPalette colours = palette();
        colours.setColor(QPalette::Window, tokens().window);
        setPalette(colours);
        colours.setColor(QPalette::Window, tokens().canvas);
        body->setPalette(colours);
    };
    body->setAutoFillBackground(true);
    connect(&Theme::instance(), &Theme::changed, this, dress);
    dress();
    showInvitation();
    showPicture();
}

QWidget* GenerateView::makeInvitation() {
    auto* invitation = new Invitation;
    m_invitation = invitation;
    invitation->setAccessibleName(tr("Nothing is drawn yet"));
    m_heading = new QLabel;
    m_heading->setObjectName(QStringLiteral("generateHeading"));
    m_heading->setProperty("role", "title");
    m_heading->setAlignment(Qt::AlignCenter);
    m_words = new QLabel;
    m_words->setObjectName(QStringLiteral("generateWords"));
    m_words->setProperty("role", "second");
    m_words->setAlignment(Qt::AlignCenter);
    m_words->setWordWrap(true);
    m_words->setMaximumWidth(kWordsWidth);
    m_write = new HintButton(QStringLiteral("pencil"), tr("Write a prompt"), {}, invitation);
    m_known = new HintButton(QStringLiteral("model"), QString(), {}, invitation);
    m_open = new HintButton(QStringLiteral("folder"), tr("Open a model…"), {}, invitation);
    m_write->setObjectName(QStringLiteral("writePrompt"));
    m_known->setObjectName(QStringLiteral("openKnown"));
    m_open->setObjectName(QStringLiteral("openDrawer"));
    connect(m_write, &QPushButton::clicked, this, &GenerateView::promptRequested);
    connect(m_open, &QPushButton::clicked, this, &GenerateView::openModelRequested);
    connect(m_known, &QPushButton::clicked, this, [this] { Q_EMIT modelRequested(m_reference); });
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addStretch(1);
    for (QPushButton* button : {m_write, m_known, m_open}) row->addWidget(button);
    row->addStretch(1);
    auto* column = new QVBoxLayout(invitation);
    column->addStretch(1);
    column->addWidget(m_heading);
    column->addSpacing(8);
    auto* centred = new QHBoxLayout;
    centred->setContentsMargins(40, 0, 40, 0);
    centred->addStretch(1);
    centred->addWidget(m_words, 100);
    centred->addStretch(1);
    column->addLayout(centred);
    column->addSpacing(24);
    column->addLayout(row);
    column->addStretch(1);
    return invitation;
}

QWidget* GenerateView::makeHead(const Tools& tools) {
    auto* head = new QWidget;
    m_prompt = new WordLine(head, TextSize::Body);
    m_prompt->setObjectName(QStringLiteral("drawnPrompt"));
    m_state = new WordLine(head);
    m_state->setObjectName(QStringLiteral("drawnState"));
    m_grid = new QToolButton(head);
    m_grid->setObjectName(QStringLiteral("showTokens"));
    m_grid->setIcon(themedIcon(QStringLiteral("grid")));
    m_grid->setCheckable(true);
    m_grid->setChecked(true);
    m_grid->setText(tr("Token grid"));
    m_grid->setAccessibleName(tr("Token grid"));
    m_grid->setToolTip(tr("Lines between tokens"));
    m_grid->setFocusPolicy(Qt::TabFocus);
    connect(m_grid, &QToolButton::toggled, m_canvas, &DrawnCanvas::setGridShown);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_prompt, 1);
    row->addWidget(m_grid);
    for (QAction* action : {tools.pause, tools.cancel}) row->addWidget(pushButton(action, head));
    for (QAction* action : {tools.redraw, tools.addToBoard, tools.compare, tools.save}) {
        auto* button = new QToolButton(head);
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonIconOnly);
        button->setAccessibleName(action->iconText());
        button->setFocusPolicy(Qt::TabFocus);
        row->addWidget(button);
    }
    auto* column = new QVBoxLayout(head);
    column->setContentsMargins(size::kDockMargin, 6, 8, 4);
    column->setSpacing(2);
    column->addLayout(row);
    column->addWidget(m_state);
    return head;
}

QWidget* GenerateView::makeFoot(const Tools& tools) {
    auto* foot = new QWidget;
    m_play = new QToolButton(foot);
    m_play->setDefaultAction(tools.play);
    m_play->setToolButtonStyle(Qt::ToolButtonIconOnly);
    m_play->setObjectName(QStringLiteral("playSteps"));
    m_play->setFocusPolicy(Qt::TabFocus);
    m_probe = new WordLine(foot);
    m_probe->setObjectName(QStringLiteral("tokenWords"));
    m_steps = new ParameterSlider(0, 1, 0, foot);
    m_steps->setObjectName(QStringLiteral("steps"));
    m_steps->setAccessibleName(tr("Tokens that are shown"));
    m_steps->setToolTip(tr("The picture as it was after so many tokens"));
    connect(m_steps, &QSlider::valueChanged, this, [this](int value) {
        if (!m_following) m_desk.setSteps(value);
    });
    m_count = new QLabel(tr("Token"));
    m_count->setProperty("role", "secondTable");
    m_count->setBuddy(m_steps);
    m_total = new QLabel;
    m_total->setObjectName(QStringLiteral("stepWords"));
    m_total->setProperty("role", "table");
    const auto spin = [foot](const char* name, const QString& words) {
        auto* box = new QSpinBox(foot);
        box->setObjectName(QLatin1String(name));
        box->setAccessibleName(words);
        box->setRange(1, 1);
        box->setButtonSymbols(QAbstractSpinBox::NoButtons);
        return box;
    };
    m_depth = spin("depth", tr("Depth"));
    m_frame = spin("frame", tr("Frame"));
    connect(m_depth, &QSpinBox::valueChanged, this, [this](int value) {
        if (!m_following) m_desk.setDepth(value - 1);
    });
    connect(m_frame, &QSpinBox::valueChanged, this, [this](int value) {
        if (!m_following) m_desk.setFrame(value - 1);
    });
    const auto label = [](const QString& words, QWidget* buddy) {
        auto* label = new QLabel(words);
        label->setProperty("role", "secondTable");
        label->setBuddy(buddy);
        return label;
    };
    m_frameLabel = label(tr("Frame"), m_frame);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_play);
    row->addWidget(m_count);
    row->addWidget(m_steps, 1);
    row->addWidget(m_total);
    row->addSpacing(12);
    m_depthLabel = label(tr("Depth"), m_depth);
    row->addWidget(m_depthLabel);
    row->addWidget(m_depth);
    row->addWidget(m_frameLabel);
    row->addWidget(m_frame);
    auto* column = new QVBoxLayout(foot);
    column->setContentsMargins(size::kDockMargin, 4, 8, 4);
    column->setSpacing(2);
    column->addWidget(m_probe);
    column->addLayout(row);
    return foot;
}

void GenerateView::setDrawer(const ModelInfo* drawer, const QList<QPair<QString, QString>>& known) {
    m_drawer = drawer ? QString::fromStdString(drawer->name) : QString();
    m_drawerWords.clear();
    if (drawer) {
        const DrawingInfo& info = drawer->drawing;
        const QString what = info.prompts ? tr("Type a prompt at the left") : info.classCount > 0 ? tr("Choose a class at the left") : tr("It is told nothing");
        switch (info.by) {
            case DrawnBy::Tokens:
                m_drawerWords = tr("%1 draws token after token. %2 and press %3: every code is shown as it is chosen, with those that it was chosen from, and the drawing can be taken another way at any of them.").arg(m_drawer, what);
                break;
            case DrawnBy::Masks:
                m_drawerWords = tr("%1 draws all tokens at once, and those again that it is least sure of. %2 and press %3: every round is shown, with what was fixed in it and how sure the model was, and any rectangle can be drawn anew.").arg(m_drawer, what);
                break;
            case DrawnBy::Flow:
                m_drawerWords = tr("%1 draws out of noise. %2 and press %3: every kept step shows what it would become, its tokens and how fast they move. A picture that is dropped here is what it sets out from.").arg(m_drawer, what);
                break;
        }
    }
    m_reference = known.isEmpty() ? QString() : known.first().first;
    m_known->setText(known.isEmpty() ? QString() : tr("Open %1").arg(known.first().second));
    showInvitation();
}

void GenerateView::setKeys(const QString& queueKeys) {
    m_keys = queueKeys;
    showInvitation();
}

void GenerateView::setDropActive(bool active) {
    static_cast<Invitation*>(m_invitation)->setDropActive(active);
}

void GenerateView::showInvitation() {
    const bool draws = !m_drawer.isEmpty();
    const QString queue = m_keys.isEmpty() ? tr("Queue") : m_keys;
    m_heading->setText(draws ? tr("Say what is to be drawn") : tr("No model that draws is open"));
    m_words->setText(draws ? QString(m_drawerWords).replace(QStringLiteral("%3"), queue)
                           : tr("A whole VILA-U draws pictures and clips from words, and so does a tessera-mini with a language model; an RAE with its transformer, a flow or a masked grid draws classes. Open one, or drop its folder on the window: "
                                "of a VILA-U the one that holds llm, vision_tower and mm_projector."));
    m_write->setVisible(draws);
    m_known->setVisible(!draws && !m_reference.isEmpty());
    m_open->setVisible(!draws);
    static_cast<HintButton*>(m_write)->setDefault(draws);
    static_cast<HintButton*>(m_known)->setDefault(!draws && !m_reference.isEmpty());
    static_cast<HintButton*>(m_open)->setDefault(!draws && m_reference.isEmpty());
}

void GenerateView::showPicture() {
    const auto drawing = m_desk.drawing();
    m_pages->setCurrentIndex(drawing ? 1 : 0);
    const QString problem = drawing && drawing->state == Drawing::State::Failed ? drawing->problem : QString();
    if (problem != m_told) {
        m_told = problem;
        if (problem.isEmpty()) m_banner->dismiss();
        else m_banner->tell(Banner::Kind::Error, problem, drawing->hasTokens() && !drawing->inSteps() ? tr("Go on") : tr("Retry"), [this] { Q_EMIT retryRequested(); }, problem);
    }
    if (!drawing) return setPlaying(false);
    const bool inSteps = drawing->inSteps();
    for (TraceMap* map : m_maps) map->setVisible(!inSteps);
    for (StepMap* map : m_stepMaps) map->setVisible(inSteps);
    std::vector<Word> prompt{{drawing->settings.prompt, Word::Role::Strong}};
    if (!drawing->caption.isEmpty()) prompt.push_back({drawing->caption, Word::Role::Value});
    m_prompt->setWords(std::move(prompt));
    m_prompt->setToolTip(drawing->settings.prompt);
    using Role = Word::Role;
    std::vector<Word> words{{drawing->modelName, Role::Value}, {drawingWords(*drawing, m_desk.queue().isPaused()), drawing->state == Drawing::State::Failed ? Role::Error : Role::Second}};
    words.push_back({settingsWords(*drawing), Role::Second});
    if (!drawing->drawn.precision.empty()) words.push_back({QString::fromStdString(drawing->drawn.precision), Role::Second});
    if (drawing->origin && drawing->origin->kind == DrawingOrigin::Kind::Redraw && !inSteps) words.push_back({tr("behind the rectangle: kept, but not known to it"), Role::Warning});
    m_state->setWords(std::move(words));
    showSeeds();
    showPlace();
}

/// Pictures of one order, or of one series, side by side.
void GenerateView::showSeeds() {
    const auto drawing = m_desk.drawing();
    struct Shown {
        const Drawing* drawing;
        int picture;
    };
    std::vector<Shown> all;
    const DrawQueue::Drawings series = m_desk.queue().series(drawing->series);
    for (const auto& each : series) all.push_back({each.get(), 0});
    if (series.empty()) {
        for (int i = 0; i < static_cast<int>(drawing->drawn.pictures.size()); ++i) all.push_back({drawing.get(), i});
    }
    const int count = static_cast<int>(all.size()), side = series.empty() ? kSeed : kSwept;
    m_seeds->setVisible(count > 1);
    m_following = true;
    if (count > 1) {
        m_seeds->setIconSize({side, side});
        m_seeds->setFixedHeight(side + kSeedRow + 12);
        while (m_seeds->count() > count) delete m_seeds->takeItem(m_seeds->count() - 1);
        while (m_seeds->count() < count) m_seeds->addItem(new QListWidgetItem);
        for (int i = 0; i < count; ++i) {
            const Drawing& each = *all[static_cast<std::size_t>(i)].drawing;
            const auto index = static_cast<std::size_t>(all[static_cast<std::size_t>(i)].picture);
            QListWidgetItem* item = m_seeds->item(i);
            const QString seed = groupedNumber(index < each.drawn.pictures.size() ? each.drawn.pictures[index].seed : each.settings.seed);
            item->setText(series.empty() ? seed : each.caption);
            item->setToolTip(series.empty() ? tr("Seed %1").arg(seed) : tr("%1, seed %2").arg(each.caption, seed));
            item->setData(Qt::UserRole + 1, quint64(each.id));
            item->setSizeHint({side + kSeedColumn, side + kSeedRow});
            const Picture* picture = index < each.last.size() ? &each.last[index] : nullptr;
            // Made again only where there is another picture: its tokens tell.
            const int tokens = picture && !picture->image.empty() ? each.lastTokens : -1;
            const QVariant shown = QVariantList{quint64(each.id), tokens, each.state == Drawing::State::Finished};
            if (item->data(Qt::UserRole) == shown) continue;
            item->setData(Qt::UserRole, shown);
            item->setIcon(tokens < 0 ? QIcon() : QIcon(QPixmap::fromImage(imageOf(*picture)).scaled(QSize(side, side) * devicePixelRatioF(), Qt::KeepAspectRatio, Qt::SmoothTransformation)));
        }
        const auto current = std::ranges::find_if(all, [&](const Shown& each) { return each.drawing->id == m_desk.picture().drawing && each.picture == m_desk.picture().index; });
        m_seeds->setCurrentRow(static_cast<int>(current - all.begin()));
    }
    m_following = false;
}

void GenerateView::setPlaying(bool playing) {
    const auto drawing = m_desk.drawing();
    playing = playing && drawing && m_desk.stepCount() > 0;
    if (playing == isPlaying()) return;
    if (playing) {
        if (!m_desk.steps()) m_desk.setSteps(0);
        m_player.start(drawing->inSteps() ? kPlaySteps : kPlayTokens);
    } else {
        m_player.stop();
    }
    Q_EMIT playingChanged(playing);
}

void GenerateView::playOn() {
    const auto drawing = m_desk.drawing();
    const auto& steps = m_desk.steps();
    if (!drawing || !steps) return setPlaying(false);
    const int next = *steps + (drawing->inSteps() ? 1 : std::max(1, m_desk.stepCount() / kPlayedTokens));
    m_desk.setSteps(next >= m_desk.stepCount() ? std::nullopt : std::optional(next));
    if (!m_desk.steps()) setPlaying(false);
}

void GenerateView::showPlace() {
    const auto drawing = m_desk.drawing();
    if (!drawing) return;
    const Generation& drawn = drawing->drawn;
    m_following = true;
    const bool inSteps = drawing->inSteps();
    const GenerationStep* step = m_desk.keptStep();
    m_steps->setRange(0, std::max(1, m_desk.stepCount()));
    m_steps->setValue(m_desk.tokensShown());
    m_steps->setEnabled(inSteps ? step != nullptr : drawing->hasTokens());
    m_steps->setAccessibleName(inSteps ? tr("Step that is shown") : tr("Tokens that are shown"));
    m_steps->setToolTip(inSteps ? tr("What the picture was expected to become at each kept step; at the right end, what it became") : tr("The picture as it was after so many tokens"));
    m_count->setText(inSteps ? tr("Step") : tr("Token"));
    m_total->setText(!inSteps                       ? tr("%1 of %2").arg(m_desk.tokensShown()).arg(drawing->tokens())
                     : !m_desk.steps() || !step     ? tr("%1 of %2").arg(drawn.drawn).arg(drawn.positions)
                     : drawn.by == DrawnBy::Masks   ? tr("step %1 · %2 of %3 fixed").arg(step->step + 1).arg(fixedAfter(*step)).arg(drawing->tokens())
                                                    : tr("step %1 of %2 · time %3").arg(step->step + 1).arg(drawn.positions).arg(fixedNumber(step->time, 2)));
    m_depth->setVisible(drawn.depths > 0 || !inSteps);
    m_depthLabel->setVisible(drawn.depths > 0 || !inSteps);
    m_depth->setRange(1, std::max(1, drawn.depths));
    m_depth->setValue(m_desk.depth() + 1);
    m_depth->setSuffix(drawn.depths > 0 ? tr(" of %1").arg(drawn.depths) : QString());
    m_frame->setRange(1, std::max(1, drawn.frames));
    m_frame->setValue(m_desk.frameShown() + 1);
    m_frame->setSuffix(tr(" of %1").arg(drawn.frames));
    m_frame->setVisible(drawn.frames > 1);
    m_frameLabel->setVisible(drawn.frames > 1);
    m_following = false;

    using Role = Word::Role;
    const int token = m_desk.hovered() >= 0 ? m_desk.hovered() : m_desk.token();
    std::vector<Word> words;
    if (const QRect part = m_desk.part(); !part.isEmpty() && m_desk.hovered() < 0) {
        words = {{tr("%1 × %2 tokens chosen").arg(part.width()).arg(part.height()), Role::Value},
                 {inSteps ? tr("Redraw draws them anew, knowing all that lies around them, which stays") : tr("Redraw draws them anew, each knowing those before it in reading order; those behind are kept, but not known"), Role::Second}};
    } else if (token < 0 || drawing->tokens() == 0) {
        const bool over = drawing->state == Drawing::State::Failed || drawing->state == Drawing::State::Cancelled;
        const QString hint = inSteps ? tr("Point at a token to read it; a drag chooses a rectangle to be drawn anew") : tr("Point at a token to read it; a click shows what else was likely there; a drag chooses a rectangle");
        const QString none = over ? tr("Nothing was drawn") : inSteps ? tr("The first step is on its way") : tr("The first token is on its way");
        words = {{drawing->hasTokens() ? hint : none, Role::Second}};
    } else {
        words = {{tr("token %1").arg(token + 1), Role::Second}, {tokenPlaceWords(m_desk, token), Role::Value}};
        if (inSteps) {
            const auto place = static_cast<std::size_t>(token);
            if (step && drawn.by == DrawnBy::Masks && place < step->masked.size()) {
                const std::size_t at = place * static_cast<std::size_t>(drawn.depths) + static_cast<std::size_t>(m_desk.depth());
                if (at < step->codes.size()) words.insert(words.end(), {{tr("d = %1").arg(m_desk.depth() + 1), Role::Second}, {tr("code"), Role::Second}, {QString::number(step->codes[at]), Role::Value}});
                if (step->perToken[place] != 0) words.insert(words.end(), {{tr("probability"), Role::Second}, {tr("%1 %").arg(fixedNumber(100 * std::exp(step->perToken[place]), 1)), Role::Value}});
                words.push_back({step->masked[place] ? tr("drawn again") : isFresh(*step, place) ? tr("fixed in this step") : tr("known before"), Role::Second});
            } else if (step && place < step->perToken.size()) {
                words.insert(words.end(), {{tr("velocity"), Role::Second}, {shortNumber(step->perToken[place]), Role::Value}, {tr("at time %1").arg(fixedNumber(step->time, 2)), Role::Second}});
            }
        } else if (const auto entry = traceAt(*drawing, m_desk.picture().index, token, m_desk.depth())) {
            words.insert(words.end(), {{tr("d = %1").arg(m_desk.depth() + 1), Role::Second},
                                       {tr("code"), Role::Second},
                                       {QString::number(entry->code), Role::Value},
                                       {tr("probability"), Role::Second},
                                       {tr("%1 %").arg(fixedNumber(100 * entry->probability, 1)), Role::Value},
                                       {tr("rank"), Role::Second},
                                       {QString::number(entry->rank), Role::Value},
                                       {tr("entropy"), Role::Second},
                                       {tr("%1 bit").arg(fixedNumber(entry->entropy, 2)), Role::Value}});
        } else {
            words.push_back({m_desk.isThere(token) ? tr("no trace") : tr("not drawn yet"), Role::Second});
        }
    }
    m_probe->setWords(std::move(words));
}

}  // namespace tessera::ui
