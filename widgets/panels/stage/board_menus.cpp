// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/board_menus.h"

#include <algorithm>

#include <QFileInfo>
#include <QMenu>

#include <tessera/model_reference.h>

#include "bridge/cell_board.h"
#include "bridge/cell_wish.h"
#include "bridge/engine_host.h"
#include "panels/parameter_field.h"
#include "panels/stage/cell_face.h"
#include "panels/stage/header_words.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kFirstSteps = 5;
constexpr std::int64_t kFirstSide = 64;
constexpr const char* kBlend = "blend";
constexpr int kMostImages = 40;  // in a menu

QString nameOf(Precision precision) {
    const std::string_view name = precisionName(precision);
    return QString::fromLatin1(name.data(), qsizetype(name.size()));
}

void sayIfEmpty(QMenu& menu, const QString& sentence) {
    if (menu.isEmpty()) menu.addAction(sentence)->setEnabled(false);
}

std::string referenceOf(const ModelEntry& entry) {
    return entry.embedded ? entry.name : entry.path;
}

}  // namespace

std::vector<Value> firstSweep(const ParameterSpec& spec) {
    if (!spec.choices.empty()) return {spec.choices.begin(), spec.choices.end()};
    if (std::holds_alternative<bool>(spec.initial)) return {Value(false), Value(true)};
    if (const auto* high = std::get_if<double>(&spec.high)) {
        // A range that nobody would sweep as a whole begins with what the lens starts from.
        const double low = std::get<double>(spec.low), initial = std::get<double>(spec.initial);
        const double end = *high - low <= 2 ? *high : std::max(initial * 4, low + 1);
        return sweepValues(spec.low, end, kFirstSteps, end - low > 0.5 && low == 0);
    }
    if (const auto* high = std::get_if<std::int64_t>(&spec.high)) {
        // Sides of pictures are looked at in octaves; steps of one pixel would show the same picture several times.
        if (spec.unit == Unit::Pixels) return sweepValues(kFirstSide, std::min(*high, kFirstSide << (kFirstSteps - 1)), kFirstSteps, true);
        // Of a range to both sides, what the lens starts from comes first.
        const std::int64_t declared = std::get<std::int64_t>(spec.low), low = declared < -1 ? std::get<std::int64_t>(spec.initial) : declared;
        const std::int64_t end = *high - low < 64 ? *high : std::min(*high, low + kFirstSteps - 1);
        return sweepValues(low, end, std::min<std::int64_t>(end - low + 1, 8), false);
    }
    return {};
}

BoardMenus::BoardMenus(Session& session, CellBoard& board, EngineHost& host, QWidget* parent)
    : QObject(parent), m_session(session), m_board(board), m_host(host), m_parent(parent) {}

QMenu* BoardMenus::newMenu() {
    auto* menu = new QMenu(m_parent);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setToolTipsVisible(true);
    return menu;
}

void BoardMenus::popUp(QMenu* menu, QPoint position) {
    if (menu->isEmpty()) return delete menu;
    menu->popup(position);
}

void BoardMenus::addLenses(QMenu& menu, const ModelChoice& model, const std::string& checked, std::function<void(const std::string&)> chosen) {
    const auto& info = m_host.modelOf(model).info;
    for (const LensInfo& lens : m_host.lenses()) {
        QAction* action = menu.addAction(lensTitle(lens.name));
        action->setToolTip(QString::fromStdString(lens.help));
        if (!checked.empty()) {
            action->setCheckable(true);
            action->setChecked(lens.name == checked);
        }
        if (const auto refusal = info ? notOffered(lens, *info) : std::nullopt) {
            action->setEnabled(false);
            action->setToolTip(QString::fromStdString(toLine(*refusal)));
        }
        connect(action, &QAction::triggered, this, [chosen, name = lens.name] { chosen(name); });
    }
    if (!m_host.lenses().empty()) return;
    menu.addAction(tr("The engine is starting"))->setEnabled(false);
}

void BoardMenus::addModels(QMenu& menu, const std::optional<ModelChoice>& checked, std::function<void(const ModelChoice&)> chosen) {
    std::vector<std::string> listed;
    const auto add = [&](const std::string& reference, const QString& name) {
        if (std::ranges::find(listed, reference) != listed.end()) return;
        listed.push_back(reference);
        QMenu* precisions = menu.addMenu(name);
        for (const Precision precision : {Precision::Auto, Precision::Fp32, Precision::Bf16, Precision::Fp16}) {
            const ModelChoice choice{reference, precision};
            QAction* action = precisions->addAction(nameOf(precision));
            action->setCheckable(checked.has_value());
            action->setChecked(checked == choice);
            connect(action, &QAction::triggered, this, [chosen, choice] { chosen(choice); });
        }
    };
    for (const ModelEntry& entry : m_host.models()) add(referenceOf(entry), QString::fromStdString(entry.name));
    for (const ModelChoice& choice : m_session.models()) add(choice.reference, modelName(choice, m_host));
}

/// An action for each parameter that can be swept; for none of them, nothing.
void BoardMenus::addSweep(QMenu& menu, const Column& column, QPoint position) {
    const LensInfo* lens = lensInfo(m_host, column.lens);
    const LensColumn* owner = findLens(m_session.groups(), column.id.lens);
    if (!lens || !owner) return;
    const auto& info = m_host.modelOf(column.model).info;
    for (const ParameterSpec& declared : lens->parameters) {
        const std::optional<ParameterSpec> here = specFor(declared, info);
        std::vector<Value> values = here ? firstSweep(*here) : std::vector<Value>();
        if (values.size() < 2) continue;
        const ParameterSpec& spec = *here;
        QAction* action = menu.addAction(parameterLabel(spec.name));
        action->setToolTip(QString::fromStdString(spec.help));
        action->setCheckable(true);
        action->setChecked(owner->sweep && owner->sweep->parameter == spec.name);
        connect(action, &QAction::triggered, this, [this, id = column.id.lens, name = spec.name, values] {
            m_session.editColumns(tr("sweep %1").arg(QString::fromStdString(name)), withSweep(m_session.groups(), id, Sweep{.parameter = name, .values = values}));
        });
    }
    if (!owner->sweep) return;
    menu.addSeparator();
    connect(menu.addAction(tr("Edit the Sweep…")), &QAction::triggered, this, [this, id = column.id.lens, position] { Q_EMIT sweepEditRequested(id, position); });
    connect(menu.addAction(tr("End the Sweep")), &QAction::triggered, this, [this, id = column.id.lens] {
        m_session.editColumns(tr("end sweep"), withSweep(m_session.groups(), id, std::nullopt));
    });
}

void BoardMenus::setCompanion(LensColumnId lens, std::optional<Companion> with) {
    m_session.editColumns(tr("compare with"), withCompanion(m_session.groups(), lens, std::move(with)));
}

void BoardMenus::addCompanionModels(QMenu& menu, const Column& column) {
    const LensInfo* lens = lensInfo(m_host, column.lens);
    const LensColumn* owner = findLens(m_session.groups(), column.id.lens);
    if (!lens || !owner || lens->others != Others::Reference) return;
    const Companion now = owner->with.value_or(Companion{});
    QAction* input = menu.addAction(tr("The input"));
    input->setCheckable(true);
    input->setChecked(!owner->with);
    connect(input, &QAction::triggered, this, [this, id = column.id.lens] { setCompanion(id, std::nullopt); });
    for (const ModelChoice& choice : m_session.models()) {
        if (choice == column.model) continue;
        QAction* action = menu.addAction(modelName(choice, m_host) + (choice.precision == Precision::Auto ? QString() : QStringLiteral(", ") + nameOf(choice.precision)));
        action->setCheckable(true);
        action->setChecked(now.model == choice);
        connect(action, &QAction::triggered, this, [this, id = column.id.lens, now, choice] { setCompanion(id, Companion{now.row, choice}); });
    }
}

void BoardMenus::addCompanionImages(QMenu& menu, const Column& column) {
    const LensInfo* lens = lensInfo(m_host, column.lens);
    const LensColumn* owner = findLens(m_session.groups(), column.id.lens);
    if (!lens || !owner || (lens->others != Others::Reference && lens->others != Others::Required)) return;
    const Companion now = owner->with.value_or(Companion{});
    const auto& rows = m_session.rows();
    for (std::size_t i = 0; i < rows.size() && i < kMostImages; ++i) {
        QAction* action = menu.addAction(rows[i].name);
        action->setCheckable(true);
        action->setChecked(now.row == rows[i].id);
        connect(action, &QAction::triggered, this, [this, id = column.id.lens, now, row = rows[i].id] { setCompanion(id, Companion{row, now.model}); });
    }
}

/// What the lens is drawn with besides its own cell, where it takes that.
void BoardMenus::addCompanion(QMenu& menu, const Column& column) {
    const auto add = [&](const QString& title, void (BoardMenus::*fill)(QMenu&, const Column&)) {
        auto* sub = new QMenu(title, &menu);
        (this->*fill)(*sub, column);
        sub->isEmpty() ? delete sub : static_cast<void>(menu.addMenu(sub));
    };
    add(tr("Compare with Model"), &BoardMenus::addCompanionModels);
    add(tr("With Image"), &BoardMenus::addCompanionImages);
}

/// The lenses in place of the one that the column shows.
void BoardMenus::addColumnLenses(QMenu& menu, const Column& column) {
    addLenses(menu, column.model, column.lens, [this, id = column.id.lens](const std::string& name) {
        std::vector<std::string> kept;
        if (const LensInfo* info = lensInfo(m_host, name)) {
            for (const ParameterSpec& spec : info->parameters) kept.push_back(spec.name);
        }
        m_session.editColumns(tr("choose lens"), withLensChanged(m_session.groups(), id, name, kept));
    });
}

void BoardMenus::addReference(QMenu& menu, RowId row, const ColumnId& column) {
    const auto choose = [this](std::optional<ReferencePlace> place) {
        ViewState view = m_session.view();
        view.reference = place;
        m_session.setView(view);
    };
    const auto& now = m_session.view().reference;
    const auto add = [&](const QString& text, const QString& help, std::optional<ReferencePlace> place) {
        QAction* action = menu.addAction(text);
        action->setToolTip(help);
        action->setCheckable(true);
        action->setChecked(now == place);
        connect(action, &QAction::triggered, this, [choose, place, taken = now == place] { choose(taken ? std::nullopt : place); });
    };
    add(tr("Use Column as Reference"), tr("Wipe, flip, onion skin and difference then hold every cell against this column of its own row"), ReferencePlace{column, std::nullopt});
    if (row != RowId{}) add(tr("Use Cell as Reference"), tr("Wipe, flip, onion skin and difference then hold every cell against this one"), ReferencePlace{column, row});
}

void BoardMenus::addColumnActions(QMenu& menu, int index, QPoint position) {
    const Column column = m_session.columns()[index];
    QMenu* lenses = menu.addMenu(tr("Lens"));
    lenses->setToolTipsVisible(true);
    addColumnLenses(*lenses, column);
    QMenu* sweep = menu.addMenu(tr("Sweep"));
    sweep->setToolTipsVisible(true);
    addSweep(*sweep, column, position);
    sweep->menuAction()->setVisible(!sweep->isEmpty());
    addCompanion(menu, column);
    menu.addSeparator();
    connect(menu.addAction(tr("Duplicate Column")), &QAction::triggered, this, [this, id = column.id.lens] {
        m_session.editColumns(tr("duplicate column"), withLensCopied(m_session.groups(), id, m_session.nextLensId()));
    });
    QAction* remove = menu.addAction(tr("Remove Column"));
    remove->setEnabled(lensSpans(m_session.columns()).size() > 1);
    connect(remove, &QAction::triggered, this, [this, id = column.id.lens] { m_session.editColumns(tr("remove column"), withoutLens(m_session.groups(), id)); });
}

void BoardMenus::popUpColumn(int column, QPoint position) {
    if (column < 0 || column >= static_cast<int>(m_session.columns().size())) return;
    QMenu* menu = newMenu();
    addColumnActions(*menu, column, position);
    menu->addSeparator();
    addReference(*menu, RowId{}, m_session.columns()[column].id);
    popUp(menu, position);
}

/// Makes the column of the group current that shows the lens of the token that is looked at; adds one where there is none.
void BoardMenus::showForToken(const Column& column, const std::string& lens) {
    const LensInfo* info = lensInfo(m_host, lens);
    if (!info) return;
    const auto shows = [&](const Column& each) { return each.group == column.group && each.lens == lens && followsToken(*info, each); };
    if (std::ranges::none_of(m_session.columns(), shows)) addLensTo(column.group, lens);
    const auto& columns = m_session.columns();
    const auto shown = std::ranges::find_if(columns, shows);
    if (shown != columns.end()) m_session.setCurrentColumn(static_cast<int>(shown - columns.begin()));
}

void BoardMenus::addTokenActions(QMenu& menu, const Column& column) {
    menu.addActions(m_tokenActions);
    menu.addMenu(tr("This Depth"))->addActions(m_depthActions);
    QMenu* lenses = menu.addMenu(tr("Show for This Token"));
    lenses->setToolTipsVisible(true);
    const auto& model = m_host.modelOf(column.model).info;
    for (const LensInfo& lens : m_host.lenses()) {
        if (!followsToken(lens, Column())) continue;
        QAction* action = lenses->addAction(lensTitle(lens.name));
        action->setToolTip(QString::fromStdString(lens.help));
        if (const auto refusal = model ? notOffered(lens, *model) : std::nullopt) {
            action->setEnabled(false);
            action->setToolTip(QString::fromStdString(toLine(*refusal)));
        }
        connect(action, &QAction::triggered, this, [this, column, name = lens.name] { showForToken(column, name); });
    }
    lenses->menuAction()->setVisible(!lenses->isEmpty());
    menu.addSeparator();
}

void BoardMenus::popUpCell(RowId row, int column, QPoint position, bool onToken) {
    if (!m_session.find(row) || column < 0 || column >= static_cast<int>(m_session.columns().size())) return;
    QMenu* menu = newMenu();
    if (onToken) addTokenActions(*menu, m_session.columns()[column]);
    menu->addActions(m_cellActions);
    menu->addSeparator();
    addReference(*menu, row, m_session.columns()[column].id);
    menu->addSeparator();
    addColumnActions(*menu, column, position);
    menu->addSeparator();
    connect(menu->addAction(tr("Retry")), &QAction::triggered, this, [this, row] { m_board.retry(row); });
    popUp(menu, position);
}

void BoardMenus::popUpGroup(int group, QPoint position) {
    if (group < 0 || group >= static_cast<int>(m_session.groups().size())) return;
    const ModelGroup owner = m_session.groups()[group];
    QMenu* menu = newMenu();
    const ModelChoice model = owner.model.value_or(leadModel(m_session.groups()));
    if (owner.model) {
        QMenu* models = menu->addMenu(tr("Model"));
        addModels(*models, owner.model, [this, group](const ModelChoice& choice) {
            m_session.editColumns(tr("choose model"), withGroupModel(m_session.groups(), group, choice));
        });
    }
    QMenu* lenses = menu->addMenu(tr("Add Lens"));
    lenses->setToolTipsVisible(true);
    addLenses(*lenses, model, {}, [this, group](const std::string& lens) { addLensTo(group, lens); });
    menu->addSeparator();
    connect(menu->addAction(tr("Duplicate Group")), &QAction::triggered, this, [this, group] {
        m_session.editColumns(tr("duplicate columns"), withGroupCopied(m_session.groups(), group, m_session.nextLensId()));
    });
    QAction* remove = menu->addAction(owner.model ? tr("Remove Model from Board") : tr("Remove Group"));
    remove->setEnabled(m_session.groups().size() > 1);
    connect(remove, &QAction::triggered, this, [this, group] { m_session.editColumns(tr("remove columns"), withoutGroup(m_session.groups(), group)); });
    popUp(menu, position);
}

void BoardMenus::popUpImage(RowId row, QPoint position) {
    if (!m_session.find(row)) return;
    QMenu* menu = newMenu();
    connect(menu->addAction(tr("Duplicate Image")), &QAction::triggered, this, [this, row] { m_session.duplicateRows({row}); });
    connect(menu->addAction(tr("Remove Image")), &QAction::triggered, this, [this, row] { m_session.removeRows({row}); });
    connect(menu->addAction(tr("Read Again")), &QAction::triggered, this, [this, row] { m_board.retry(row); });
    menu->addSeparator();
    const int index = m_session.indexOf(row), last = static_cast<int>(m_session.rows().size()) - 1;
    const auto move = [&](const QString& text, int to, bool possible) {
        QAction* action = menu->addAction(text);
        action->setEnabled(possible);
        connect(action, &QAction::triggered, this, [this, row, to] { m_session.moveRow(row, to); });
    };
    move(tr("Move to Start"), 0, index > 0);
    move(tr("Move Back"), index - 1, index > 0);
    move(tr("Move Forward"), index + 1, index < last);
    move(tr("Move to End"), last, index < last);
    popUp(menu, position);
}

void BoardMenus::popUpLenses(LensColumnId lens, QPoint position) {
    const auto column = std::ranges::find_if(m_session.columns(), [lens](const Column& each) { return each.id.lens == lens; });
    if (column == m_session.columns().end()) return;
    QMenu* menu = newMenu();
    addColumnLenses(*menu, *column);
    popUp(menu, position);
}

void BoardMenus::addLensTo(int group, const std::string& lens) {
    m_session.editColumns(tr("add %1").arg(lensTitle(lens)), withLens(m_session.groups(), group, lens, m_session.nextLensId()));
}

void BoardMenus::popUpAddLens(int group, QPoint position) {
    if (group < 0 || group >= static_cast<int>(m_session.groups().size())) return;
    QMenu* menu = newMenu();
    addLenses(*menu, m_session.groups()[group].model.value_or(leadModel(m_session.groups())), {}, [this, group](const std::string& lens) { addLensTo(group, lens); });
    popUp(menu, position);
}

void BoardMenus::fillAddLens(QMenu& menu) {
    const Column& current = m_session.columns()[m_session.currentColumn()];
    addLenses(menu, current.model, {}, [this, group = current.group](const std::string& lens) { addLensTo(group, lens); });
}

void BoardMenus::fillAddModel(QMenu& menu) {
    addModels(menu, std::nullopt, [this](const ModelChoice& choice) { m_session.editColumns(tr("add model"), withModel(m_session.groups(), choice, m_session.nextLensId())); });
}

void BoardMenus::fillSweep(QMenu& menu) {
    addSweep(menu, m_session.columns()[m_session.currentColumn()], m_parent->mapToGlobal(m_parent->rect().center()));
    sayIfEmpty(menu, tr("This lens has nothing to sweep"));
}

void BoardMenus::fillLens(QMenu& menu) {
    addColumnLenses(menu, m_session.columns()[m_session.currentColumn()]);
}

void BoardMenus::fillCompareModel(QMenu& menu) {
    addCompanionModels(menu, m_session.columns()[m_session.currentColumn()]);
    sayIfEmpty(menu, tr("This lens is drawn from its own cell alone"));
}

void BoardMenus::fillCompareImage(QMenu& menu) {
    addCompanionImages(menu, m_session.columns()[m_session.currentColumn()]);
    sayIfEmpty(menu, tr("This lens is drawn from its own cell alone"));
}

void BoardMenus::fillInterpolate(QMenu& menu) {
    qDeleteAll(menu.findChildren<QMenu*>(Qt::FindDirectChildrenOnly));  // clearing a menu leaves those in it
    const Column& column = m_session.columns()[m_session.currentColumn()];
    const LensInfo* lens = lensInfo(m_host, kBlend);
    const auto& info = m_host.modelOf(column.model).info;
    if (!lens || !info) return sayIfEmpty(menu, tr("The model is being opened"));
    if (const auto refusal = notOffered(*lens, *info)) return sayIfEmpty(menu, QString::fromStdString(toLine(*refusal)));
    const auto& groups = m_session.groups();
    const auto group = std::ranges::find_if(groups, [&](const ModelGroup& each) { return each.model == column.model; });
    const auto& rows = m_session.rows();
    for (std::size_t i = 0; group != groups.end() && i < rows.size() && i < kMostImages; ++i) {
        if (rows[i].id == m_session.currentRow()) continue;
        const auto add = [this, index = static_cast<int>(group - groups.begin()), row = rows[i].id] {
            const auto id = LensColumnId{m_session.nextLensId()};
            Groups made = withLens(m_session.groups(), index, kBlend, m_session.nextLensId());
            made = withParameter(std::move(made), {id, 0}, "path", std::string("spherical"));
            made = withCompanion(std::move(made), id, Companion{row, {}});
            m_session.editColumns(tr("interpolate"), withSweep(std::move(made), id, Sweep{.parameter = "amount", .values = sweepValues(0.0, 1.0, m_way, false)}));
        };
        connect(menu.addAction(rows[i].name), &QAction::triggered, this, add);
    }
    if (menu.isEmpty()) return sayIfEmpty(menu, tr("There is no other image: open one more"));
    menu.addSeparator();
    addWay(menu);
}

void BoardMenus::addWay(QMenu& menu) {
    QMenu* counts = menu.addMenu(tr("Pictures on the &Way: %1").arg(m_way));
    for (int count = kFewestOnWay; count <= kMostOnWay; ++count) {
        QAction* action = counts->addAction(QString::number(count));
        action->setCheckable(true);
        action->setChecked(count == m_way);
        connect(action, &QAction::triggered, this, [this, count] {
            m_way = count;
            Q_EMIT wayChosen(count);
        });
    }
}

}  // namespace tessera::ui
