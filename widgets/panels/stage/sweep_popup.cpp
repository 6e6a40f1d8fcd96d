// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/sweep_popup.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScreen>
#include <QSpinBox>
#include <QVBoxLayout>

#include "bridge/engine_host.h"
#include "panels/parameter_field.h"
#include "panels/stage/board_menus.h"
#include "panels/stage/header_words.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kMostColumns = 32, kDecimals = 3;

bool isNumber(const ParameterSpec& spec) {
    return spec.choices.empty() && (std::holds_alternative<double>(spec.initial) || std::holds_alternative<std::int64_t>(spec.initial));
}

bool isDoubling(const std::vector<Value>& values) {
    for (std::size_t i = 2; i < values.size(); ++i) {
        if (std::abs(numberOf(values[i]) - 2 * numberOf(values[i - 1])) > 1e-6 * std::abs(numberOf(values[i]))) return false;
    }
    return values.size() > 2;
}

}  // namespace

SweepPopup::SweepPopup(Session& session, EngineHost& host, LensColumnId lens, QWidget* parent)
    : QFrame(parent, Qt::Popup),
      m_session(session),
      m_host(host),
      m_lens(lens),
      m_parameter(new QComboBox(this)),
      m_spacing(new QComboBox(this)),
      m_low(new QDoubleSpinBox(this)),
      m_high(new QDoubleSpinBox(this)),
      m_count(new QSpinBox(this)),
      m_note(new QLabel(this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setFrameShape(QFrame::StyledPanel);
    setAccessibleName(tr("Sweep"));
    m_spacing->addItems({tr("even"), tr("doubling")});
    m_spacing->setAccessibleName(tr("Spacing"));
    m_count->setRange(2, kMostColumns);
    m_count->setAccessibleName(tr("Columns"));
    m_low->setAccessibleName(tr("From"));
    m_high->setAccessibleName(tr("To"));
    m_parameter->setAccessibleName(tr("Parameter"));
    m_note->setProperty("role", "second");
    m_note->setWordWrap(true);
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(12);
    form->setVerticalSpacing(8);
    const auto pair = [](QWidget* a, QWidget* b) {
        auto* row = new QHBoxLayout;
        row->setSpacing(8);
        row->addWidget(a, 1);
        row->addWidget(b, 1);
        return row;
    };
    form->addRow(tr("Parameter"), m_parameter);
    form->addRow(tr("From, to"), pair(m_low, m_high));
    form->addRow(tr("Columns"), pair(m_count, m_spacing));
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(size::kDockMargin, size::kDockMargin, size::kDockMargin, size::kDockMargin);
    auto* heading = new QLabel(tr("Sweep"), this);
    heading->setProperty("role", "strong");
    all->addWidget(heading);
    all->addLayout(form);
    all->addWidget(m_note);
    fill();
    connect(m_parameter, &QComboBox::activated, this, &SweepPopup::chooseParameter);
    for (QDoubleSpinBox* field : {m_low, m_high}) {
        field->setKeyboardTracking(false);
        connect(field, &QDoubleSpinBox::valueChanged, this, &SweepPopup::apply);
    }
    m_count->setKeyboardTracking(false);
    connect(m_count, &QSpinBox::valueChanged, this, &SweepPopup::apply);
    connect(m_spacing, &QComboBox::activated, this, &SweepPopup::apply);
    connect(&session, &Session::columnsChanged, this, [this] {
        if (!this->lens() || !this->lens()->sweep) close();
    });
}

const LensColumn* SweepPopup::lens() const {
    return findLens(m_session.groups(), m_lens);
}

std::optional<ParameterSpec> SweepPopup::spec() const {
    const LensColumn* owner = lens();
    if (!owner || !owner->sweep) return std::nullopt;
    const ParameterSpec* declared = specOf(m_host, owner->lens, owner->sweep->parameter);
    if (!declared) return std::nullopt;
    const auto column = std::ranges::find_if(m_session.columns(), [this](const Column& each) { return each.id.lens == m_lens; });
    const auto& info = column == m_session.columns().end() ? std::nullopt : m_host.modelOf(column->model).info;
    return info ? boundedFor(*declared, *info) : *declared;
}

void SweepPopup::fill() {
    m_filling = true;
    const LensColumn* owner = lens();
    const LensInfo* info = owner ? lensInfo(m_host, owner->lens) : nullptr;
    m_parameter->clear();
    if (info) {
        for (const ParameterSpec& each : info->parameters) {
            if (firstSweep(each).size() < 2) continue;
            m_parameter->addItem(parameterLabel(each.name), QString::fromStdString(each.name));
            if (owner->sweep && owner->sweep->parameter == each.name) m_parameter->setCurrentIndex(m_parameter->count() - 1);
        }
    }
    if (const auto now = spec()) showRange(*now);
    m_filling = false;
}

void SweepPopup::showRange(const ParameterSpec& now) {
    const auto& values = lens()->sweep->values;
    const bool number = isNumber(now), whole = std::holds_alternative<std::int64_t>(now.initial);
    for (QWidget* field : {static_cast<QWidget*>(m_low), static_cast<QWidget*>(m_high), static_cast<QWidget*>(m_count), static_cast<QWidget*>(m_spacing)}) field->setEnabled(number);
    m_note->setText(number ? QString::fromStdString(now.help) : tr("One column for each of its %1 choices.").arg(values.size()));
    if (!number) return;
    for (QDoubleSpinBox* field : {m_low, m_high}) {
        field->setDecimals(whole ? 0 : kDecimals);
        field->setRange(numberOf(now.low), numberOf(now.high));
        field->setSingleStep(whole ? 1 : 0.05);
    }
    m_low->setValue(numberOf(values.front()));
    m_high->setValue(numberOf(values.back()));
    m_count->setValue(static_cast<int>(values.size()));
    m_spacing->setCurrentIndex(isDoubling(values) ? 1 : 0);
}

void SweepPopup::chooseParameter(int index) {
    const LensColumn* owner = lens();
    const std::string name = m_parameter->itemData(index).toString().toStdString();
    const ParameterSpec* chosen = owner ? specOf(m_host, owner->lens, name) : nullptr;
    if (!chosen || m_filling) return;
    m_session.editColumns(tr("sweep %1").arg(QString::fromStdString(name)), withSweep(m_session.groups(), m_lens, Sweep{.parameter = name, .values = firstSweep(*chosen)}));
    fill();
}

void SweepPopup::apply() {
    const auto now = spec();
    if (!now || m_filling || !isNumber(*now)) return;
    Sweep sweep = *lens()->sweep;
    const bool whole = std::holds_alternative<std::int64_t>(now->initial);
    const auto value = [whole](double number) { return whole ? Value(static_cast<std::int64_t>(std::llround(number))) : Value(number); };
    sweep.values = sweepValues(value(m_low->value()), value(m_high->value()), m_count->value(), m_spacing->currentIndex() == 1);
    m_session.editColumns(tr("edit sweep"), withSweep(m_session.groups(), m_lens, std::move(sweep)));
}

void SweepPopup::popUp(QPoint position) {
    adjustSize();
    const QRect room = parentWidget()->screen()->availableGeometry();
    position.setX(std::clamp(position.x() - width(), room.left(), std::max(room.left(), room.right() - width())));
    position.setY(std::min(position.y(), std::max(room.top(), room.bottom() - height())));
    move(position);
    show();
    m_high->setFocus(Qt::PopupFocusReason);
}

}  // namespace tessera::ui
