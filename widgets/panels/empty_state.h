// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QWidget>

namespace tessera::ui {

/// What stands where the pictures will be: one target, three buttons, sample pictures.
class EmptyState : public QWidget {
    Q_OBJECT
public:
    explicit EmptyState(QWidget* parent = nullptr);
    ~EmptyState() override;

    /// Folder that holds samples.json: [{"file": ..., "title": ..., "hint": ...}]. It is read after the first paint, off the GUI
    /// thread. Without it there is no row of samples.
    void setSamplesFolder(const QString& folder);
    void setDropActive(bool active);  ///< 2 px accent dashes

Q_SIGNALS:
    void openImageRequested();
    void pasteRequested();
    void openFolderRequested();
    void sampleRequested(const QString& path);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::ui
