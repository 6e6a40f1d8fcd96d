// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/board_header.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolButton>

#include "panels/stage/difference_menu.h"
#include "panels/stage/fitted_words.h"
#include "theme/icons.h"

namespace tessera::ui {
namespace {

constexpr int kEdge = 2, kMargin = 8, kButton = 20, kIcon = 14, kThumbnail = 48, kSmallThumbnail = 36;
constexpr int kLeastLegend = 112;  // two numbers and a bar between them
constexpr int kLine = 3;           // what stands for a bar where there is no room for it

QToolButton* headerButton(const QString& icon, const QString& name, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setProperty("header", true);
    button->setIcon(themedIcon(icon));
    button->setIconSize({kIcon, kIcon});
    button->setFocusPolicy(Qt::TabFocus);
    button->setToolTip(name);
    button->setAccessibleName(name);
    button->hide();
    return button;
}

QPoint below(const QWidget* widget) {
    return widget->mapToGlobal(QPoint(0, widget->height()));
}

}  // namespace

BoardHeader::BoardHeader(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void BoardHeader::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    m_pressed = event->position().toPoint();
    Q_EMIT pressed();
}

void BoardHeader::mouseMoveEvent(QMouseEvent* event) {
    if (!m_pressed) return;
    const QPoint by = event->position().toPoint() - *m_pressed;
    if (!m_dragged && by.manhattanLength() < QApplication::startDragDistance()) return;
    if (!m_dragged) {
        m_dragged = true;
        setCursor(Qt::ClosedHandCursor);
        // Esc gives the drag up.
        grabKeyboard();
    }
    Q_EMIT dragMoved(event->globalPosition().toPoint());
}

void BoardHeader::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !m_pressed) return;
    const bool wasDragged = m_dragged;
    endDrag();
    if (wasDragged) {
        Q_EMIT dropped(event->globalPosition().toPoint());
    } else if (rect().contains(event->position().toPoint())) {
        Q_EMIT clicked(event->position().toPoint());
    }
}

void BoardHeader::keyPressEvent(QKeyEvent* event) {
    if (!m_dragged || event->key() != Qt::Key_Escape) return QWidget::keyPressEvent(event);
    endDrag();
    Q_EMIT dragGivenUp();
}

void BoardHeader::endDrag() {
    if (m_dragged) {
        releaseKeyboard();
        unsetCursor();
    }
    m_pressed.reset();
    m_dragged = false;
}

/// What is dragged may go by an undo: then the drag ends, and with it the hold on the keyboard.
void BoardHeader::hideEvent(QHideEvent* event) {
    if (m_dragged) {
        endDrag();
        Q_EMIT dragGivenUp();
    }
    m_pressed.reset();
    QWidget::hideEvent(event);
}

void BoardHeader::contextMenuEvent(QContextMenuEvent* event) {
    Q_EMIT menuRequested(event->globalPos());
}

ModelHeader::ModelHeader(QWidget* parent)
    : BoardHeader(parent),
      m_fold(headerButton(QStringLiteral("chevron-down"), tr("Fold the model's columns"), this)),
      m_add(headerButton(QStringLiteral("plus"), tr("Add a lens"), this)) {
    connect(m_fold, &QToolButton::clicked, this, [this] { Q_EMIT foldRequested(!m_folded.value_or(false)); });
    connect(m_add, &QToolButton::clicked, this, [this] { Q_EMIT addRequested(below(m_add)); });
    m_add->show();
}

void ModelHeader::setRow(const WordRow& row, const QString& toolTip) {
    setToolTip(toolTip);
    if (row == m_row) return;
    m_row = row;
    setAccessibleName(row.text());
    update();
}

void ModelHeader::setCurrent(bool current) {
    if (current == m_current) return;
    m_current = current;
    update();
}

void ModelHeader::setFolded(std::optional<bool> folded) {
    if (folded == m_folded) return;
    m_folded = folded;
    m_fold->setVisible(folded.has_value());
    m_fold->setIcon(themedIcon(folded.value_or(false) ? QStringLiteral("chevron-right") : QStringLiteral("chevron-down")));
    const QString name = folded.value_or(false) ? tr("Unfold the model's columns") : tr("Fold the model's columns");
    m_fold->setToolTip(name);
    m_fold->setAccessibleName(name);
    place();
    update();
}

void ModelHeader::place() {
    const int top = kEdge + (height() - kEdge - kButton) / 2;
    m_fold->setGeometry(2, top, kButton, kButton);
    m_add->setGeometry(width() - kButton - 2, top, kButton, kButton);
}

void ModelHeader::resizeEvent(QResizeEvent*) {
    place();
}

void ModelHeader::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    painter.fillRect(rect(), t.header);
    painter.fillRect(0, 0, width(), kEdge, m_current ? t.accent : t.edge);
    const int left = m_folded ? kButton + 4 : kMargin;
    m_row.paint(painter, rect().adjusted(left, kEdge, -kButton - 6, 0), TextSize::Body, WordRow::Priority::Left);
}

LensHeader::LensHeader(QWidget* parent)
    : BoardHeader(parent),
      m_sweep(headerButton(QStringLiteral("pencil"), tr("Edit the sweep"), this)),
      m_fold(headerButton(QStringLiteral("chevron-down"), tr("Fold the sweep"), this)) {
    connect(this, &BoardHeader::clicked, this, [this](QPoint position) {
        if (wordRoom().contains(position)) Q_EMIT lensMenuRequested(below(this));
    });
    connect(m_sweep, &QToolButton::clicked, this, [this] { Q_EMIT sweepEditRequested(below(m_sweep)); });
    connect(m_fold, &QToolButton::clicked, this, [this] { Q_EMIT foldRequested(!m_words.folded.value_or(false)); });
}

void LensHeader::makeKindButton() {
    m_kind = headerButton(QStringLiteral("chevron-down"), QString(), this);
    m_kind->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_kind->setLayoutDirection(Qt::RightToLeft);  // the arrow after the word
    m_kind->setPopupMode(QToolButton::InstantPopup);
    m_kind->setMenu(makeDifferenceMenu(*m_kind, [this](const std::string& kind) { Q_EMIT kindChosen(kind); }));
}

void LensHeader::setWords(const Words& words) {
    if (words == m_words) return;
    m_words = words;
    setToolTip(words.toolTip);
    setAccessibleName(words.row.text());
    if (words.kind && !m_kind) makeKindButton();
    if (m_kind) m_kind->setVisible(words.kind.has_value());
    m_sweep->setVisible(words.folded.has_value());
    m_fold->setVisible(words.folded.has_value());
    m_fold->setIcon(themedIcon(words.folded.value_or(false) ? QStringLiteral("chevron-right") : QStringLiteral("chevron-down")));
    const QString fold = words.folded.value_or(false) ? tr("Unfold the sweep") : tr("Fold the sweep");
    m_fold->setToolTip(fold);
    m_fold->setAccessibleName(fold);
    place();
    update();
}

QRect LensHeader::wordRoom() const {
    QRect room = rect().adjusted(m_words.folded ? kButton + 4 : kMargin, 0, -kMargin, 0);
    if (m_kind && m_words.kind) room.setRight(m_kind->x() - 4);
    if (m_words.folded) room.setRight(m_sweep->x() - 4);
    return room;
}

void LensHeader::place() {
    const int top = (height() - kButton) / 2;
    m_fold->setGeometry(2, top, kButton, kButton);
    int right = width() - 2;
    if (m_words.folded) {
        m_sweep->setGeometry(right - kButton, top, kButton, kButton);
        right -= kButton + 2;
    }
    if (!m_kind || !m_words.kind) return;
    fitKind(right);
    const QSize wanted = m_kind->sizeHint();
    const int height = std::min(wanted.height(), this->height());
    m_kind->setGeometry(right - wanted.width(), (this->height() - height) / 2, wanted.width(), height);
}

/// The kind in as many letters as the lens leaves.
void LensHeader::fitKind(int right) {
    const QFontMetrics metrics(Theme::instance().font(TextSize::Table));
    int lens = kMargin + 4;
    for (const Word& word : m_words.row.left) lens += metrics.horizontalAdvance(word.text + u' ');
    for (const DifferenceWords words : {DifferenceWords::Whole, DifferenceWords::Brief, DifferenceWords::None}) {
        showDifferenceKind(*m_kind, *m_words.kind, words);
        if (lens + m_kind->sizeHint().width() <= right) return;
    }
}

void LensHeader::resizeEvent(QResizeEvent*) {
    place();
}

void LensHeader::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tokens().header);
    m_words.row.paint(painter, wordRoom(), TextSize::Table, WordRow::Priority::Left);
}

ParameterHeader::ParameterHeader(QWidget* parent) : BoardHeader(parent), m_legend(new LegendBar(this)) {
    m_legend->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_legend->hide();
}

void ParameterHeader::setWords(const Words& words) {
    if (words == m_words) return;
    m_words = words;
    setAccessibleName(words.row.text());
    if (words.legend) m_legend->setWords(*words.legend);
    placeLegend();
    update();
}

void ParameterHeader::resizeEvent(QResizeEvent*) {
    placeLegend();
}

void ParameterHeader::placeLegend() {
    const QFontMetrics metrics(Theme::instance().font(TextSize::Table, true));
    const int words = m_words.both ? kMargin + metrics.horizontalAdvance(m_words.row.text()) : 0;
    const bool fits = !m_words.both || width() - words >= kLeastLegend;
    m_legend->setGeometry(rect().adjusted(words, 0, 0, 0));
    m_legend->setVisible(m_words.legend && fits);
    QStringList help{m_words.toolTip};
    if (m_words.legend) help << m_legend->toolTip();
    help.removeAll(QString());
    setToolTip(help.join(u'\n'));
}

void ParameterHeader::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tokens().header);
    if (!m_words.legend || m_words.both) m_words.row.paint(painter, rect().adjusted(kMargin, 0, -kMargin, 0), TextSize::Table, WordRow::Priority::Left);
    // Without room for its numbers the colour map is a line under the words.
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    if (m_words.legend && m_legend->isHidden()) painter.drawImage(QRect(0, height() - kLine, width(), kLine), LegendBar::stripe(m_words.legend->legend.map));
}

ImageHeader::ImageHeader(QWidget* parent) : BoardHeader(parent) {}

void ImageHeader::setWords(const Words& words, bool upright) {
    if (words == m_words && upright == m_upright) return;
    m_words = words;
    m_upright = upright;
    QStringList help{words.name};
    for (const QString& each : {words.detail, words.help}) {
        if (!each.isEmpty()) help << each;
    }
    setToolTip(help.join(u'\n'));
    setAccessibleName(words.detail.isEmpty() ? words.name : tr("%1, %2").arg(words.name, words.detail));
    update();
}

QRect ImageHeader::thumbnailPlace() const {
    const int side = std::min(m_upright ? kThumbnail : kSmallThumbnail, height() - 2 * kMargin + (m_upright ? 0 : 4));
    return {kMargin, m_upright ? kMargin : (height() - side) / 2, side, side};
}

void ImageHeader::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    painter.fillRect(rect(), t.header);
    if (m_words.current) painter.fillRect(m_upright ? QRect(0, 0, kEdge, height()) : QRect(0, 0, width(), kEdge), t.accent);
    const QRect box = thumbnailPlace();
    if (box.height() > 12) {
        if (m_words.thumbnail.isNull()) {
            painter.fillRect(box, t.caption);
            if (m_words.failed) tintedIcon(QStringLiteral("error"), t.error).paint(&painter, box.adjusted(12, 12, -12, -12));
        } else {
            QSizeF shown = m_words.thumbnail.deviceIndependentSize().scaled(box.size(), Qt::KeepAspectRatio);
            const QRectF place(box.x() + (m_upright ? 0 : (box.width() - shown.width()) / 2), box.y() + (m_upright ? 0 : (box.height() - shown.height()) / 2), shown.width(), shown.height());
            painter.setRenderHint(QPainter::SmoothPixmapTransform);
            painter.drawImage(place, m_words.thumbnail);
            if (!m_words.region.isNull() && m_words.current) {
                const QRectF& seen = m_words.region;
                const QRectF frame(place.x() + seen.x() * place.width(), place.y() + seen.y() * place.height(), seen.width() * place.width(), seen.height() * place.height());
                painter.setPen(QPen(Qt::black, 3));
                painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5));
                painter.setPen(QPen(Qt::white, 1));
                painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5));
            }
        }
    }
    const int lineHeight = QFontMetrics(Theme::instance().font(TextSize::Table)).height() + 2;
    QRect text = m_upright ? QRect(kMargin, box.bottom() + 6, width() - kMargin - 4, lineHeight)
                           : QRect(box.right() + 1 + kMargin, (height() - 2 * lineHeight) / 2, width() - box.right() - 2 * kMargin, lineHeight);
    if (m_upright && text.bottom() > height()) text.moveBottom(height() - 2);
    const auto line = [&](const QString& words, bool strong, const QColor& colour) {
        painter.setFont(Theme::instance().font(TextSize::Table, strong));
        painter.setPen(colour);
        painter.drawText(text, Qt::AlignLeft | Qt::AlignVCenter, painter.fontMetrics().elidedText(words, Qt::ElideMiddle, text.width()));
        text.translate(0, lineHeight);
    };
    line(m_words.name, m_words.current, t.text);
    // What went wrong is a phrase, to be read on; format and size are words of their own.
    const QStringList details = m_words.failed ? fittedWords(m_words.detail, Theme::instance().font(TextSize::Table), text.width(), height() - text.top()).lines
                                               : m_words.detail.split(QStringLiteral(" · "), Qt::SkipEmptyParts);
    for (const QString& each : details) {
        if (text.bottom() <= height()) line(each, false, m_words.failed ? t.error : t.second);
    }
}

}  // namespace tessera::ui
