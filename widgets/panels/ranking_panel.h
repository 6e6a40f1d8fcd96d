// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "workspace/row.h"

class QComboBox;
class QLabel;

namespace tessera::ui {

class CellBoard;
class EngineHost;
class HintStack;
class ImageList;
class ImagesModel;
class RankingOrder;
class RankingReader;
class Session;

/// The images of the board in the order of how alike the current column's model finds them to the current one, or to a prompt of the board. One that
/// is clicked becomes the current image.
class RankingPanel : public QWidget {
    Q_OBJECT
public:
    RankingPanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent = nullptr);
    ~RankingPanel() override;

    QSize sizeHint() const override { return {272, 240}; }

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void showChoices();
    void showScores();
    void askForThumbnails();

    Session& m_session;
    CellBoard& m_board;
    EngineHost& m_host;
    RankingReader* m_reader;
    ImagesModel* m_images;
    RankingOrder* m_order;
    QComboBox* m_like;
    QLabel* m_about;
    ImageList* m_list;
    HintStack* m_stack;
};

}  // namespace tessera::ui
