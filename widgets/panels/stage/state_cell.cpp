// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/state_cell.h"

#include <algorithm>

#include <QFontMetrics>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kEdge = 3, kIcon = 20, kRoomyFrom = 220, kQuietWidth = 260, kButtonGap = 8;

QLabel* label(QWidget* parent, const char* role) {
    auto* label = new QLabel(parent);
    label->setProperty("role", role);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::NoTextInteraction);
    return label;
}

int heightOf(const QLabel* label, int width) {
    return label->text().isEmpty() ? 0 : label->heightForWidth(width);
}

void put(QLabel* label, int x, int y, int width, int height) {
    label->setVisible(height > 0);
    label->setGeometry(x, y, width, height);
}

}  // namespace

StateCell::StateCell(QWidget* parent)
    : QWidget(parent), m_heading(label(this, "heading")), m_text(label(this, "second")), m_advice(label(this, "second")), m_where(label(this, "table")) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    connect(&Theme::instance(), &Theme::changed, this, &StateCell::dress);
    hide();
}

void StateCell::setWords(const StateWords& words) {
    if (words == m_words) return;
    const bool otherButtons = words.actions != m_words.actions || words.tone != m_words.tone || words.report.isEmpty() != m_words.report.isEmpty();
    m_words = words;
    m_heading->setText(words.heading);
    m_text->setText(words.text);
    m_advice->setText(words.advice);
    m_where->setText(words.where);
    setAccessibleName(words.heading.isEmpty() ? words.text : words.heading + QStringLiteral(": ") + words.text);
    setAccessibleDescription(words.advice);
    if (otherButtons) makeButtons();
    dress();
}

void StateCell::makeButtons() {
    // One of them may be the sender: it goes when its signal has returned.
    for (QPushButton* button : m_buttons) button->hide(), button->deleteLater();
    m_buttons.clear();
    for (const CellAction action : m_words.actions) {
        auto* button = new QPushButton(actionText(action), this);
        button->setAutoDefault(false);
        button->setDefault(m_words.tone == StateWords::Tone::Error && m_buttons.empty());
        connect(button, &QPushButton::clicked, this, [this, action] { Q_EMIT actionRequested(action); });
        m_buttons.push_back(button);
    }
    if (!m_words.report.isEmpty()) {
        auto* details = new QPushButton(tr("Details"), this);
        details->setAutoDefault(false);
        details->setFlat(true);
        connect(details, &QPushButton::clicked, this, &StateCell::detailsRequested);
        m_buttons.push_back(details);
    }
    for (QPushButton* button : m_buttons) button->show();
}

void StateCell::dress() {
    const bool quiet = m_words.tone == StateWords::Tone::Quiet;
    for (QLabel* label : {m_text, m_advice}) label->setAlignment(quiet ? Qt::AlignHCenter : Qt::AlignLeft | Qt::AlignTop);
    m_where->setAlignment(Qt::AlignRight | Qt::AlignTop);
    place();
    update();
}

void StateCell::resizeEvent(QResizeEvent*) {
    place();
}

void StateCell::place() {
    if (m_words.tone == StateWords::Tone::Quiet) {
        placeQuiet();
    } else {
        placeError();
    }
    update();
}

int StateCell::buttonRows(int width) const {
    int rows = 0, x = 0;
    for (const QPushButton* button : m_buttons) {
        const int needs = button->sizeHint().width();
        if (rows == 0 || x + needs > width) ++rows, x = 0;
        x += needs + kButtonGap;
    }
    return rows;
}

int StateCell::placeButtons(int left, int width, int bottom) {
    const int rows = buttonRows(width);
    const int row = size::kControl + kButtonGap;
    const int top = bottom - rows * row + (rows > 0 ? kButtonGap : 0);
    int x = 0, y = top - row;
    bool first = true;
    for (QPushButton* button : m_buttons) {
        const int needs = button->sizeHint().width();
        if (first || x + needs > width) y += row, x = 0, first = false;
        button->setGeometry(left + x, y, std::min(needs, width), size::kControl);
        x += needs + kButtonGap;
    }
    return top;
}

void StateCell::placeError() {
    const int margin = width() >= kRoomyFrom ? 20 : 12;
    const int left = kEdge + margin, room = std::max(0, width() - left - margin);
    const int buttonsTop = placeButtons(left, room, height() - margin);
    const int lastLine = buttonsTop - 12;
    m_icon = QRect(left, margin, kIcon, kIcon);
    const int headingLeft = left + kIcon + 8, headingRoom = std::max(0, left + room - headingLeft);
    const int headingHeight = std::max(kIcon, heightOf(m_heading, headingRoom));
    put(m_heading, headingLeft, margin, headingRoom, headingHeight);
    int y = margin + headingHeight + 12;
    const auto fits = [&](int height) { return height > 0 && y + height <= lastLine; };

    int height = heightOf(m_text, room);
    // What happened is shown even if its last line is cut.
    height = std::max(0, std::min(height, lastLine - y));
    put(m_text, left, y, room, height);
    y += height + 8;
    height = heightOf(m_advice, room);
    if (!fits(height)) height = 0;
    put(m_advice, left, y, room, height);
    if (height > 0) y += height + 8;
    const int boxMargin = 12;
    const int key = QFontMetrics(Theme::instance().font(TextSize::Table)).horizontalAdvance(tr("Where")) + boxMargin;
    height = heightOf(m_where, room - 2 * boxMargin - key);
    if (!fits(height + 2 * 8)) height = 0;
    put(m_where, left + boxMargin + key, y + 8, room - 2 * boxMargin - key, height);
    m_box = height > 0 ? QRect(left, y, room, height + 2 * 8) : QRect();
}

void StateCell::placeQuiet() {
    m_icon = m_box = QRect();
    m_heading->hide();
    m_where->hide();
    const int room = std::max(0, std::min(kQuietWidth, width() - 2 * size::kDockMargin));
    const int left = (width() - room) / 2;
    const int textHeight = heightOf(m_text, room);
    int adviceHeight = heightOf(m_advice, room);
    const int buttonsHeight = m_buttons.empty() ? 0 : size::kControl + 12;
    if (textHeight + adviceHeight + buttonsHeight > height()) adviceHeight = 0;
    int y = std::max(0, (height() - textHeight - adviceHeight - buttonsHeight) / 2);
    put(m_text, left, y, room, textHeight);
    y += textHeight;
    put(m_advice, left, y, room, adviceHeight);
    y += adviceHeight + 12;
    int buttonsWidth = -kButtonGap;
    for (const QPushButton* button : m_buttons) buttonsWidth += button->sizeHint().width() + kButtonGap;
    int x = (width() - buttonsWidth) / 2;
    for (QPushButton* button : m_buttons) {
        button->setGeometry(x, y, button->sizeHint().width(), size::kControl);
        x += button->width() + kButtonGap;
    }
}

void StateCell::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    painter.fillRect(rect(), t.caption);
    if (m_words.tone == StateWords::Tone::Quiet) return;
    const bool weights = m_words.icon == QStringLiteral("download");
    painter.fillRect(0, 0, kEdge, height(), weights ? t.second : t.error);
    painter.drawPixmap(m_icon.topLeft(), iconPixmap(m_words.icon, kIcon, weights ? t.text : t.error, devicePixelRatioF()));
    if (m_box.isNull()) return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.base);
    painter.drawRoundedRect(m_box, size::kSmallRadius, size::kSmallRadius);
    painter.setFont(Theme::instance().font(TextSize::Table));
    painter.setPen(t.second);
    painter.drawText(m_box.adjusted(12, 8, 0, -8), Qt::AlignLeft | Qt::AlignTop, tr("Where"));
}

}  // namespace tessera::ui
