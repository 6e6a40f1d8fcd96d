// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QAction;
class QListWidget;
class QPushButton;
class QSpinBox;

namespace tessera::ui {

class CodePictures;
class DrawDesk;
class FactList;
class HintStack;
class WordLine;

/// What else the model could have drawn at the token and depth that are looked at, the likeliest first, with what each codeword looks like alone; and a
/// way on from there with another code. While the pointer is over another token it shows that one's; a fork stays at the one that was clicked.
class AlternativesPanel : public QWidget {
    Q_OBJECT
public:
    AlternativesPanel(DrawDesk& desk, CodePictures& pictures, QAction* fork, QWidget* parent = nullptr);
    ~AlternativesPanel() override;

    /// The code that a fork takes; -1: none is chosen.
    int code() const;
    QString context() const { return m_context; }
    QListWidget& list() const { return *m_list; }
    FactList& facts() const { return *m_facts; }
    QSize sizeHint() const override { return {292, 420}; }

Q_SIGNALS:
    void contextChanged(const QString& context);
    void codeChanged();

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void refresh();
    bool hasPictures() const;
    void wantPictures();
    void showPictures();

    DrawDesk& m_desk;
    CodePictures& m_pictures;
    WordLine *m_left, *m_right;
    QListWidget* m_list;
    QSpinBox* m_code;
    FactList* m_facts;
    HintStack* m_stack;
    QString m_context, m_shown;
    QString m_codeFor;     ///< the clicked token that the code is of, as m_shown
    bool m_forks = false;  ///< it has codes
};

}  // namespace tessera::ui
