// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/strip_parameters.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QLabel>
#include <QRandomGenerator>
#include <QToolButton>

#include "bridge/cell_board.h"
#include "bridge/cell_wish.h"
#include "bridge/engine_host.h"
#include "panels/parameter_field.h"
#include "panels/stage/header_words.h"
#include "panels/stage/number_words.h"
#include "panels/word_line.h"
#include "theme/icons.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr const char* kRatio = "snr";
constexpr const char* kStrength = "strength";
constexpr const char* kSeed = "seed";
const QString kLongestRatio = QStringLiteral("−30.0 dB");
constexpr std::int64_t kLargestDie = 999'999;  // that can be read aloud

}  // namespace

std::vector<QWidget*> StripParameters::Entry::widgets() const {
    std::vector<QWidget*> all{label, field};
    if (ratio) all.push_back(ratio);
    if (die) all.push_back(die);
    return all;
}

StripParameters::StripParameters(Session& session, CellBoard& board, EngineHost& host, QWidget* strip)
    : QObject(strip), m_session(session), m_board(board), m_host(host), m_strip(strip) {
    connect(&host, &EngineHost::stateChanged, this, &StripParameters::follow);
    connect(&host, &EngineHost::modelChanged, this, &StripParameters::follow);
    for (const auto signal : {&Session::columnsChanged, &Session::currentColumnChanged}) connect(&session, signal, this, &StripParameters::follow);
    connect(&session, &Session::columnChanged, this, &StripParameters::follow);
    connect(&session, &Session::currentRowChanged, this, &StripParameters::showRatio);
    connect(&board, &CellBoard::cellChanged, this, [this](RowId row, int column) {
        if (row == m_session.currentRow() && column == m_session.currentColumn()) showRatio();
    });
    build();
}

std::vector<ParameterSpec> StripParameters::wanted() const {
    std::vector<ParameterSpec> specs;
    const Column& column = m_session.columns()[m_session.currentColumn()];
    const LensInfo* lens = lensInfo(m_host, column.lens);
    if (!lens) return specs;
    const std::vector<ParameterSpec> shared = preprocessingSpecs(m_host.lenses());
    const auto& model = m_host.modelOf(column.model).info;
    for (const ParameterSpec& spec : lens->parameters) {
        if (std::ranges::find(shared, spec.name, &ParameterSpec::name) != shared.end()) continue;
        if (auto here = specFor(spec, model)) specs.push_back(std::move(*here));
    }
    return specs;
}

/// The fields stay while they are the right ones: one of them may have the keyboard, or be slid.
void StripParameters::follow() {
    if (wanted() == m_specs && m_session.columns()[m_session.currentColumn()].lens == m_lens) {
        showValues();
        showRatio();
    } else {
        build();
    }
}

void StripParameters::build() {
    for (const Entry& entry : m_entries) {
        for (QWidget* widget : entry.widgets()) {
            widget->hide();
            widget->deleteLater();
        }
    }
    m_entries.clear();
    m_specs = wanted();
    m_lens = m_session.columns()[m_session.currentColumn()].lens;
    for (const ParameterSpec& spec : m_specs) add(spec);
    showValues();
    showRatio();
    Q_EMIT changed();
}

void StripParameters::add(const ParameterSpec& spec) {
    Entry entry{.field = new ParameterField(spec, m_strip, ParameterField::Form::Strip), .label = new QLabel(parameterLabel(spec.name), m_strip)};
    entry.label->setBuddy(entry.field->control());
    entry.label->setToolTip(QString::fromStdString(spec.help));
    connect(entry.field, &ParameterField::edited, this, [this, name = spec.name](const Value& value, bool sliding) { set(name, value, sliding); });
    if (spec.name == kStrength) {
        entry.ratio = new WordLine(m_strip);
        entry.ratio->setWords({{tr("SNR"), Word::Role::Second}, {kLongestRatio, Word::Role::Value}});
        entry.ratio->setFixedWidth(entry.ratio->sizeHint().width());  // numbers that move nothing beside them
        entry.ratio->setToolTip(tr("Mean square of the latents over that of the noise, in the current cell"));
    }
    if (spec.name == kSeed && std::holds_alternative<std::int64_t>(spec.initial)) {
        entry.die = new QToolButton(m_strip);
        entry.die->setProperty("small", true);
        entry.die->setIcon(themedIcon(QStringLiteral("die")));
        entry.die->setIconSize({14, 14});
        entry.die->setFocusPolicy(Qt::TabFocus);
        entry.die->setAccessibleName(tr("Another seed"));
        entry.die->setToolTip(tr("Another seed, by chance"));
        const std::int64_t most = std::min(std::get<std::int64_t>(spec.high), kLargestDie);
        connect(entry.die, &QToolButton::clicked, this, [this, name = spec.name, most] { set(name, Value(std::int64_t(QRandomGenerator::global()->bounded(quint32(most) + 1))), false); });
    }
    m_entries.push_back(entry);
}

void StripParameters::set(const std::string& name, const Value& value, bool sliding) {
    m_session.setParameter(m_session.currentColumn(), name, value, sliding);
}

void StripParameters::addTo(QHBoxLayout& layout, int index) {
    for (const Entry& entry : m_entries) {
        for (QWidget* widget : entry.widgets()) {
            layout.insertWidget(index++, widget);
            widget->show();
        }
    }
}

void StripParameters::showValues() {
    const ParameterSet& parameters = m_session.columns()[m_session.currentColumn()].parameters;
    for (const Entry& entry : m_entries) {
        const auto it = parameters.find(entry.field->spec().name);
        entry.field->setValue(it == parameters.end() ? entry.field->spec().initial : it->second);
    }
}

void StripParameters::showRatio() {
    for (const Entry& entry : m_entries) {
        if (!entry.ratio) continue;
        const Cell& cell = m_board.cell(m_session.currentRow(), m_session.currentColumn());
        const Measure* ratio = cell.picture ? cell.picture->measure(kRatio) : nullptr;
        const bool known = ratio && ratio->value;
        // Of the last strength, until the cell has caught up.
        const auto role = cell.outdated ? Word::Role::Disabled : Word::Role::Value;
        const QString number = known ? tr("%1 dB").arg(fixedNumber(*ratio->value, 1)) : QStringLiteral("–");
        entry.ratio->setWords({{tr("SNR"), Word::Role::Second}, {number, role}});
        entry.ratio->setAccessibleName(tr("Signal-to-noise ratio %1").arg(number));
    }
}

void StripParameters::setShown(Entry& entry, bool shown) {
    entry.shown = shown;
    for (QWidget* widget : entry.widgets()) widget->setVisible(shown);
}

void StripParameters::showAll() {
    for (Entry& entry : m_entries) {
        setShown(entry, true);
        entry.field->setSliderShown(true);
    }
}

bool StripParameters::leaveOutParameter() {
    for (std::size_t i = m_entries.size(); i-- > 1;) {
        if (!m_entries[i].shown) continue;
        setShown(m_entries[i], false);
        return true;
    }
    return false;
}

bool StripParameters::leaveOutSlider() {
    if (m_entries.empty() || !m_entries.front().field->hasSlider()) return false;
    m_entries.front().field->setSliderShown(false);
    return true;
}

bool StripParameters::leaveOutRest() {
    if (m_entries.empty()) return false;
    setShown(m_entries.front(), false);
    return true;
}

bool StripParameters::isComplete() const {
    return std::ranges::all_of(m_entries, &Entry::shown);
}

}  // namespace tessera::ui
