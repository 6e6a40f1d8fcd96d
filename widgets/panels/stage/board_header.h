// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QWidget>

#include "panels/stage/legend_bar.h"
#include "panels/stage/word_row.h"

class QToolButton;

namespace tessera::ui {

/// A header that can be pressed, dragged to another place and asked for its menu.
class BoardHeader : public QWidget {
    Q_OBJECT
public:
    explicit BoardHeader(QWidget* parent);

    /// Where the press began that a drag goes on from; a click is told when it ends without one.
    bool isDragged() const { return m_dragged; }

Q_SIGNALS:
    void pressed();
    void clicked(QPoint position);
    void dragMoved(QPoint globalPosition);
    void dropped(QPoint globalPosition);
    void dragGivenUp();
    void menuRequested(QPoint globalPosition);

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void endDrag();

    std::optional<QPoint> m_pressed;
    bool m_dragged = false;
};

/// Names what a group of columns comes from: 26 px, semibold, with a top edge that is accent while the group holds the current cell.
class ModelHeader : public BoardHeader {
    Q_OBJECT
public:
    explicit ModelHeader(QWidget* parent);

    void setRow(const WordRow& row, const QString& toolTip);
    const WordRow& row() const { return m_row; }
    void setCurrent(bool current);
    /// With an arrow that folds the group; absent: nothing to fold.
    void setFolded(std::optional<bool> folded);
    QToolButton* foldButton() const { return m_fold; }
    QToolButton* addButton() const { return m_add; }

Q_SIGNALS:
    void foldRequested(bool folded);
    void addRequested(QPoint globalPosition);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void place();

    WordRow m_row;
    bool m_current = false;
    std::optional<bool> m_folded;
    QToolButton *m_fold, *m_add;
};

/// Names a lens over its columns, what it is swept over, and the kind of a difference.
class LensHeader : public BoardHeader {
    Q_OBJECT
public:
    explicit LensHeader(QWidget* parent);

    struct Words {
        WordRow row;
        std::optional<std::string> kind;  ///< of the difference; absent: no choice
        std::optional<bool> folded;       ///< of a sweep; absent: none
        QString toolTip;
        bool operator==(const Words&) const = default;
    };
    void setWords(const Words& words);
    const Words& words() const { return m_words; }
    QToolButton* kindButton() const { return m_kind; }
    QToolButton* sweepButton() const { return m_sweep; }

Q_SIGNALS:
    void kindChosen(const std::string& kind);
    void lensMenuRequested(QPoint globalPosition);
    void sweepEditRequested(QPoint globalPosition);
    void foldRequested(bool folded);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void makeKindButton();
    void fitKind(int right);
    void place();
    QRect wordRoom() const;

    Words m_words;
    QToolButton *m_kind = nullptr, *m_sweep, *m_fold;
};

/// What one column's pictures are: size, parameters, or the colour bar.
class ParameterHeader : public BoardHeader {
    Q_OBJECT
public:
    explicit ParameterHeader(QWidget* parent);

    struct Words {
        WordRow row;
        std::optional<LegendBar::Words> legend;  ///< instead of the row
        bool both = false;                       ///< the row first, the legend in the room that it leaves
        QString toolTip;
        bool current = false;
        bool operator==(const Words&) const = default;
    };
    void setWords(const Words& words);
    const Words& words() const { return m_words; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void placeLegend();

    Words m_words;
    LegendBar* m_legend;
};

/// An image of the board: thumbnail with the frame of what is seen, name, format and size. The current one has an accent edge.
class ImageHeader : public BoardHeader {
    Q_OBJECT
public:
    explicit ImageHeader(QWidget* parent);

    struct Words {
        QImage thumbnail;
        QString name, detail;
        QString help;   ///< in the tool tip alone
        QRectF region;  ///< of the thumbnail that the cells show; null: all
        bool current = false, failed = false;
        bool operator==(const Words& other) const {
            return thumbnail.cacheKey() == other.thumbnail.cacheKey() && name == other.name && detail == other.detail && help == other.help && region == other.region &&
                   current == other.current && failed == other.failed;
        }
    };
    /// `upright`: thumbnail above the words, as at the left of a row; else beside them.
    void setWords(const Words& words, bool upright);
    const Words& words() const { return m_words; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QRect thumbnailPlace() const;

    Words m_words;
    bool m_upright = true;
};

}  // namespace tessera::ui
