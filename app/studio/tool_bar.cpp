// SPDX-License-Identifier: GPL-3.0-or-later
#include "tool_bar.h"

#include <algorithm>

#include <QAbstractItemView>
#include <QActionGroup>
#include <QFileInfo>
#include <QFrame>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QStandardItemModel>
#include <QToolButton>

#include "actions.h"
#include "bridge/engine_host.h"
#include "panels/labelled_combo.h"
#include "panels/stage/header_words.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::studio {
namespace {

constexpr int kListMargin = 24;

}  // namespace

ToolBar::ToolBar(Actions& actions, ui::Session& session, ui::EngineHost& host, QWidget* parent) : QToolBar(tr("Tools"), parent), m_session(session), m_host(host) {
    setObjectName(QStringLiteral("tools"));
    setMovable(false);
    setIconSize({16, 16});
    setFloatable(false);
    setContextMenuPolicy(Qt::PreventContextMenu);
    toggleViewAction()->setVisible(false);

    // In one box as wide as its words: when room is short the choices give way, not these.
    auto* workspaces = new QWidget(this);
    workspaces->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
    workspaces->setMinimumHeight(ui::size::kControl);  // the box is measured before its buttons know their style
    auto* row = new QHBoxLayout(workspaces);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    for (QAction* action : actions.workspaces->actions()) {
        auto* workspace = new QToolButton(workspaces);
        workspace->setDefaultAction(action);
        workspace->setProperty("workspace", true);
        workspace->setFocusPolicy(Qt::TabFocus);
        row->addWidget(workspace);
    }
    addWidget(workspaces);
    auto* rule = new QFrame(this);
    rule->setProperty("role", "rule");
    rule->setFixedSize(1, 20);
    addWidget(spacer(8));
    addWidget(rule);
    addWidget(spacer(8));
    addAction(actions.undo);
    addAction(actions.redo);

    auto* spring = spacer(0);
    spring->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    addWidget(spring);

    m_models = new ui::LabelledCombo(tr("Model"), this);
    m_models->setToolTip(tr("The model of the current column"));
    connect(m_models, &QComboBox::activated, this, [this](int index) {
        const QString reference = m_models->itemData(index).toString();
        if (reference.isEmpty()) {
            showModels();
            Q_EMIT openModelRequested();
        } else {
            Q_EMIT modelChosen(reference);
        }
    });
    addWidget(m_models);
    m_devices = comboOf(tr("Device"), actions.devices);
    connect(&actions, &Actions::devicesChanged, m_devices, [this, &actions] { fill(m_devices, actions.devices); });
    m_precisions = comboOf(tr("Precision"), actions.precisions);
    m_precisions->setMinimumContentsLength(4);  // "bf16": all of them are as short
    connect(&session, &ui::Session::modelChanged, this, &ToolBar::showModels);
    connect(&host, &ui::EngineHost::modelChanged, this, &ToolBar::showModels);
    connect(&host, &ui::EngineHost::stateChanged, this, [this] {
        showModels();
        showDevice();
    });
    showModels();
    showDevice();
}

QWidget* ToolBar::spacer(int width) {
    auto* space = new QWidget(this);
    space->setFixedHeight(1);
    space->setMinimumWidth(width);
    return space;
}

ui::LabelledCombo* ToolBar::comboOf(const QString& label, QActionGroup* group) {
    auto* combo = new ui::LabelledCombo(label, this);
    combo->setToolTip(group->actions().first()->property("help").toString());
    fill(combo, group);
    connect(combo, &QComboBox::activated, this, [group](int index) { group->actions().at(index)->trigger(); });
    addWidget(combo);
    return combo;
}

void ToolBar::fill(ui::LabelledCombo* combo, QActionGroup* group) {
    const auto follow = [combo, group] {
        const QSignalBlocker blocker(combo);
        combo->setCurrentIndex(std::max(0, static_cast<int>(group->actions().indexOf(group->checkedAction()))));
        combo->updateGeometry();
        combo->update();
    };
    {
        const QSignalBlocker blocker(combo);
        combo->clear();
        auto* items = qobject_cast<QStandardItemModel*>(combo->model());
        for (QAction* action : group->actions()) {
            combo->addItem(action->text());
            items->item(combo->count() - 1)->setEnabled(action->isEnabled());
            disconnect(action, &QAction::toggled, combo, nullptr);
            connect(action, &QAction::toggled, combo, follow);
        }
        // What the list says may be longer than what is chosen.
        combo->view()->setMinimumWidth(combo->view()->sizeHintForColumn(0) + kListMargin);
    }
    follow();
}

void ToolBar::showModels() {
    const QSignalBlocker blocker(m_models);
    const QString current = QString::fromStdString(m_session.model().reference);
    m_models->clear();
    for (const ModelEntry& entry : m_host.models()) {
        const QString name = QString::fromStdString(entry.name);
        m_models->addItem(name, entry.embedded ? name : QString::fromStdString(entry.path));
    }
    noteOpened();
    for (const auto& [reference, name] : m_opened) {
        if (m_models->findData(reference) < 0) m_models->addItem(name, reference);
    }
    const int index = m_models->findData(current);
    m_models->insertSeparator(m_models->count());
    m_models->addItem(tr("Open a model…"));
    m_models->setCurrentIndex(index);
    QString opening = m_host.modelOpening() ? m_models->itemText(index) : QString();
    if (const auto& trial = m_host.trial()) opening = nameOf(*trial);
    m_models->setShownText(opening.isEmpty() ? QString() : tr("%1, opening").arg(opening));
    m_models->updateGeometry();
}

void ToolBar::noteOpened() {
    for (const ui::ModelChoice& choice : m_session.models()) {
        const QString reference = QString::fromStdString(choice.reference);
        if (reference.isEmpty()) continue;
        auto known = std::ranges::find(m_opened, reference, &std::pair<QString, QString>::first);
        if (known == m_opened.end()) known = m_opened.insert(known, {reference, QFileInfo(reference).fileName()});
        if (const auto& info = m_host.modelOf(choice).info) known->second = QString::fromStdString(info->name);
    }
}

QString ToolBar::nameOf(const ui::ModelChoice& model) const {
    const QString reference = QString::fromStdString(model.reference);
    const int index = m_models->findData(reference);
    return index < 0 ? ui::modelName(model, m_host) : m_models->itemText(index);
}

void ToolBar::showDevice() {
    const auto engine = m_host.engine();
    QString text;
    if (engine) text = QString::fromStdString(engine->status().device).replace(QStringLiteral(", "), QStringLiteral(" · "));
    m_devices->setShownText(text);
}

}  // namespace tessera::studio
