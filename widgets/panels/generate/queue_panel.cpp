// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/queue_panel.h"

#include <algorithm>

#include <QAction>
#include <QScrollArea>
#include <QVBoxLayout>

#include "generate/draw_desk.h"
#include "panels/generate/draw_card.h"
#include "panels/hint_stack.h"
#include "panels/stage/number_words.h"
#include "theme/icons.h"

namespace tessera::ui {

QString drawingWords(const Drawing& drawing, bool queuePaused) {
    using State = Drawing::State;
    const Generation& drawn = drawing.drawn;
    const auto tr = [](const char* words) { return QueuePanel::tr(words); };
    const quint64 seed = drawing.settings.seed;
    const QString seeds = drawing.settings.count == 1 ? tr("seed %1").arg(groupedNumber(seed)) : tr("seeds %1 to %2").arg(groupedNumber(seed), groupedNumber(seed + quint64(drawing.settings.count) - 1));
    const int length = drawing.length();
    const QString there = length == 0 ? QString() : (drawing.inSteps() ? tr("%1 of %2 steps") : tr("%1 of %2")).arg(drawn.drawn).arg(length);
    QStringList words;
    switch (drawing.state) {
        case State::Waiting: words << (queuePaused ? tr("held") : tr("waiting")) << seeds; break;
        case State::Running:
            if (there.isEmpty()) {
                words << tr("reading the prompt") << seeds;
            } else if (drawn.drawn >= length) {
                words << tr("decoding") << seeds;
            } else {
                words << there;
                if (drawn.tokensPerSecond > 0) {
                    words << (drawing.inSteps() ? tr("%1 steps/s") : tr("%1 tokens/s")).arg(fixedNumber(drawn.tokensPerSecond, 1));
                    words << timeLeftWords((length - drawn.drawn) * double(drawn.pictures.size()) / drawn.tokensPerSecond);
                }
            }
            break;
        case State::Paused: words << tr("paused") << there << seeds; break;
        case State::Finished: words << tr("done") << (drawn.seconds > 0 ? durationWords(drawn.seconds) : QString()) << seeds; break;
        case State::Failed: words << tr("failed") << there << seeds; break;
        case State::Cancelled: words << tr("cancelled") << there << seeds; break;
    }
    words.removeAll(QString());
    return words.join(QStringLiteral(" · "));
}

QueuePanel::QueuePanel(DrawDesk& desk, QWidget* parent)
    : QWidget(parent), m_desk(desk), m_list(new QWidget), m_column(new QVBoxLayout(m_list)), m_pause(new QAction(themedIcon(QStringLiteral("pause")), tr("Pause the queue"), this)),
      m_clear(new QAction(themedIcon(QStringLiteral("reset")), tr("Take out all that have ended"), this)) {
    m_pause->setCheckable(true);
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(0);
    m_column->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(m_list);
    m_stack = new HintStack(scroll, tr("What you queue stands here\nuntil it is drawn, and after"), this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    connect(m_pause, &QAction::toggled, &desk.queue(), &DrawQueue::setPaused);
    connect(m_clear, &QAction::triggered, this, [this] {
        const DrawQueue::Drawings all = m_desk.queue().drawings();
        for (const auto& each : all) {
            if (!each->isOpen()) m_desk.queue().remove(each->id);
        }
    });
    connect(&desk.queue(), &DrawQueue::listChanged, this, &QueuePanel::showList);
    connect(&desk.queue(), &DrawQueue::changed, this, &QueuePanel::showCard);
    connect(&desk, &DrawDesk::pictureChanged, this, [this] {
        for (const auto& [id, card] : m_cards) showCard(id);
    });
    showList();
}

QueuePanel::~QueuePanel() = default;

DrawCard* QueuePanel::card(DrawingId id) const {
    const auto it = m_cards.find(id);
    return it == m_cards.end() ? nullptr : it->second;
}

void QueuePanel::showCard(DrawingId id) {
    DrawCard* shown = card(id);
    if (const auto drawing = m_desk.queue().find(id); shown && drawing) shown->setDrawing(*drawing, m_desk.queue().isPaused(), m_desk.picture().drawing == id);
}

void QueuePanel::showList() {
    DrawQueue& queue = m_desk.queue();
    for (auto it = m_cards.begin(); it != m_cards.end();) {
        if (queue.find(it->first)) {
            ++it;
            continue;
        }
        // One of its own buttons may have brought this about.
        it->second->hide();
        it->second->deleteLater();
        m_column->removeWidget(it->second);
        it = m_cards.erase(it);
    }
    int index = 0;
    for (const auto& each : queue.drawings()) {
        DrawCard*& card = m_cards[each->id];
        if (!card) {
            card = new DrawCard(each->id, m_list);
            const DrawingId id = each->id;
            connect(card, &DrawCard::chosen, this, [this, id] { m_desk.show({id, 0}); });
            connect(card, &DrawCard::cancelRequested, this, [this, id] { m_desk.queue().cancel(id); });
            connect(card, &DrawCard::removeRequested, this, [this, id] { m_desk.queue().remove(id); });
            connect(card, &DrawCard::retryRequested, this, [this, id] { m_desk.queue().retry(id); });
            connect(card, &DrawCard::moveRequested, this, [this, id](int by) { m_desk.queue().move(id, by); });
        }
        if (m_column->indexOf(card) != index) m_column->insertWidget(index, card);
        card->show();
        ++index;
        showCard(each->id);
    }
    m_stack->setFilled(!queue.drawings().empty());
    showPause();
}

void QueuePanel::showPause() {
    const bool paused = m_desk.queue().isPaused();
    m_pause->setChecked(paused);
    m_pause->setIcon(themedIcon(paused ? QStringLiteral("play") : QStringLiteral("pause")));
    m_pause->setText(paused ? tr("Go on with the queue") : tr("Pause the queue"));
    m_clear->setEnabled(std::ranges::any_of(m_desk.queue().drawings(), [](const auto& each) { return !each->isOpen(); }));
}

}  // namespace tessera::ui
