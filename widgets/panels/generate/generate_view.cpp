// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/generate_view.h"

#include <algorithm>

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

constexpr int kWordsWidth = 520, kSeed = 56, kSeedRow = kSeed + 30, kMapShare = 2, kPictureShare = 5;

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

}  // namespace

GenerateView::GenerateView(DrawDesk& desk, Tools tools, QWidget* parent) : QWidget(parent), m_desk(desk), m_pages(new QStackedWidget), m_banner(new Banner), m_canvas(new DrawnCanvas(desk)) {
    setAccessibleName(tr("Generation"));
    m_maps[0] = new TraceMap(desk, TraceMap::Kind::Entropy);
    m_maps[1] = new TraceMap(desk, TraceMap::Kind::Rank);
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeHead(tools));
    auto* body = new QWidget;
    auto* across = new QHBoxLayout(body);
    across->setContentsMargins(4, 4, 4, 4);
    across->setSpacing(4);
    across->addWidget(m_canvas, kPictureShare);
    auto* maps = new QVBoxLayout;
    maps->setSpacing(4);
    for (TraceMap* map : m_maps) maps->addWidget(map, 1);
    across->addLayout(maps, kMapShare);
    column->addWidget(body, 1);
    m_seeds = new QListWidget;
    m_seeds->setObjectName(QStringLiteral("seeds"));
    m_seeds->setAccessibleName(tr("Pictures that are drawn together"));
    m_seeds->setViewMode(QListView::IconMode);
    m_seeds->setFlow(QListView::LeftToRight);
    m_seeds->setWrapping(false);
    m_seeds->setMovement(QListView::Static);
    m_seeds->setIconSize({kSeed, kSeed});
    m_seeds->setFixedHeight(kSeedRow + 12);
    m_seeds->setFrameShape(QFrame::NoFrame);
    connect(m_seeds, &QListWidget::currentRowChanged, this, [this](int index) {
        if (!m_following && index >= 0) m_desk.show({m_desk.picture().drawing, index});
    });
    column->addWidget(m_seeds);
    column->addWidget(makeFoot());
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
    for (QAction* action : {tools.redraw, tools.addToBoard, tools.save}) {
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

QWidget* GenerateView::makeFoot() {
    auto* foot = new QWidget;
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
    row->addWidget(m_count);
    row->addWidget(m_steps, 1);
    row->addWidget(m_total);
    row->addSpacing(12);
    row->addWidget(label(tr("Depth"), m_depth));
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

void GenerateView::setDrawer(const QString& name, const QList<QPair<QString, QString>>& known) {
    m_drawer = name;
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
    m_heading->setText(draws ? tr("Say what is to be drawn") : tr("No model that draws is open"));
    m_words->setText(draws ? tr("%1 draws token after token. Type a prompt at the left and press %2: every code is shown as it is chosen, with those that it was chosen from, and the drawing can be taken another way at any of them.")
                                 .arg(m_drawer, m_keys.isEmpty() ? tr("Queue") : m_keys)
                           : tr("A whole VILA-U draws pictures and clips from words, and so does a tessera-mini with a language model. Open one, or drop its folder on the window: the one that holds llm, vision_tower and mm_projector."));
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
        else m_banner->tell(Banner::Kind::Error, problem, drawing->hasTokens() ? tr("Go on") : tr("Retry"), [this] { Q_EMIT retryRequested(); }, problem);
    }
    if (!drawing) return;
    m_prompt->setWords({{drawing->settings.prompt, Word::Role::Strong}});
    m_prompt->setToolTip(drawing->settings.prompt);
    using Role = Word::Role;
    std::vector<Word> words{{drawing->modelName, Role::Value}, {drawingWords(*drawing, m_desk.queue().isPaused()), drawing->state == Drawing::State::Failed ? Role::Error : Role::Second}};
    const DrawingSettings& s = drawing->settings;
    words.push_back({tr("guidance %1, temperature %2, top-k %3, top-p %4").arg(shortNumber(s.guidance), shortNumber(s.temperature), s.topK > 0 ? QString::number(s.topK) : tr("all"), shortNumber(s.topP)), Role::Second});
    if (!drawing->drawn.precision.empty()) words.push_back({QString::fromStdString(drawing->drawn.precision), Role::Second});
    if (drawing->origin && drawing->origin->kind == DrawingOrigin::Kind::Redraw) words.push_back({tr("behind the rectangle: kept, but not known to it"), Role::Warning});
    m_state->setWords(std::move(words));
    showSeeds();
    showPlace();
}

void GenerateView::showSeeds() {
    const auto drawing = m_desk.drawing();
    const int count = static_cast<int>(drawing->drawn.pictures.size());
    m_seeds->setVisible(count > 1);
    m_following = true;
    if (count > 1) {
        while (m_seeds->count() > count) delete m_seeds->takeItem(m_seeds->count() - 1);
        while (m_seeds->count() < count) m_seeds->addItem(new QListWidgetItem);
        for (int i = 0; i < count; ++i) {
            QListWidgetItem* item = m_seeds->item(i);
            item->setText(groupedNumber(drawing->drawn.pictures[i].seed));
            item->setToolTip(tr("Seed %1").arg(drawing->drawn.pictures[i].seed));
            item->setSizeHint({kSeed + 24, kSeedRow});
            const Picture* picture = i < static_cast<int>(drawing->last.size()) ? &drawing->last[i] : nullptr;
            // Made again only where there is another picture: its tokens tell.
            const int tokens = picture && !picture->image.empty() ? drawing->lastTokens : -1;
            const QVariant shown = QVariantList{quint64(drawing->id), tokens};
            if (item->data(Qt::UserRole) == shown) continue;
            item->setData(Qt::UserRole, shown);
            item->setIcon(tokens < 0 ? QIcon() : QIcon(QPixmap::fromImage(imageOf(*picture))));
        }
        m_seeds->setCurrentRow(m_desk.picture().index);
    }
    m_following = false;
}

void GenerateView::showPlace() {
    const auto drawing = m_desk.drawing();
    if (!drawing) return;
    const Generation& drawn = drawing->drawn;
    m_following = true;
    m_steps->setRange(0, std::max(1, drawn.drawn));
    m_steps->setValue(m_desk.tokensShown());
    m_steps->setEnabled(drawing->hasTokens());
    m_total->setText(tr("%1 of %2").arg(m_desk.tokensShown()).arg(drawing->tokens()));
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
                 {tr("Redraw draws them anew, each knowing those before it in reading order; those behind are kept, but not known"), Role::Second}};
    } else if (token < 0 || drawing->tokens() == 0) {
        words = {{drawing->hasTokens() ? tr("Point at a token to read it; a click shows what else was likely there; a drag chooses a rectangle") : tr("The first token is on its way"), Role::Second}};
    } else {
        words = {{tr("token %1").arg(token + 1), Role::Second}, {tokenPlaceWords(m_desk, token), Role::Value}};
        if (const auto entry = traceAt(*drawing, m_desk.picture().index, token, m_desk.depth())) {
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
