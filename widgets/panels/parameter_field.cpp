// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/parameter_field.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMouseEvent>
#include <QSignalBlocker>
#include <QSlider>
#include <QWheelEvent>

#include "workspace/column_edits.h"

namespace tessera::ui {
namespace {

constexpr double kWidestSlider = 200;  // steps that a hand can still tell apart
constexpr double kWidestFraction = 10;
constexpr int kPixelStep = 32, kFieldWidth = 96, kFractions = 100;
constexpr int kStripSlider = 72, kStripText = 160, kWidestStripSlider = 200, kLargeStep = 10;

/// Scrolling over a panel must not change what lies under the pointer.
template <typename Widget>
class Unwheeled : public Widget {
public:
    using Widget::Widget;

protected:
    void wheelEvent(QWheelEvent* event) override { event->ignore(); }
};

}  // namespace

/// Everything from a press to its release is one gesture: drags of the handle, and the pages that a press beside it turns. Arrows step,
/// with Shift by ten; a double click asks for what the lens starts with.
class GestureSlider : public Unwheeled<QSlider> {
public:
    GestureSlider(QWidget* parent, std::function<void()> onEnd, std::function<void()> onReset) : Unwheeled(Qt::Horizontal, parent), m_onEnd(std::move(onEnd)), m_onReset(std::move(onReset)) {}

    bool inGesture() const { return m_pressed; }

protected:
    void mousePressEvent(QMouseEvent* event) override {
        m_pressed = m_pressed || event->button() == Qt::LeftButton;
        Unwheeled::mousePressEvent(event);
    }
    void mouseReleaseEvent(QMouseEvent* event) override {
        Unwheeled::mouseReleaseEvent(event);
        if (event->button() == Qt::LeftButton && std::exchange(m_pressed, false)) m_onEnd();
    }
    void mouseDoubleClickEvent(QMouseEvent*) override { m_onReset(); }
    void keyPressEvent(QKeyEvent* event) override {
        const int step = event->modifiers() & Qt::ShiftModifier ? kLargeStep : 1;
        switch (event->key()) {
            case Qt::Key_Left:
            case Qt::Key_Down: setValue(value() - step); return;
            case Qt::Key_Right:
            case Qt::Key_Up: setValue(value() + step); return;
            default: Unwheeled::keyPressEvent(event);
        }
    }

private:
    std::function<void()> m_onEnd, m_onReset;
    bool m_pressed = false;
};

QString parameterLabel(const std::string& name) {
    QString label = QString::fromStdString(name);
    label.replace(u'_', u' ');
    return label.left(1).toUpper() + label.mid(1);
}

QString choiceLabel(const std::string& choice) {
    return choice == "flip" || choice == "ssim" ? QString::fromStdString(choice).toUpper() : QString::fromStdString(choice);
}

ParameterField::ParameterField(ParameterSpec spec, QWidget* parent, Form form) : QWidget(parent), m_spec(std::move(spec)), m_form(form) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    if (!m_spec.choices.empty()) {
        makeChoice();
    } else if (std::holds_alternative<bool>(m_spec.initial)) {
        m_check = new QCheckBox(this);
        connect(m_check, &QCheckBox::clicked, this, [this] { Q_EMIT edited(value(), false); });
        m_control = m_check;
    } else if (std::holds_alternative<std::string>(m_spec.initial)) {
        makeText();
    } else {
        makeNumber();
    }
    if (m_slider) layout->addWidget(m_slider, 1);
    layout->addWidget(m_control, m_slider ? 0 : 1);
    const QString help = QString::fromStdString(m_spec.help);
    for (QWidget* widget : {static_cast<QWidget*>(m_slider), m_control}) {
        if (!widget) continue;
        widget->setToolTip(help);
        widget->setAccessibleName(parameterLabel(m_spec.name));
        widget->setAccessibleDescription(help);
    }
    if (m_form == Form::Strip) fitStrip();
    setValue(m_spec.initial);
}

void ParameterField::makeChoice() {
    m_choice = new Unwheeled<QComboBox>(this);
    for (const std::string& choice : m_spec.choices) m_choice->addItem(choiceLabel(choice), QString::fromStdString(choice));
    m_choice->setSizeAdjustPolicy(QComboBox::AdjustToContents);  // the longest is shown whole
    connect(m_choice, &QComboBox::activated, this, [this] { Q_EMIT edited(value(), false); });
    m_control = m_choice;
}

void ParameterField::makeText() {
    m_text = new QLineEdit(this);
    connect(m_text, &QLineEdit::editingFinished, this, [this] {
        if (!m_text->isModified()) return;
        m_text->setModified(false);
        Q_EMIT edited(value(), false);
    });
    m_control = m_text;
}

void ParameterField::makeNumber() {
    const bool whole = std::holds_alternative<std::int64_t>(m_spec.initial);
    const double low = numberOf(m_spec.low), high = numberOf(m_spec.high);
    m_number = new Unwheeled<QDoubleSpinBox>(this);
    m_number->setDecimals(whole ? 0 : 2);
    m_number->setRange(low, high);
    m_number->setSingleStep(!whole ? (slidingEnd() - low) / kFractions : m_spec.unit == Unit::Pixels ? kPixelStep : 1);
    m_number->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_number->setAlignment(Qt::AlignRight);
    m_number->setKeyboardTracking(false);
    m_number->setGroupSeparatorShown(false);
    m_number->setAcceptDrops(false);
    // "Latent units" is longer than any number: the tool tip says it.
    if (const std::string_view unit = symbolOf(m_spec.unit); !unit.empty() && m_spec.unit != Unit::LatentUnits) m_number->setSuffix(u' ' + QString::fromUtf8(unit.data(), qsizetype(unit.size())));
    // The engine's rule for lengths in pixels: 0 leaves the picture as large as it is.
    if (whole && m_spec.unit == Unit::Pixels && low == 0) m_number->setSpecialValueText(tr("own size"));
    connect(m_number, &QDoubleSpinBox::valueChanged, this, [this] {
        setValue(value());
        Q_EMIT edited(value(), false);
    });
    m_control = m_number;
    if (whole && high - low > kWidestSlider) return;
    m_number->setFixedWidth(kFieldWidth);
    const auto reset = [this] {
        if (isInitial()) return;
        setValue(m_spec.initial);
        Q_EMIT edited(value(), false);
    };
    m_slider = new GestureSlider(this, [this] { Q_EMIT edited(value(), false); }, reset);
    m_slider->setRange(0, whole ? static_cast<int>(high - low) : kFractions);
    m_slider->setPageStep(10);
    connect(m_slider, &QSlider::valueChanged, this, [this, whole, low](int place) {
        const QSignalBlocker blocker(m_number);
        m_number->setValue(whole ? low + place : low + (slidingEnd() - low) * place / kFractions);
        Q_EMIT edited(value(), m_slider->inGesture());
    });
}

void ParameterField::setSliderShown(bool shown) {
    if (!m_slider || m_slider->isVisibleTo(this) == shown) return;
    m_slider->setVisible(shown);
    updateGeometry();
}

void ParameterField::fitStrip() {
    setSizePolicy(m_slider ? QSizePolicy::Expanding : QSizePolicy::Fixed, QSizePolicy::Fixed);
    if (m_slider) {
        m_slider->setMinimumWidth(kStripSlider);
        m_slider->setMaximumWidth(kWidestStripSlider);
    }
    if (m_text) m_text->setFixedWidth(kStripText);
    if (!m_number) return;
    // Larger numbers scroll inside: hardly anybody needs them.
    const bool whole = m_number->decimals() == 0;
    const QString longest = QString::number(whole ? std::min(numberOf(m_spec.high), 999'999.0) : std::min(numberOf(m_spec.high), 100.0), 'f', m_number->decimals()) + m_number->suffix();
    m_number->setFixedWidth(m_number->fontMetrics().horizontalAdvance(longest) + 20);
}

/// A range far wider than what the lens starts with is slid through only where one mostly looks; the field takes it all.
double ParameterField::slidingEnd() const {
    const double low = numberOf(m_spec.low), high = numberOf(m_spec.high);
    return high - low <= kWidestFraction ? high : std::min(high, low + std::max(1.0, 4 * (numberOf(m_spec.initial) - low)));
}

Value ParameterField::value() const {
    if (m_choice) return m_choice->currentData().toString().toStdString();
    if (m_check) return m_check->isChecked();
    if (m_text) return m_text->text().toStdString();
    if (std::holds_alternative<std::int64_t>(m_spec.initial)) return static_cast<std::int64_t>(std::llround(m_number->value()));
    return m_number->value();
}

void ParameterField::setValue(const Value& value) {
    if (m_choice) {
        if (const auto* text = std::get_if<std::string>(&value)) m_choice->setCurrentIndex(m_choice->findData(QString::fromStdString(*text)));
        return;
    }
    if (m_check) {
        m_check->setChecked(std::holds_alternative<bool>(value) && std::get<bool>(value));
        return;
    }
    if (m_text) {
        const QString text = std::holds_alternative<std::string>(value) ? QString::fromStdString(std::get<std::string>(value)) : QString();
        if (text != m_text->text() && !(m_text->hasFocus() && m_text->isModified())) m_text->setText(text);
        return;
    }
    const QSignalBlocker numberBlocker(m_number);
    m_number->setValue(numberOf(value));
    if (!m_slider) return;
    const QSignalBlocker sliderBlocker(m_slider);
    const double low = numberOf(m_spec.low), high = std::holds_alternative<std::int64_t>(m_spec.initial) ? numberOf(m_spec.high) : slidingEnd();
    const double share = high > low ? (numberOf(value) - low) / (high - low) : 0;
    m_slider->setValue(static_cast<int>(std::lround(share * m_slider->maximum())));
}

}  // namespace tessera::ui
