// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QWidget>

class QLabel;
class QPushButton;

namespace tessera::ui {

class HintButton;
class SampleCard;

/// What stands where the pictures will be: one target, three buttons, sample pictures.
class EmptyState : public QWidget {
    Q_OBJECT
public:
    explicit EmptyState(QWidget* parent = nullptr);

    /// Folder that holds samples.json: [{"file": ..., "title": ..., "hint": ...}]; without it there are no samples. Their pictures are
    /// read off the GUI thread, after the first paint.
    void setSamplesFolder(const QString& folder);
    void setKeys(const QString& ofOpen, const QString& ofPaste);  ///< in words, as they are now
    void setDropActive(bool active);  ///< 2 px accent dashes

Q_SIGNALS:
    void openImageRequested();
    void pasteRequested();
    void openFolderRequested();
    void sampleRequested(const QString& path);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    bool isRoomy() const { return width() > 520; }
    void place();
    void placeButtons(int y, int total, bool column);
    void placeSamples(int y, int content, int inARow, int rows);
    void loadThumbnails();

    std::vector<QPushButton*> m_buttons;
    HintButton *m_open, *m_paste;
    QLabel *m_heading, *m_text, *m_invitation;
    std::vector<SampleCard*> m_samples;
    QRect m_logo, m_rule;
    bool m_dropActive = false, m_thumbnailsAsked = false;
};

}  // namespace tessera::ui
