// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QWidget>

class QAction;

namespace tessera::ui {

class CellBoard;
class EngineHost;
class Session;
struct StageProbe;

/// What every column holds at one place: its surroundings enlarged, a table of values and, while the place is pinned, the latents that
/// each model of the board has there.
class PixelPanel : public QWidget {
    Q_OBJECT
public:
    PixelPanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent = nullptr);
    ~PixelPanel() override;

    void setProbe(const StageProbe* probe);  ///< null: nothing under the pointer
    /// Both tables as tab-separated text, with the place in front.
    QString text() const;
    /// Small buttons beside the heading.
    void setTools(const QList<QAction*>& tools);
    QSize sizeHint() const override { return {272, 300}; }

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::ui
