// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

#include "workspace/columns.h"

class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QSpinBox;

namespace tessera::ui {

class EngineHost;
class Session;

/// Edits a lens's sweep in place: which parameter, from where to where, in how many columns. Every change shows at once and is undoable;
/// closes by itself when something else is clicked or its lens is gone.
class SweepPopup : public QFrame {
    Q_OBJECT
public:
    SweepPopup(Session& session, EngineHost& host, LensColumnId lens, QWidget* parent);

    void popUp(QPoint position);

private:
    void fill();
    void chooseParameter(int index);
    void apply();
    void showRange(const ParameterSpec& spec);
    const LensColumn* lens() const;
    std::optional<ParameterSpec> spec() const;

    Session& m_session;
    EngineHost& m_host;
    const LensColumnId m_lens;
    QComboBox *m_parameter, *m_spacing;
    QDoubleSpinBox *m_low, *m_high;
    QSpinBox* m_count;
    QLabel* m_note;
    bool m_filling = false;
};

}  // namespace tessera::ui
