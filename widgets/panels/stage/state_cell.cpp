// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/state_cell.h"

#include <algorithm>

#include <QFontMetrics>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QPushButton>

#include "panels/stage/fitted_words.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kEdge = 3, kIcon = 20, kRoomyFrom = 220, kNarrowBelow = 150, kQuietWidth = 260, kButtonGap = 8;
constexpr int kFewestLetters = 8;  // of a heading that says something

/// One that does not wrap gets its lines from fit().
QLabel* label(QWidget* parent, const char* role, bool wraps) {
    auto* label = new QLabel(parent);
    label->setProperty("role", role);
    label->setWordWrap(wraps);
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

/// Shows as much of the words as fits; true if that is all of them.
bool fit(QLabel* label, const QString& words, const QRect& room) {
    const FittedWords shown = fittedWords(words, label->font(), room.width(), room.height());
    label->setText(shown.lines.join(u'\n'));
    put(label, room.x(), room.y(), room.width(), shown.lines.isEmpty() ? 0 : std::min(room.height(), label->sizeHint().height()));
    return shown.whole;
}

}  // namespace

StateCell::StateCell(QWidget* parent)
    : QWidget(parent), m_heading(label(this, "heading", false)), m_text(label(this, "second", false)), m_advice(label(this, "second", true)), m_where(label(this, "table", true)) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    connect(&Theme::instance(), &Theme::changed, this, &StateCell::dress);
    hide();
}

void StateCell::setWords(const StateWords& words) {
    if (words == m_words) return;
    const bool otherButtons = words.actions != m_words.actions || words.tone != m_words.tone || words.report.isEmpty() != m_words.report.isEmpty();
    m_words = words;
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
}

void StateCell::dress() {
    for (QLabel* label : {m_heading, m_text}) label->ensurePolished();
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
    m_complete = true;
    if (m_words.tone == StateWords::Tone::Quiet) {
        placeQuiet();
    } else {
        placeError();
    }
    QStringList all;
    for (const QString& part : {m_words.heading, m_words.text, m_words.advice, m_words.where}) {
        if (!part.isEmpty()) all << part;
    }
    setToolTip(m_complete ? QString() : all.join(u'\n'));
    setCursor(isButton() ? Qt::PointingHandCursor : Qt::ArrowCursor);
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

int StateCell::placeButtons(int left, int width, int bottom, int rows) {
    const int row = size::kControl + kButtonGap;
    const int top = bottom - rows * row + (rows > 0 ? kButtonGap : 0);
    int x = 0, line = -1;
    for (QPushButton* button : m_buttons) {
        const int needs = button->sizeHint().width();
        if (line < 0 || x + needs > width) ++line, x = 0;
        // Half a button would say half a word.
        const bool shown = line < rows && needs <= width;
        button->setVisible(shown);
        m_complete = m_complete && shown;
        button->setGeometry(left + x, top + line * row, needs, size::kControl);
        x += needs + kButtonGap;
    }
    return top;
}

void StateCell::placeError() {
    const bool narrow = width() < kNarrowBelow;
    const int margin = narrow ? 8 : width() < kRoomyFrom ? 12 : 20, gap = narrow ? 6 : 12;
    const int left = kEdge + margin, room = std::max(0, width() - left - margin), height = this->height() - 2 * margin;
    const QFontMetrics headings(m_heading->font());
    if (room < headings.averageCharWidth() * kFewestLetters || height < headings.height()) return placeIcon();

    // The words need a line each. One row of buttons comes before what has no room in these, further rows after it.
    const int headingHeight = 2 * headings.lineSpacing(), spacing = QFontMetrics(m_text->font()).lineSpacing();
    const FittedWords heading = fittedWords(m_words.heading, m_heading->font(), room, headingHeight), text = fittedWords(m_words.text, m_text->font(), room, height);
    const auto heightFor = [&](qsizetype headingLines, qsizetype textLines, int rows) {
        const int words = static_cast<int>(headingLines) * headings.lineSpacing() + (textLines > 0 ? gap + static_cast<int>(textLines) * spacing : 0);
        return words + (rows > 0 ? gap + rows * (size::kControl + kButtonGap) - kButtonGap : 0);
    };
    const qsizetype line = m_words.text.isEmpty() ? 0 : 1;
    int rows = buttonRows(room);
    while (rows > 1 && (!text.whole || heightFor(heading.lines.size(), text.lines.size(), rows) > height)) --rows;
    if (rows == 1 && heightFor(1, line, rows) > height) rows = 0;
    const int lastLine = placeButtons(left, room, margin + height, rows) - (rows > 0 ? gap : 0);

    // The icon stands beside a heading that needs no more lines for it.
    const int forHeading = std::clamp(lastLine - margin - (line > 0 ? gap + spacing : 0), headings.lineSpacing(), headingHeight);
    const FittedWords beside = fittedWords(m_words.heading, m_heading->font(), room - kIcon - 8, forHeading);
    const int indent = !narrow && beside.whole == heading.whole && beside.lines.size() == heading.lines.size() ? kIcon + 8 : 0;
    m_icon = indent > 0 ? QRect(left, margin, kIcon, kIcon) : QRect();
    m_complete = fit(m_heading, m_words.heading, {left + indent, margin, room - indent, forHeading}) && m_complete;
    int y = margin + std::max(indent > 0 ? kIcon : 0, m_heading->height()) + gap;
    m_complete = fit(m_text, m_words.text, {left, y, room, lastLine - y}) && m_complete;
    if (!m_text->isHidden()) y += m_text->height() + 8;

    const auto place = [&](QLabel* label, int x, int width, int height, int inset) {
        const bool shown = height > 0 && y + height + 2 * inset <= lastLine;
        put(label, x, y + inset, width, shown ? height : 0);
        m_complete = m_complete && (shown || label->text().isEmpty());
        return shown;
    };
    int needs = heightOf(m_advice, room);
    if (place(m_advice, left, room, needs, 0)) y += needs + 8;
    const int boxMargin = 12;
    const int key = QFontMetrics(Theme::instance().font(TextSize::Table)).horizontalAdvance(tr("Where")) + boxMargin;
    const int inBox = room - 2 * boxMargin - key;
    needs = inBox > 0 ? heightOf(m_where, inBox) : 0;
    m_box = place(m_where, left + boxMargin + key, inBox, needs, 8) ? QRect(left, y, room, needs + 2 * 8) : QRect();
}

/// Nothing but the icon, as large as there is room.
void StateCell::placeIcon() {
    m_complete = false;
    m_box = QRect();
    for (QLabel* label : {m_heading, m_text, m_advice, m_where}) label->hide();
    for (QPushButton* button : m_buttons) button->hide();
    const int side = std::clamp(std::min(width() - kEdge, height()), 0, kIcon);
    m_icon = QRect(kEdge + (width() - kEdge - side) / 2, (height() - side) / 2, side, side);
}

void StateCell::placeQuiet() {
    m_icon = m_box = QRect();
    m_heading->hide();
    m_where->hide();
    const int room = std::max(0, std::min(kQuietWidth, width() - 2 * (width() < kNarrowBelow ? 6 : size::kDockMargin)));
    const int left = (width() - room) / 2, line = QFontMetrics(m_text->font()).lineSpacing();
    if (room < kFewestLetters * line / 2 || height() < line) return placeIcon();
    int rows = buttonRows(room);
    const auto buttonsHeight = [&] { return rows > 0 ? 12 + rows * (size::kControl + kButtonGap) - kButtonGap : 0; };
    while (rows > 0 && line + buttonsHeight() > height()) --rows;
    m_complete = fit(m_text, m_words.text, {left, 0, room, height() - buttonsHeight()});
    int adviceHeight = heightOf(m_advice, room);
    if (m_text->height() + adviceHeight + buttonsHeight() > height()) adviceHeight = 0;
    m_complete = m_complete && (adviceHeight > 0 || m_words.advice.isEmpty());
    int y = (height() - m_text->height() - adviceHeight - buttonsHeight()) / 2;
    m_text->move(left, y);
    y += m_text->height();
    put(m_advice, left, y, room, adviceHeight);
    int widest = 0, x = 0;
    for (const QPushButton* button : m_buttons) {
        if (x + button->sizeHint().width() > room) x = 0;
        x += button->sizeHint().width() + kButtonGap;
        widest = std::max(widest, x - kButtonGap);
    }
    placeButtons((width() - std::min(widest, room)) / 2, room, y + adviceHeight + buttonsHeight(), rows);
}

/// A card without room for "Details" is that button itself.
bool StateCell::isButton() const {
    return !m_words.report.isEmpty() && m_buttons.back()->isHidden();
}

void StateCell::mousePressEvent(QMouseEvent* event) {
    // Else the press goes to the cell.
    event->setAccepted(event->button() == Qt::LeftButton && isButton());
}

void StateCell::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && isButton() && rect().contains(event->position().toPoint())) Q_EMIT detailsRequested();
}

void StateCell::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    painter.fillRect(rect(), t.caption);
    const bool quiet = m_words.tone == StateWords::Tone::Quiet, weights = m_words.icon == QStringLiteral("download");
    const QString icon = quiet ? QStringLiteral("information") : m_words.icon;
    if (!quiet) painter.fillRect(0, 0, kEdge, height(), weights ? t.second : t.error);
    if (!m_icon.isEmpty()) painter.drawPixmap(m_icon.topLeft(), iconPixmap(icon, m_icon.width(), quiet ? t.second : weights ? t.text : t.error, devicePixelRatioF()));
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
