// SPDX-License-Identifier: GPL-3.0-or-later
#include "theme/studio_style.h"

#include <QAbstractButton>
#include <QApplication>
#include <QFocusEvent>
#include <QFocusFrame>
#include <QPainter>
#include <QPushButton>
#include <QStyleFactory>
#include <QStyleOption>
#include <QToolButton>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kRingGap = 2, kRingWidth = 2;

void paintButton(const QStyleOptionButton& option, QPainter* painter) {
    const Tokens& t = tokens();
    const bool enabled = option.state & QStyle::State_Enabled;
    const bool filled = enabled && (option.features & QStyleOptionButton::DefaultButton);
    const bool flat = option.features & QStyleOptionButton::Flat;
    const bool over = enabled && (option.state & QStyle::State_MouseOver);
    const bool down = option.state & (QStyle::State_Sunken | QStyle::State_On);
    QColor fill = filled ? t.selection : t.button;
    if (over && !down) fill = filled ? t.selection.lighter(112) : (Theme::instance().isDark() ? t.button.lighter(114) : t.hover);
    if (down) fill = filled ? t.selection.darker(112) : t.softSelection;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (flat && !over && !down) {
        painter->restore();
        return;
    }
    const QRectF box = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5);
    painter->setPen(filled ? QPen(fill) : flat ? QPen(Qt::NoPen) : QPen(enabled ? t.edge : t.line));
    painter->setBrush(enabled ? fill : QColor(Qt::transparent));
    painter->drawRoundedRect(box, size::kRadius, size::kRadius);
    painter->restore();
}

}  // namespace

StudioStyle::StudioStyle() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}

void StudioStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    if (element == CE_PushButtonBevel) {
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) return paintButton(*button, painter);
    }
    if (element == CE_PushButtonLabel) {
        const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
        if (button && (button->state & State_Enabled) && (button->features & QStyleOptionButton::DefaultButton)) {
            QStyleOptionButton onFill(*button);
            onFill.palette.setColor(QPalette::ButtonText, tokens().onSelection);
            return QProxyStyle::drawControl(element, &onFill, painter, widget);
        }
    }
    if (element == CE_FocusFrame) {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(tokens().accent, kRingWidth));
        painter->drawRoundedRect(QRectF(option->rect).adjusted(1, 1, -1, -1), size::kRadius + kRingGap, size::kRadius + kRingGap);
        painter->restore();
        return;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void StudioStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    // The ring is the frame drawn by FocusRing; item views show their current row by its fill.
    if (element == PE_FrameFocusRect) return;
    QProxyStyle::drawPrimitive(element, option, painter, widget);
}

int StudioStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
    switch (metric) {
        case PM_FocusFrameHMargin:
        case PM_FocusFrameVMargin: return kRingGap + kRingWidth;
        case PM_ButtonShiftHorizontal:
        case PM_ButtonShiftVertical: return 0;
        case PM_SmallIconSize:
        case PM_ButtonIconSize: return 16;
        case PM_DockWidgetSeparatorExtent: return 4;
        case PM_ToolBarItemSpacing: return 4;
        default: return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int StudioStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* result) const {
    switch (hint) {
        case SH_FocusFrame_Mask: {
            // Only the ring itself, so that the button below keeps its clicks.
            if (auto* mask = option ? qstyleoption_cast<QStyleHintReturnMask*>(result) : nullptr) {
                mask->region = QRegion(option->rect);
                const int inset = kRingWidth + 1;
                mask->region -= QRegion(option->rect.adjusted(inset, inset, -inset, -inset));
                return 1;
            }
            return 0;
        }
        case SH_FocusFrame_AboveWidget: return 1;
        case SH_ToolTip_WakeUpDelay: return 500;
        case SH_DialogButtonBox_ButtonsHaveIcons: return 0;
        case SH_UnderlineShortcut: return 0;
        default: return QProxyStyle::styleHint(hint, option, widget, result);
    }
}

QSize StudioStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& contents, const QWidget* widget) const {
    QSize result = QProxyStyle::sizeFromContents(type, option, contents, widget);
    if (type == CT_PushButton) {
        const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
        const int sides = button && !button->icon.isNull() && button->text.isEmpty() ? 6 : 12;
        result = QSize(contents.width() + 2 * sides, std::max(size::kControl, contents.height() + 8));
    }
    return result;
}

FocusRing::FocusRing(QObject* parent) : QObject(parent) {
    qApp->installEventFilter(this);
}

FocusRing::~FocusRing() = default;

bool FocusRing::eventFilter(QObject* object, QEvent* event) {
    if (event->type() != QEvent::FocusIn && event->type() != QEvent::FocusOut) return false;
    auto* button = qobject_cast<QAbstractButton*>(object);
    const auto reason = static_cast<QFocusEvent*>(event)->reason();
    if (event->type() == QEvent::FocusOut) {
        if (m_frame && m_frame->widget() == object && reason != Qt::ActiveWindowFocusReason && reason != Qt::PopupFocusReason) {
            m_frame->setWidget(nullptr);
        }
        return false;
    }
    if (!button || reason == Qt::MouseFocusReason) return false;
    if (!m_frame) m_frame = new QFocusFrame(button->window());
    m_frame->setWidget(button);
    return false;
}

}  // namespace tessera::ui
