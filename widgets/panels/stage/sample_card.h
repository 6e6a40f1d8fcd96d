// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QPixmap>

namespace tessera::ui {

/// A sample picture to start from: thumbnail, title and what it is good for.
class SampleCard : public QAbstractButton {
    Q_OBJECT
public:
    static constexpr int kHeight = 84, kLeastWidth = 180;

    SampleCard(const QString& file, const QString& title, const QString& hint, QWidget* parent);

    /// Reads the picture on a thread of the pool.
    void loadThumbnail();
    bool hasThumbnail() const { return !m_thumbnail.isNull(); }

    QSize sizeHint() const override { return {kLeastWidth, kHeight}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_file, m_hint;
    QPixmap m_thumbnail;
};

}  // namespace tessera::ui
