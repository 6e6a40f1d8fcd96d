// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace tessera::ui {

/// Ground of the canvas's colour that hides what scrolls under headers.
class HeaderGround : public QWidget {
public:
    explicit HeaderGround(QWidget* parent);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent*) override {}
};

/// Where the headers of columns and images meet: how many images there are.
class CornerNote : public QWidget {
public:
    explicit CornerNote(QWidget* parent);
    void setText(const QString& text);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_text;
};

/// The line where a header that is dragged would go.
class InsertMark : public QWidget {
public:
    explicit InsertMark(QWidget* parent);

protected:
    void paintEvent(QPaintEvent* event) override;
};

}  // namespace tessera::ui
