// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>

namespace tessera::ui {

/// A choice with its label inside, as the tool bar has them: "Model  mini-autoencoder". The wheel passes by, so that scrolling over it
/// changes nothing. Its words give way to others in the bar, down to minimumContentsLength().
class LabelledCombo : public QComboBox {
    Q_OBJECT
public:
    explicit LabelledCombo(const QString& label, QWidget* parent = nullptr);

    /// Shown instead of the chosen entry: "CPU · 2 threads" for auto. Empty: the entry itself.
    void setShownText(const QString& text);
    QString shownText() const { return m_shown.isEmpty() ? currentText() : m_shown; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    int widthFor(int textWidth) const;

    QString m_label, m_shown;
};

}  // namespace tessera::ui
