// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/details_popup.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScreen>

#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kWidth = 360, kMostLines = 12;

QPlainTextEdit* reportView(const QString& report, QWidget* parent) {
    auto* view = new QPlainTextEdit(report, parent);
    view->setReadOnly(true);
    view->setFrameShape(QFrame::NoFrame);
    view->setFont(Theme::instance().font(TextSize::Table));
    view->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    view->setTabChangesFocus(true);
    view->setAccessibleName(DetailsPopup::tr("Details"));
    const QFontMetrics metrics(view->font());
    const QRect needed = metrics.boundingRect(QRect(0, 0, kWidth - 48, 10000), Qt::TextWordWrap, report);
    const int lines = std::clamp(needed.height() / metrics.lineSpacing() + 1, 1, kMostLines);
    view->setFixedHeight(lines * metrics.lineSpacing() + 14);
    return view;
}

}  // namespace

DetailsPopup::DetailsPopup(const QString& title, const QString& report, const std::vector<CellAction>& actions, QWidget* parent)
    : QWidget(parent, Qt::Popup | Qt::FramelessWindowHint) {
    setAttribute(Qt::WA_DeleteOnClose);
    setAccessibleName(title);
    setFixedWidth(kWidth);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(8);
    auto* heading = new QLabel(title, this);
    heading->setProperty("role", "strong");
    heading->setWordWrap(true);
    layout->addWidget(heading);
    auto* view = reportView(report, this);
    layout->addWidget(view);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    for (const CellAction action : actions) {
        auto* button = new QPushButton(actionText(action), this);
        button->setAutoDefault(false);
        button->setDefault(!m_first);
        connect(button, &QPushButton::clicked, this, [this, action] {
            Q_EMIT actionRequested(action);
            close();
        });
        buttons->addWidget(button);
        if (!m_first) m_first = button;
    }
    buttons->addStretch();
    auto* copy = new QPushButton(themedIcon(QStringLiteral("copy")), tr("Copy"), this);
    copy->setAutoDefault(false);
    connect(copy, &QPushButton::clicked, this, [this, report] {
        QGuiApplication::clipboard()->setText(report);
        close();
    });
    buttons->addWidget(copy);
    layout->addLayout(buttons);
    setFocusProxy(view);
}

void DetailsPopup::popUp(const QRect& anchor) {
    adjustSize();
    const QScreen* screen = QGuiApplication::screenAt(anchor.center());
    const QRect room = (screen ? screen : QGuiApplication::primaryScreen())->availableGeometry();
    QPoint corner = anchor.bottomLeft() + QPoint(0, 5);
    if (corner.y() + height() > room.bottom()) corner.setY(anchor.top() - height() - 4);
    corner.setX(std::clamp(corner.x(), room.left(), std::max(room.left(), room.right() - width())));
    corner.setY(std::clamp(corner.y(), room.top(), std::max(room.top(), room.bottom() - height())));
    move(corner);
    show();
    setFocus(Qt::PopupFocusReason);
}

void DetailsPopup::keyPressEvent(QKeyEvent* event) {
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    auto* focused = qobject_cast<QPushButton*>(focusWidget());
    QPushButton* button = focused ? focused : m_first;
    if (!enter || !button) return QWidget::keyPressEvent(event);
    button->click();
}

void DetailsPopup::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tokens().dock);
    painter.setPen(tokens().edge);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

}  // namespace tessera::ui
