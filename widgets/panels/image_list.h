// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListView>

namespace tessera::ui {

/// A list of images, as ImageRowPainter draws them. The window's own keys pass: the space bar flips, letters are commands and no search.
class ImageList : public QListView {
    Q_OBJECT
public:
    explicit ImageList(const QString& name, QWidget* parent = nullptr);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
};

}  // namespace tessera::ui
