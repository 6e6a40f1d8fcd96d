// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QAction;
class QLabel;
class QTableView;

namespace tessera::ui {

class CellBoard;
class HintStack;
class PixelPatches;
class Session;
class WordLine;
struct StageProbe;

/// What every column holds at one place: its surroundings enlarged, and a table of values.
class PixelPanel : public QWidget {
    Q_OBJECT
public:
    PixelPanel(Session& session, CellBoard& board, QWidget* parent = nullptr);
    ~PixelPanel() override;

    void setProbe(const StageProbe* probe);  ///< null: nothing under the pointer
    /// The table as tab-separated text, with the place in front.
    QString text() const;
    /// Small buttons beside the heading.
    void setTools(const QList<QAction*>& tools);
    QSize sizeHint() const override { return {272, 300}; }

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::ui
