// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/banner.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kEdge = 3;

}  // namespace

Banner::Banner(QWidget* parent) : QWidget(parent), m_icon(new QLabel(this)), m_text(new QLabel(this)), m_action(new QPushButton(this)), m_choice(new QPushButton(this)), m_copy(new QPushButton(tr("Copy details"), this)) {
    setObjectName(QStringLiteral("banner"));
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_text->setTextFormat(Qt::PlainText);
    auto* close = new QToolButton(this);
    close->setIcon(themedIcon(QStringLiteral("close")));
    close->setIconSize({14, 14});
    close->setProperty("small", true);
    close->setToolTip(tr("Dismiss"));
    close->setAccessibleName(tr("Dismiss"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 8, 8, 8);
    layout->setSpacing(8);
    layout->addWidget(m_icon);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_copy);
    layout->addWidget(m_action);
    layout->addWidget(m_choice);
    layout->addWidget(close);
    m_copy->setFlat(true);
    connect(close, &QToolButton::clicked, this, &Banner::dismiss);
    connect(m_copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_details); });
    const auto follow = [this](QPushButton* button, std::function<void()> Banner::*way) {
        connect(button, &QPushButton::clicked, this, [this, way] {
            const std::function<void()> act = this->*way;
            dismiss();
            if (act) act();
        });
    };
    follow(m_action, &Banner::m_act);
    follow(m_choice, &Banner::m_actOtherwise);
    hide();
}

void Banner::tell(Kind kind, const QString& sentence, const QString& action, std::function<void()> act, const QString& details) {
    m_kind = kind;
    m_act = std::move(act);
    m_details = details;
    const bool isError = kind == Kind::Error;
    m_icon->setPixmap(iconPixmap(isError ? QStringLiteral("error") : QStringLiteral("information"), 16, isError ? tokens().error : tokens().second, devicePixelRatioF()));
    m_text->setText(sentence);
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
    m_choice->hide();
    m_actOtherwise = {};
    m_copy->setVisible(!details.isEmpty());
    setAccessibleName(sentence);
    show();
}

void Banner::addChoice(const QString& action, std::function<void()> act) {
    m_actOtherwise = std::move(act);
    m_choice->setText(action);
    m_choice->show();
}

void Banner::dismiss() {
    hide();
    m_act = m_actOtherwise = {};
}

QString Banner::sentence() const {
    return isHidden() ? QString() : m_text->text();
}

void Banner::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tokens().caption);
    painter.fillRect(QRect(0, 0, kEdge, height()), m_kind == Kind::Error ? tokens().error : tokens().second);
    painter.fillRect(QRect(0, height() - 1, width(), 1), tokens().separator);
}

}  // namespace tessera::ui
