// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QImage>
#include <QWidget>

#include <tessera/picture.h>

class QComboBox;
class QLabel;

namespace tessera {
struct GenerationStep;
}

namespace tessera::ui {

class DrawDesk;
class LegendBar;

/// What the kept step that is looked at says of each token. Of a flow: the tokens themselves, as they come out of the noise, and how fast they move; of masks: what is fixed already,
/// what has just been and what is drawn again, and how sure the model was. A click looks at a token.
class StepMap : public QWidget {
    Q_OBJECT
public:
    enum class Kind { Latents, Velocity, Masks, Confidence };

    StepMap(DrawDesk& desk, bool second, QWidget* parent = nullptr);

    Kind kind() const { return m_kind; }
    void setKind(Kind kind);
    /// Of each token; NaN where there is no number. Empty: of latents, which are a picture, and of masks.
    const std::vector<float>& values() const { return m_values; }
    const Legend& legend() const { return m_legend; }
    const QImage& picture() const { return m_picture; }
    QRect bodyRect() const;
    QRect cell(int token) const;
    QSize sizeHint() const override { return {208, 240}; }
    QSize minimumSizeHint() const override { return {120, 120}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void read();
    void offerKinds(bool masks);
    int tokenAt(QPoint place) const;

    DrawDesk& m_desk;
    const bool m_second;  ///< of the two maps, which begin with different kinds
    Kind m_kind;
    bool m_masks = false;
    QComboBox* m_choice;
    QLabel* m_time;
    LegendBar* m_bar;
    std::vector<float> m_values;
    std::vector<std::uint8_t> m_again, m_fresh;  ///< of masks: what is drawn again, what is fixed since this step
    QImage m_picture;
    Legend m_legend;
    int m_rows = 0, m_columns = 0;
};

/// A token of a step of masks is fixed from this step on.
bool isFresh(const GenerationStep& step, std::size_t token);
/// How many of its tokens are fixed after the step.
int fixedAfter(const GenerationStep& step);

}  // namespace tessera::ui
