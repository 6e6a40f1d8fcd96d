// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFocusFrame>
#include <QPointer>
#include <QProxyStyle>

namespace tessera::ui {

/// Fusion with the studio's push buttons, focus ring and small metrics. What a style sheet says well stands in style_sheet.cpp.
class StudioStyle : public QProxyStyle {
public:
    StudioStyle();

    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override;
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override;
    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* result) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size, const QWidget* widget) const override;
};

/// Draws the 2 px ring, 2 px outside the button that has the keyboard's focus. Installed once per application.
class FocusRing : public QObject {
public:
    explicit FocusRing(QObject* parent);
    ~FocusRing() override;

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    QPointer<QFocusFrame> m_frame;  // goes with the window that it lies in
};

}  // namespace tessera::ui
