// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/busy_overlay.h"

#include <QAccessible>
#include <QFontMetrics>
#include <QPainter>
#include <QPushButton>

#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kDisc = 44, kSpinner = 24, kBarHeight = 4, kMargin = 12, kCancel = 24;

/// A cross on the veil, in the colours that hold over pictures.
class CancelButton : public QAbstractButton {
public:
    explicit CancelButton(QWidget* parent) : QAbstractButton(parent) {
        setFocusPolicy(Qt::TabFocus);
        setCursor(Qt::PointingHandCursor);
        setAttribute(Qt::WA_Hover);
    }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        if (underMouse() || isDown()) {
            QColor ground = QColor::fromRgba(OverPicture::kMark);
            ground.setAlphaF(isDown() ? 0.3f : 0.16f);
            painter.setPen(Qt::NoPen);
            painter.setBrush(ground);
            painter.drawRoundedRect(rect(), size::kRadius, size::kRadius);
        }
        constexpr int kIcon = 14;
        const QPixmap icon = iconPixmap(QStringLiteral("close"), kIcon, QColor::fromRgba(OverPicture::kMark), devicePixelRatioF());
        painter.drawPixmap((width() - kIcon) / 2, (height() - kIcon) / 2, icon);
    }
};

}  // namespace

BusyOverlay::BusyOverlay(QWidget* parent) : QWidget(parent), m_cancel(new CancelButton(this)) {
    m_cancel->setAccessibleName(tr("Cancel"));
    m_cancel->setToolTip(tr("Cancel (Esc)"));
    connect(m_cancel, &QAbstractButton::clicked, this, &BusyOverlay::cancelRequested);
    hide();
}

void BusyOverlay::setWords(const BusyWords& words) {
    if (words == m_words) return;
    const bool other = words.phase != m_words.phase, otherStep = words.step != m_words.step;
    m_words = words;
    if (other) place();
    setVisible(words.phase != BusyPhase::Hidden);
    if (otherStep) setAccessibleName(words.step);
    update();
}

void BusyOverlay::setBody(const QRect& body) {
    if (body == m_body) return;
    m_body = body;
    place();
}

void BusyOverlay::setTurn(double turn) {
    if (m_words.phase != BusyPhase::Spinner || turn == m_turn) return;
    m_turn = turn;
    update();
}

void BusyOverlay::place() {
    const bool bar = m_words.phase == BusyPhase::Bar;
    m_cancel->setVisible(bar);
    // A spinner is looked at, never clicked.
    setAttribute(Qt::WA_TransparentForMouseEvents, !bar);
    if (bar) {
        const int height = std::max(48, QFontMetrics(Theme::instance().font(TextSize::Table)).height() + 32);
        setGeometry(m_body.left(), m_body.bottom() + 1 - height, m_body.width(), height);
        m_cancel->setGeometry(width() - kMargin - kCancel + 5, 6, kCancel, kCancel);
    } else {
        QRect disc(0, 0, kDisc, kDisc);
        disc.moveCenter(m_body.center());
        setGeometry(disc);
    }
}

void BusyOverlay::paintEvent(QPaintEvent*) {
    if (m_words.phase == BusyPhase::Bar) {
        paintBar();
    } else {
        paintSpinner();
    }
}

void BusyOverlay::paintSpinner() {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor::fromRgba(OverPicture::kBadge));
    painter.drawEllipse(rect());
    QRectF ring(0, 0, kSpinner - 2, kSpinner - 2);
    ring.moveCenter(QRectF(rect()).center());
    QColor track = QColor::fromRgba(OverPicture::kMark);
    track.setAlphaF(0.28f);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(track, 2.5));
    painter.drawEllipse(ring);
    painter.setPen(QPen(QColor::fromRgba(OverPicture::kMark), 2.5, Qt::SolidLine, Qt::RoundCap));
    painter.drawArc(ring, static_cast<int>((90 - 360 * m_turn) * 16), -100 * 16);
}

void BusyOverlay::paintBar() {
    QPainter painter(this);
    painter.fillRect(rect(), QColor::fromRgba(OverPicture::kVeil));
    const Theme& theme = Theme::instance();
    const QFont strong = theme.font(TextSize::Table, true), plain = theme.font(TextSize::Table);
    const int right = m_cancel->x() - 6, textHeight = height() - 16;
    const QRect line(kMargin, 2, std::max(0, right - kMargin), textHeight);
    const int left = m_words.timeLeft.isEmpty() ? 0 : QFontMetrics(plain).horizontalAdvance(m_words.timeLeft);
    const bool roomForBoth = line.width() > left + 60;
    painter.setFont(strong);
    painter.setPen(QColor::fromRgba(OverPicture::kMark));
    const int stepRoom = roomForBoth ? line.width() - left - 10 : line.width();
    painter.drawText(line, Qt::AlignVCenter | Qt::TextSingleLine, QFontMetrics(strong).elidedText(m_words.step, Qt::ElideRight, stepRoom));
    if (roomForBoth) {
        painter.setFont(plain);
        painter.setPen(QColor::fromRgba(OverPicture::kSecond));
        painter.drawText(line, Qt::AlignVCenter | Qt::AlignRight | Qt::TextSingleLine, m_words.timeLeft);
    }
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF groove(kMargin, height() - 12 - kBarHeight + 2, width() - 2 * kMargin, kBarHeight);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor::fromRgba(OverPicture::kGroove));
    painter.drawRoundedRect(groove, kBarHeight / 2.0, kBarHeight / 2.0);
    QRectF done = groove;
    done.setWidth(std::clamp(m_words.fraction, 0.0, 1.0) * groove.width());
    painter.setBrush(QColor::fromRgba(OverPicture::kAccent));
    painter.drawRoundedRect(done, kBarHeight / 2.0, kBarHeight / 2.0);
}

}  // namespace tessera::ui
