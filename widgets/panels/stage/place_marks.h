// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QPoint>
#include <QWidget>

namespace tessera::ui {

/// Marks the same place of the source in several columns: lies over the canvas, takes no mouse, follows no theme.
class PlaceMarks : public QWidget {
    Q_OBJECT
public:
    explicit PlaceMarks(QWidget* parent);

    struct Mark {
        QPoint place;
        bool pinned = false;
        bool operator==(const Mark&) const = default;
    };
    void setMarks(std::vector<Mark> marks);
    const std::vector<Mark>& marks() const { return m_marks; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::vector<Mark> m_marks;
};

}  // namespace tessera::ui
