// SPDX-License-Identifier: GPL-3.0-or-later
// What the actions of the board do: its form, its columns, how cells are compared.
#include <algorithm>
#include <array>

#include <QMenu>

#include "actions.h"
#include "docks.h"
#include "main_window.h"
#include "panels/images_panel.h"
#include "panels/parameter_field.h"
#include "panels/parameter_step.h"
#include "panels/stage/board_menus.h"
#include "panels/stage/header_words.h"
#include "panels/stage_view.h"
#include "panels/timeline.h"
#include "status_line.h"

namespace tessera::studio {
namespace {

constexpr double kCellStep = 1.2;
constexpr float kMostGain = 1024;

template <typename Receiver, typename Function>
void onTriggered(QAction* action, Receiver* receiver, Function function) {
    QObject::connect(action, &QAction::triggered, receiver, function);
}

}  // namespace

void MainWindow::connectBoardActions() {
    Actions& a = *m_actions;
    ui::Session& session = m_document.session;
    connect(a.workspaces, &QActionGroup::triggered, this, [this, &session](const QAction* chosen) {
        const auto kind = static_cast<ui::WorkspaceKind>(chosen->data().toInt());
        session.setWorkspace(kind);
        // Who goes there wants to say something.
        if (kind == ui::WorkspaceKind::Generate) m_docks->showPrompt();
    });
    onTriggered(a.playClips, this, [this] { m_timeline->setPlaying(!m_timeline->isPlaying()); });
    onTriggered(a.previousFrame, this, [this] { m_timeline->step(-1); });
    onTriggered(a.nextFrame, this, [this] { m_timeline->step(1); });
    connect(m_timeline, &ui::Timeline::changed, this, &MainWindow::showRowActions);
    const auto changeForm = [&session](auto change) {
        ui::BoardForm form = session.workspace().form;
        change(form);
        session.setBoardForm(form);
    };
    onTriggered(a.grid, this, [changeForm](bool on) { changeForm([on](ui::BoardForm& form) { form.grid = on; }); });
    onTriggered(a.transpose, this, [changeForm](bool on) { changeForm([on](ui::BoardForm& form) { form.transposed = on; }); });
    onTriggered(a.largerCells, this, [this] { m_stage->sizeCells(kCellStep); });
    onTriggered(a.smallerCells, this, [this] { m_stage->sizeCells(1 / kCellStep); });

    connect(a.compareModes, &QActionGroup::triggered, this, [this](const QAction* chosen) {
        changeView([chosen](ui::ViewState& view) { view.compare = static_cast<canvas::Compare>(chosen->data().toInt()); });
    });
    onTriggered(a.wipeLevel, this, [this](bool on) { changeView([on](ui::ViewState& view) { view.wipeLine = on ? canvas::WipeLine::Level : canvas::WipeLine::Upright; }); });
    onTriggered(a.falseColour, this, [this] {
        changeView([](ui::ViewState& view) {
            constexpr std::array kWays{FieldMapping::Absolute, FieldMapping::Signed, FieldMapping::Squared};
            // The first press shows the difference as it was last seen.
            if (view.compare == canvas::Compare::Difference) view.differenceBy = kWays[(std::ranges::find(kWays, view.differenceBy) - kWays.begin() + 1) % kWays.size()];
            view.compare = canvas::Compare::Difference;
        });
    });
    onTriggered(a.columnRange, this, [this](bool on) { changeView([on](ui::ViewState& view) { view.range = on ? ui::FieldRange::Column : ui::FieldRange::Declared; }); });
    onTriggered(a.logarithmic, this, [this](bool on) { changeView([on](ui::ViewState& view) { view.logarithmic = on; }); });
    onTriggered(a.clipping, this, [this](bool on) { changeView([on](ui::ViewState& view) { view.clipping = on; }); });
    const auto gain = [this](float by) { changeView([by](ui::ViewState& view) { view.gain = std::clamp(view.gain * by, 1 / kMostGain, kMostGain); }); };
    onTriggered(a.gainUp, this, [gain] { gain(2); });
    onTriggered(a.gainDown, this, [gain] { gain(0.5F); });
    onTriggered(a.useAsReference, this, [this] {
        const ui::ColumnId column = m_document.session.columns()[m_document.session.currentColumn()].id;
        changeView([column](ui::ViewState& view) {
            const ui::ReferencePlace place{column, std::nullopt};
            view.reference = view.reference == place ? std::nullopt : std::optional(place);
        });
    });

    const auto current = [&session] { return session.columns()[session.currentColumn()].id.lens; };
    onTriggered(a.previousColumn, this, [&session] { session.setCurrentColumn(session.currentColumn() - 1); });
    onTriggered(a.nextColumn, this, [&session] { session.setCurrentColumn(session.currentColumn() + 1); });
    onTriggered(a.moveColumnLeft, this, [this] { moveColumn(-1); });
    onTriggered(a.moveColumnRight, this, [this] { moveColumn(1); });
    onTriggered(a.stepDown, this, [this] { stepParameter(-1); });
    onTriggered(a.stepUp, this, [this] { stepParameter(1); });
    onTriggered(a.duplicateColumn, this, [this, &session, current] { session.editColumns(tr("duplicate column"), ui::withLensCopied(session.groups(), current(), session.nextLensId())); });
    onTriggered(a.removeColumn, this, [&session, current] { session.editColumns(tr("remove column"), ui::withoutLens(session.groups(), current())); });
    onTriggered(a.duplicateImage, this, [this, &session] { session.duplicateRows(m_docks->images->selectedRows()); });
    onTriggered(a.moveImageBack, this, [&session] { session.moveRow(session.currentRow(), session.indexOf(session.currentRow()) - 1); });
    onTriggered(a.moveImageForward, this, [&session] { session.moveRow(session.currentRow(), session.indexOf(session.currentRow()) + 1); });
}

/// The first number among what the current column's lens takes besides what every lens is given of the source; null if it takes none.
const ParameterSpec* MainWindow::steppedParameter() const {
    const ui::Column& column = m_document.session.columns()[m_document.session.currentColumn()];
    const LensInfo *lens = ui::lensInfo(m_document.host, column.lens), *input = ui::lensInfo(m_document.host, "input");
    if (!lens) return nullptr;
    for (const ParameterSpec& spec : lens->parameters) {
        const bool number = std::holds_alternative<double>(spec.initial) || std::holds_alternative<std::int64_t>(spec.initial);
        const bool shared = input && std::ranges::find(input->parameters, spec.name, &ParameterSpec::name) != input->parameters.end();
        if (number && !shared) return &spec;
    }
    return nullptr;
}

void MainWindow::stepParameter(int by) {
    ui::Session& session = m_document.session;
    const ParameterSpec* declared = steppedParameter();
    if (!declared) return;
    const ui::Column& column = session.columns()[session.currentColumn()];
    const auto& model = m_document.host.modelOf(column.model).info;
    const ParameterSpec spec = model ? boundedFor(*declared, *model) : *declared;
    const auto it = column.parameters.find(spec.name);
    const Value now = it == column.parameters.end() ? spec.initial : it->second;
    const Value next = ui::stepped(spec, now, by);
    if (next != now) session.setParameter(session.currentColumn(), spec.name, next, true);
    m_status->say(tr("%1 %2").arg(ui::parameterLabel(spec.name), ui::valueWords(next, &spec)));
}

/// Past its neighbour in the group; at the group's end the whole group goes.
void MainWindow::moveColumn(int by) {
    ui::Session& session = m_document.session;
    const ui::Column& column = session.columns()[session.currentColumn()];
    const int lenses = static_cast<int>(session.groups()[column.group].lenses.size()), to = column.entry + by;
    if (to >= 0 && to < lenses) {
        session.editColumns(tr("move column"), ui::withLensMoved(session.groups(), column.id.lens, column.group, by > 0 ? to + 1 : to));
    } else {
        session.editColumns(tr("move columns"), ui::withGroupMoved(session.groups(), column.group, column.group + by));
    }
}

void MainWindow::addBoardMenus(QMenu& menu) {
    ui::BoardMenus& boardMenus = m_stage->menus();
    const auto add = [&menu, &boardMenus](const QString& title, void (ui::BoardMenus::*fill)(QMenu&)) {
        QMenu* sub = menu.addMenu(title);
        sub->setToolTipsVisible(true);
        connect(sub, &QMenu::aboutToShow, &boardMenus, [sub, &boardMenus, fill] {
            sub->clear();
            (boardMenus.*fill)(*sub);
        });
    };
    add(tr("Add &Lens"), &ui::BoardMenus::fillAddLens);
    add(tr("Add &Model"), &ui::BoardMenus::fillAddModel);
    add(tr("C&hange Lens"), &ui::BoardMenus::fillLens);
    add(tr("S&weep"), &ui::BoardMenus::fillSweep);
    add(tr("Compare with M&odel"), &ui::BoardMenus::fillCompareModel);
    add(tr("Compare with &Image"), &ui::BoardMenus::fillCompareImage);
    add(tr("&Interpolate to Image"), &ui::BoardMenus::fillInterpolate);
}

}  // namespace tessera::studio
