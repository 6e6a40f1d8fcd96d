// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include <QObject>

#include "panels/stage/board_header.h"
#include "panels/stage/board_layout.h"

namespace tessera::ui {

class CellBoard;
class EngineHost;
class InsertMark;
class PictureLook;
class Session;

/// The headers of a board: models, lenses, parameters and images. Pressing makes current, dragging moves, the menus are the stage's.
class BoardHeaders : public QObject {
    Q_OBJECT
public:
    using Ranges = std::vector<std::optional<std::pair<float, float>>>;

    BoardHeaders(Session& session, CellBoard& board, EngineHost& host, PictureLook& look, QWidget* stage);

    /// True if it made widgets, which then lie above everything.
    bool place(const BoardLayout& layout);
    /// `region`: what the cells show of the current image; `ranges`: what each column holds, where that is its range.
    void refresh(const QRectF& region, const Ranges& ranges);
    void setRegion(const QRectF& region);
    void setVisible(bool visible);
    /// Above everything that was made after it.
    void raise();

Q_SIGNALS:
    void focusWanted();
    void groupMenuRequested(int group, QPoint position);
    void addLensRequested(int group, QPoint position);
    void columnMenuRequested(int column, QPoint position);
    void lensMenuRequested(tessera::ui::LensColumnId lens, QPoint position);
    void sweepEditRequested(tessera::ui::LensColumnId lens, QPoint position);
    void imageMenuRequested(tessera::ui::RowId row, QPoint position);

private:
    bool makeHeaders();
    void connectModel(ModelHeader* header, int index);
    void connectLens(LensHeader* header, int index);
    void connectParameter(ParameterHeader* header, int index);
    void connectImage(ImageHeader* header, std::size_t index);
    void refreshImages();
    /// First columns of what stands at the headers now; null for a header that has none.
    const Column* columnOfGroup(int index) const;
    const Column* columnOfLens(int index) const;
    const Column* column(int index) const;
    const Row* row(std::size_t header) const;
    /// The group that the held lens is in; -1 once it is gone.
    int heldGroup() const;
    void press(const Column* column);
    void dragLens(QPoint global);
    void dropLens(QPoint global);

    // Dragging: what was pressed, and where it would go, as a line and as indices.
    struct Held {
        LensColumnId lens{};  ///< of a group its first one
        RowId row{};
    };
    struct Target {
        int group = 0, entry = 0;  ///< lens before that entry; for groups and images `entry` is the index afterwards
        QRect line;
    };
    int along(const QPoint& place, bool columns) const;
    Target besideLead(const QPoint& place) const;
    Target lensTarget(const QPoint& global) const;
    Target groupTarget(const QPoint& global, int from) const;
    Target imageTarget(const QPoint& global, int from) const;
    QRect lineAt(int position, bool columns) const;
    void showTarget(const Target& target);
    void endDrag();

    Session& m_session;
    CellBoard& m_board;
    EngineHost& m_host;
    PictureLook& m_look;
    QWidget* m_stage;
    QWidget *m_top, *m_left, *m_corner;  ///< opaque grounds: what scrolls goes under them
    class CornerNote* m_note;
    std::vector<ModelHeader*> m_models;
    std::vector<LensHeader*> m_lenses;
    std::vector<ParameterHeader*> m_parameters;
    std::vector<ImageHeader*> m_images;
    InsertMark* m_mark;
    Held m_held;  ///< by name: an undo may bring others under the header meanwhile
    BoardLayout m_layout;
    QRectF m_region;
    bool m_visible = false;
};

}  // namespace tessera::ui
