// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/adjust_panel.h"

#include <algorithm>

#include <QGridLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "bridge/cell_wish.h"
#include "bridge/engine_host.h"
#include "panels/hint_stack.h"
#include "panels/parameter_field.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kLabelWidth = 72;

const std::vector<ParameterSpec>& specsOf(const std::vector<LensInfo>& lenses, const std::string& lens) {
    static const std::vector<ParameterSpec> none;
    const auto it = std::ranges::find(lenses, lens, &LensInfo::name);
    return it == lenses.end() ? none : it->parameters;
}

bool holds(const std::vector<ParameterSpec>& specs, const ParameterSpec& spec) {
    return std::ranges::find(specs, spec) != specs.end();
}

}  // namespace

AdjustPanel::AdjustPanel(Session& session, EngineHost& host, QWidget* parent) : QWidget(parent), m_session(session), m_host(host), m_form(new QWidget) {
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(m_form);
    scroll->setFocusPolicy(Qt::NoFocus);
    m_layout = new QVBoxLayout(m_form);
    m_layout->setContentsMargins(size::kDockMargin, size::kDockMargin, size::kDockMargin, size::kDockMargin);
    m_layout->setSpacing(8);
    m_stack = new HintStack(scroll, tr("Size and crop of the model's input,\nafter the first image"), this);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(m_stack);
    connect(&host, &EngineHost::stateChanged, this, &AdjustPanel::build);
    connect(&host, &EngineHost::modelChanged, this, &AdjustPanel::follow);
    for (const auto signal : {&Session::columnsChanged, &Session::currentColumnChanged}) connect(&session, signal, this, &AdjustPanel::follow);
    connect(&session, &Session::columnChanged, this, &AdjustPanel::follow);
    connect(&session, &Session::rowsInserted, this, &AdjustPanel::showState);
    connect(&session, &Session::rowsRemoved, this, &AdjustPanel::showState);
    build();
}

/// What the board asks of all its columns, and of the current one besides.
AdjustPanel::Sections AdjustPanel::wanted() const {
    const std::vector<LensInfo>& lenses = m_host.lenses();
    const std::vector<Column>& columns = m_session.columns();
    Sections sections{.shared = preprocessingSpecs(lenses)};
    for (const Column& column : columns) {
        std::erase_if(sections.shared, [&](const ParameterSpec& spec) { return !holds(specsOf(lenses, column.lens), spec); });
    }
    const Column& current = columns[m_session.currentColumn()];
    sections.lens = current.lens;
    const auto& model = m_host.modelOf(current.model).info;
    for (const ParameterSpec& spec : specsOf(lenses, current.lens)) {
        if (holds(sections.shared, spec)) continue;
        if (auto here = specFor(spec, model)) sections.own.push_back(std::move(*here));
    }
    return sections;
}

/// The fields stay while they are the right ones: one of them may have the keyboard.
void AdjustPanel::follow() {
    if (wanted() == m_built) {
        for (Entry& entry : m_entries) entry.column = entry.column < 0 ? -1 : m_session.currentColumn();
        showValues();
    } else {
        build();
    }
}

void AdjustPanel::build() {
    m_entries.clear();
    while (QLayoutItem* item = m_layout->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_built = wanted();
    addSection(tr("Model's input"), -1, m_built.shared);
    addSection(parameterLabel(m_built.lens), m_session.currentColumn(), m_built.own);
    m_layout->addStretch(1);
    showValues();
    showState();
}

void AdjustPanel::addSection(const QString& title, int column, const std::vector<ParameterSpec>& specs) {
    if (specs.empty()) return;
    auto* section = new QWidget(m_form);
    auto* grid = new QGridLayout(section);
    grid->setContentsMargins(0, 0, 0, m_entries.empty() ? 8 : 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(8);
    grid->setColumnMinimumWidth(0, kLabelWidth);
    grid->setColumnStretch(1, 1);
    auto* heading = new QLabel(title, section);
    heading->setProperty("role", "strong");
    grid->addWidget(heading, 0, 0, 1, 2);
    for (const ParameterSpec& spec : specs) {
        auto* field = new ParameterField(spec, section);
        auto* label = new QLabel(parameterLabel(spec.name), section);
        label->setProperty("role", "second");
        label->setBuddy(field->control());
        label->setToolTip(QString::fromStdString(spec.help));
        const int row = grid->rowCount();
        grid->addWidget(label, row, 0);
        grid->addWidget(field, row, 1);
        const bool shared = column < 0;
        connect(field, &ParameterField::edited, this, [this, shared, name = spec.name](const Value& value, bool sliding) {
            m_session.setParameter(shared ? -1 : m_session.currentColumn(), name, value, sliding);
        });
        m_entries.push_back({field, column});
    }
    m_layout->addWidget(section);
}

void AdjustPanel::showValues() {
    for (const Entry& entry : m_entries) {
        const ParameterSet& parameters = m_session.columns()[std::max(0, entry.column)].parameters;
        const auto it = parameters.find(entry.field->spec().name);
        entry.field->setValue(it == parameters.end() ? entry.field->spec().initial : it->second);
    }
}

void AdjustPanel::showState() {
    m_stack->setFilled(!m_entries.empty() && !m_session.rows().empty());
}

void AdjustPanel::resetAll() {
    m_session.undoStack().beginMacro(tr("reset parameters"));
    for (const Entry& entry : m_entries) {
        if (!entry.field->isInitial()) m_session.setParameter(entry.column, entry.field->spec().name, entry.field->spec().initial);
    }
    m_session.undoStack().endMacro();
}

}  // namespace tessera::ui
