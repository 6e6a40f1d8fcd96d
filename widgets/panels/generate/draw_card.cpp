// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/draw_card.h"

#include <variant>

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

#include "bridge/picture_image.h"
#include "panels/generate/queue_panel.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kPicture = 48, kMargin = 12, kGap = 8, kBar = 4, kHeight = 68, kButton = 22;

QToolButton* button(const char* name, const QString& icon, const QString& words, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setObjectName(QLatin1String(name));
    button->setIcon(themedIcon(icon));
    button->setIconSize({14, 14});
    button->setProperty("small", true);
    button->setText(words);
    button->setAccessibleName(words);
    button->setToolTip(words);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

}  // namespace

DrawCard::DrawCard(DrawingId id, QWidget* parent)
    : QWidget(parent), m_id(id), m_up(button("up", QStringLiteral("chevron-up"), tr("Draw earlier"), this)), m_down(button("down", QStringLiteral("chevron-down"), tr("Draw later"), this)),
      m_retry(button("retry", QStringLiteral("retry"), tr("Go on"), this)), m_close(button("close", QStringLiteral("close"), tr("Cancel"), this)) {
    setFocusPolicy(Qt::StrongFocus);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(kMargin, kGap, 8, kGap);
    row->setSpacing(0);
    row->addStretch(1);
    for (QToolButton* each : {m_up, m_down, m_retry, m_close}) row->addWidget(each, 0, Qt::AlignTop);
    connect(m_up, &QToolButton::clicked, this, [this] { Q_EMIT moveRequested(-1); });
    connect(m_down, &QToolButton::clicked, this, [this] { Q_EMIT moveRequested(1); });
    connect(m_retry, &QToolButton::clicked, this, &DrawCard::retryRequested);
    connect(m_close, &QToolButton::clicked, this, [this] { m_state == Drawing::State::Waiting || m_state == Drawing::State::Running || m_state == Drawing::State::Paused ? Q_EMIT cancelRequested() : Q_EMIT removeRequested(); });
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void DrawCard::setDrawing(const Drawing& drawing, bool queuePaused, bool current) {
    using State = Drawing::State;
    m_state = drawing.state;
    m_prompt = drawing.caption.isEmpty() ? drawing.settings.prompt : tr("%1 · %2").arg(drawing.caption, drawing.settings.prompt);
    m_words = drawingWords(drawing, queuePaused);
    m_problem = drawing.state == State::Failed ? drawing.problem : QString();
    m_current = current;
    m_share = drawing.length() > 0 ? double(drawing.drawn.drawn) / drawing.length() : 0;
    const Picture* picture = drawing.last.empty() ? nullptr : &drawing.last.front();
    const void* samples = picture && !picture->image.empty() ? std::visit([](const auto& each) { return static_cast<const void*>(each.data()); }, picture->image.samples()) : nullptr;
    if (samples && samples != m_samples) m_thumbnail = imageOf(*picture).scaled(QSize(kPicture, kPicture) * devicePixelRatioF(), Qt::KeepAspectRatio, Qt::SmoothTransformation);
    m_samples = samples;
    m_up->setVisible(drawing.state == State::Waiting);
    m_down->setVisible(drawing.state == State::Waiting);
    m_retry->setVisible(drawing.state == State::Failed || drawing.state == State::Cancelled);
    const QString again = drawing.hasTokens() && drawing.inSteps() ? tr("Draw it again from the start") : drawing.hasTokens() ? tr("Go on from what is there") : tr("Try again");
    m_retry->setAccessibleName(again);
    m_retry->setToolTip(again);
    const QString close = drawing.isOpen() ? tr("Cancel") : tr("Take out of the list");
    m_close->setAccessibleName(close);
    m_close->setToolTip(close);
    setAccessibleName(m_prompt);
    setAccessibleDescription(m_problem.isEmpty() ? m_words : m_words + QStringLiteral(". ") + m_problem);
    setToolTip(m_prompt);
    fitHeight();
    update();
}

int DrawCard::problemHeight() const {
    if (m_problem.isEmpty()) return 0;
    const int width = std::max(60, this->width() - 2 * kMargin);
    return QFontMetrics(Theme::instance().font(TextSize::Table)).boundingRect(QRect(0, 0, width, 2000), Qt::TextWordWrap, m_problem).height() + kGap;
}

void DrawCard::fitHeight() {
    setFixedHeight(kHeight + problemHeight());
}

void DrawCard::paintEvent(QPaintEvent*) {
    const Tokens& t = tokens();
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.fillRect(rect(), m_current ? t.softSelection : t.dock);
    if (m_current) painter.fillRect(QRect(0, 0, 2, height()), t.accent);
    painter.fillRect(QRect(0, height() - 1, width(), 1), t.line);
    const QRect picture(kMargin, 10, kPicture, kPicture);
    painter.fillRect(picture, t.canvas);
    if (!m_thumbnail.isNull()) {
        const QSize fitted = m_thumbnail.size().scaled(picture.size(), Qt::KeepAspectRatio);
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        painter.drawImage(QRect(picture.topLeft() + QPoint((kPicture - fitted.width()) / 2, (kPicture - fitted.height()) / 2), fitted), m_thumbnail);
    }
    int right = width() - 8;
    for (const QToolButton* each : {m_up, m_down, m_retry, m_close}) {
        if (each->isVisibleTo(this)) right -= kButton + 2;
    }
    const int left = picture.right() + 1 + kGap;
    painter.setFont(theme.font(TextSize::Body));
    painter.setPen(t.text);
    const QFontMetrics body(painter.font());
    painter.drawText(QRect(left, 9, right - left - kGap, body.height()), Qt::AlignVCenter | Qt::TextSingleLine, body.elidedText(m_prompt, Qt::ElideRight, right - left - kGap));
    painter.setFont(theme.font(TextSize::Table));
    const QFontMetrics table(painter.font());
    const bool failed = m_state == Drawing::State::Failed;
    painter.setPen(failed ? t.error : t.second);
    int wordsLeft = left;
    if (failed) {
        painter.drawPixmap(left, 10 + body.height() + 2, iconPixmap(QStringLiteral("error"), 14, t.error, devicePixelRatioF()));
        wordsLeft += 18;
    }
    painter.drawText(QRect(wordsLeft, 9 + body.height() + 2, width() - wordsLeft - 8, table.height()), Qt::AlignVCenter | Qt::TextSingleLine, table.elidedText(m_words, Qt::ElideRight, width() - wordsLeft - 8));
    if (m_state == Drawing::State::Running || m_state == Drawing::State::Paused) {
        const QRectF groove(left, 9 + body.height() + table.height() + 8, width() - left - kMargin, kBar);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(t.edge);
        painter.drawRoundedRect(groove, kBar / 2.0, kBar / 2.0);
        painter.setBrush(m_state == Drawing::State::Running ? t.accent : t.second);
        painter.drawRoundedRect(QRectF(groove.topLeft(), QSizeF(groove.width() * m_share, kBar)), kBar / 2.0, kBar / 2.0);
        painter.setRenderHint(QPainter::Antialiasing, false);
    }
    if (!m_problem.isEmpty()) {
        painter.setPen(t.text);
        painter.drawText(QRect(kMargin, kHeight - 4, width() - 2 * kMargin, problemHeight()), Qt::TextWordWrap, m_problem);
    }
    if (hasFocus()) {
        painter.setPen(QPen(t.accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(1, 1, -1, -2));
    }
}

void DrawCard::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) Q_EMIT chosen();
}

void DrawCard::keyPressEvent(QKeyEvent* event) {
    const bool alt = event->modifiers() & Qt::AltModifier;
    switch (event->key()) {
        case Qt::Key_Return:
        case Qt::Key_Enter:
        case Qt::Key_Space: return Q_EMIT chosen();
        case Qt::Key_Up:
        case Qt::Key_Down:
            if (alt) return Q_EMIT moveRequested(event->key() == Qt::Key_Up ? -1 : 1);
            event->key() == Qt::Key_Up ? focusPreviousChild() : focusNextChild();
            return;
        case Qt::Key_Delete: m_close->click(); return;
        default: QWidget::keyPressEvent(event);
    }
}

void DrawCard::focusInEvent(QFocusEvent*) {
    update();
}

void DrawCard::focusOutEvent(QFocusEvent*) {
    update();
}

bool DrawCard::event(QEvent* event) {
    if (event->type() == QEvent::Resize && !m_problem.isEmpty()) fitHeight();
    return QWidget::event(event);
}

}  // namespace tessera::ui
