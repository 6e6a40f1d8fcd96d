// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <tessera/value.h>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLineEdit;

namespace tessera::ui {

class GestureSlider;

/// The control for one parameter, made from what the lens says of it: choices are a list, texts a line, numbers a field (with a slider where the
/// range is narrow enough to slide in), yes or no a check box.
class ParameterField : public QWidget {
    Q_OBJECT
public:
    enum class Form {
        Panel,  ///< as wide as its place
        Strip   ///< as narrow as its numbers allow; only a slider grows
    };
    explicit ParameterField(ParameterSpec spec, QWidget* parent = nullptr, Form form = Form::Panel);

    const ParameterSpec& spec() const { return m_spec; }
    Value value() const;
    void setValue(const Value& value);  ///< without a signal
    bool isInitial() const { return value() == m_spec.initial; }
    /// What labels point at.
    QWidget* control() const { return m_control; }
    /// The number stays without its slider where there is no room for both.
    void setSliderShown(bool shown);
    bool hasSlider() const { return m_slider != nullptr; }

Q_SIGNALS:
    /// `sliding`: more of it is to come; what comes last is told without. All of it is one step to undo.
    void edited(const tessera::Value& value, bool sliding);

private:
    void makeChoice();
    void makeText();
    void makeNumber();
    void fitStrip();
    double slidingEnd() const;

    ParameterSpec m_spec;
    Form m_form;
    QWidget* m_control = nullptr;
    QComboBox* m_choice = nullptr;
    QCheckBox* m_check = nullptr;
    QLineEdit* m_text = nullptr;
    QDoubleSpinBox* m_number = nullptr;
    GestureSlider* m_slider = nullptr;
};

/// "Size", "Kind": a parameter's name as a label; "FLIP": a choice as a person writes it.
QString parameterLabel(const std::string& name);
QString choiceLabel(const std::string& choice);

}  // namespace tessera::ui
