// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QWidget>

#include <tessera/value.h>

class QVBoxLayout;

namespace tessera::ui {

class EngineHost;
class HintStack;
class ParameterField;
class Session;

/// The parameters of the board's lenses. What all columns share (size and crop of the input) stands once; what the current column's
/// lens has of its own stands under its name. Nothing here knows a lens: all follows from LensInfo::parameters.
class AdjustPanel : public QWidget {
    Q_OBJECT
public:
    AdjustPanel(Session& session, EngineHost& host, QWidget* parent = nullptr);

    /// Every parameter back to what its lens starts with.
    void resetAll();
    QSize sizeHint() const override { return {272, 176}; }

private:
    struct Entry {
        ParameterField* field;
        int column;  ///< -1: all
    };
    struct Sections {
        std::vector<ParameterSpec> shared, own;
        std::string lens;
        bool operator==(const Sections&) const = default;
    };
    Sections wanted() const;
    void follow();
    void build();
    void addSection(const QString& title, int column, const std::vector<ParameterSpec>& specs);
    void showValues();
    void showState();

    Session& m_session;
    EngineHost& m_host;
    HintStack* m_stack;
    QWidget* m_form;
    QVBoxLayout* m_layout;
    std::vector<Entry> m_entries;
    Sections m_built;
};

}  // namespace tessera::ui
