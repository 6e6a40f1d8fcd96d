// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include <QObject>

#include <tessera/value.h>

class QHBoxLayout;
class QLabel;
class QToolButton;

namespace tessera::ui {

class CellBoard;
class EngineHost;
class ParameterField;
class Session;
class WordLine;

/// The parameters of the current column in the strip: label, slider, number with unit, or a choice; what the lens says decides, size and
/// crop of the model's input excepted. A step of a sweep is edited in its place. Beside the strength stands the signal-to-noise ratio
/// that the current cell came out with, beside a seed a die.
class StripParameters : public QObject {
    Q_OBJECT
public:
    StripParameters(Session& session, CellBoard& board, EngineHost& host, QWidget* strip);

    /// Puts its widgets into the strip from there on; again whenever changed() said that there are others.
    void addTo(QHBoxLayout& layout, int index);
    bool isEmpty() const { return m_entries.empty(); }

    /// What can be left out for room: each hides one thing, and is false when there is nothing left to hide.
    void showAll();
    bool leaveOutParameter();  ///< the last one that is shown, but the first
    bool leaveOutSlider();     ///< of the first one: its number stays
    bool leaveOutRest();       ///< the first one
    bool isComplete() const;   ///< all parameters are shown, with or without their sliders

Q_SIGNALS:
    void changed();  ///< there are other widgets

private:
    struct Entry {
        ParameterField* field;
        QLabel* label;
        WordLine* ratio = nullptr;
        QToolButton* die = nullptr;
        bool shown = true;
        std::vector<QWidget*> widgets() const;
    };
    std::vector<ParameterSpec> wanted() const;
    void follow();
    void build();
    void add(const ParameterSpec& spec);
    void showValues();
    void showRatio();
    void set(const std::string& name, const Value& value, bool sliding);
    static void setShown(Entry& entry, bool shown);

    Session& m_session;
    CellBoard& m_board;
    EngineHost& m_host;
    QWidget* m_strip;
    std::string m_lens;
    std::vector<ParameterSpec> m_specs;
    std::vector<Entry> m_entries;
};

}  // namespace tessera::ui
