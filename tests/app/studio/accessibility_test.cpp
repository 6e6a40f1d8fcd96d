// SPDX-License-Identifier: GPL-3.0-or-later
// The studio as assistive technology finds it: names on everything, the board as a table, and a sensible way with Tab.
#include <fstream>
#include <set>

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAccessible>
#include <QApplication>
#include <QDockWidget>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMenuBar>
#include <QStatusBar>
#include <QToolBar>

#include "incoming_files.h"
#include "keys_window.h"
#include "panels/banner.h"
#include "panels/command_palette.h"
#include "panels/strip.h"
#include "studio_window.h"
#include "workspace/column_edits.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

struct Heard {
    QAccessible::Event what;
    QAccessible::Role role;
    std::string name;
};
std::vector<Heard>* g_heard = nullptr;

/// Everything that assistive technology is told while this lives.
class Listener {
public:
    Listener() {
        setReaderActive(true);
        g_heard = &heard;
        m_before = QAccessible::installUpdateHandler([](QAccessibleEvent* event) {
            QAccessibleInterface* what = event->accessibleInterface();
            if (what && what->isValid()) g_heard->push_back({event->type(), what->role(), what->text(QAccessible::Name).toStdString()});
        });
    }
    ~Listener() {
        QAccessible::installUpdateHandler(m_before);
        g_heard = nullptr;
        setReaderActive(false);
    }
    /// The names of the cells that were told of in this way, in order.
    std::vector<std::string> cells(QAccessible::Event what) const {
        std::vector<std::string> names;
        for (const Heard& each : heard) {
            if (each.what == what && each.role == QAccessible::Cell) names.push_back(each.name);
        }
        return names;
    }
    int changesOfTheStage() const {
        return static_cast<int>(std::ranges::count_if(heard, [](const Heard& each) { return each.what == QAccessible::TableModelChanged && each.name == "Stage"; }));
    }
    std::vector<Heard> heard;

private:
    QAccessible::UpdateHandler m_before;
};

class StudioAccessibility : public StudioWindow {
protected:
    void openWithRows(int count, bool engine = true) {
        open({}, engine);
        QStringList paths;
        for (int i = 0; i < count; ++i) paths << QString::fromStdString(writeQuadrants(folder, "image" + std::to_string(i) + ".png"));
        dropFiles(paths);
        stage().setFocus();
    }
    QAccessibleInterface* told() { return QAccessible::queryAccessibleInterface(&stage()); }
    QAccessibleTableInterface* table() { return told()->tableInterface(); }
    std::string nameAt(int row, int column) {
        QAccessibleInterface* cell = table()->cellAt(row, column);
        return cell ? cell->text(QAccessible::Name).toStdString() : "no cell";
    }
    /// What can be seen and takes the keyboard, or is a button, but has no name.
    static std::string nameless() {
        std::string found;
        for (QWidget* widget : QApplication::allWidgets()) {
            if (!widget->isVisible()) continue;
            const bool asked = widget->focusPolicy() != Qt::NoFocus || qobject_cast<QAbstractButton*>(widget);
            // The outer widget speaks for what Qt puts into it.
            if (!asked || widget->focusProxy() || widget->objectName().startsWith(u"qt_")) continue;
            QAccessibleInterface* told = QAccessible::queryAccessibleInterface(widget);
            if (told && !told->text(QAccessible::Name).isEmpty()) continue;
            found += std::string(widget->metaObject()->className()) + " \"" + widget->objectName().toStdString() + "\" in";
            for (const QWidget* step = widget->parentWidget(); step; step = step->parentWidget()) found += std::string(" ") + step->metaObject()->className();
            found += '\n';
        }
        return found;
    }
    QWidget* popup() {
        settle(50);
        return QApplication::activePopupWidget();
    }
};

TEST_F(StudioAccessibility, EverythingThatTakesTheKeyboardHasANameWhenEmpty) {
    open({}, true);
    EXPECT_EQ(nameless(), "");
    for (QAction* panel : window().docks().actions()) {
        panel->trigger();
        settle(20);
        EXPECT_EQ(nameless(), "") << panel->objectName().toStdString();
    }
}

TEST_F(StudioAccessibility, EverythingThatTakesTheKeyboardHasANameOnABoard) {
    openWithRows(2);
    ASSERT_TRUE(waitForRow());
    session().setWorkspace(ui::WorkspaceKind::Compare);
    session().editColumns(QStringLiteral("add"), ui::withLens(session().groups(), 1, "perturbed", session().nextLensId()));
    session().setCurrentColumn(static_cast<int>(session().columns().size()) - 1);
    ASSERT_TRUE(waitForRow());
    for (const QAction* panel : window().docks().actions()) {
        auto* dock = qobject_cast<QDockWidget*>(panel->parent());
        if (dock) dock->show();
        if (!panel->isChecked()) const_cast<QAction*>(panel)->trigger();
        settle(20);
        EXPECT_EQ(nameless(), "") << panel->objectName().toStdString();
    }
    for (const bool transposed : {false, true}) {
        session().setBoardForm({.grid = true, .transposed = transposed});
        settle(50);
        EXPECT_EQ(nameless(), "") << transposed;
    }
    for (const canvas::Compare mode : {canvas::Compare::Wipe, canvas::Compare::Onion, canvas::Compare::Difference}) {
        ui::ViewState view = session().view();
        view.compare = mode;
        session().setView(view);
        settle(20);
        EXPECT_EQ(nameless(), "") << int(mode);
    }
}

TEST_F(StudioAccessibility, EverythingThatTakesTheKeyboardHasANameInATraining) {
    open({}, false);
    press(Qt::Key_7, Qt::ControlModifier);
    EXPECT_EQ(nameless(), "") << "without a run";
    std::filesystem::create_directories(folder / "run/samples");
    std::ofstream(folder / "run/recipe.json") << R"({"recipe": "autoencoder", "hash": "0", "steps": 40, "file": "/x.toml"})";
    std::ofstream(folder / "run/log.csv") << "4,1e-3,1,0.5,total,0.5\n8,1e-3,1,0.5,total,0.25\n8,1e-3,1,0.5,held_out.psnr,20\n";
    std::ofstream(folder / "run/messages.txt") << "step 8 of 40\n";
    std::filesystem::copy_file(writeQuadrants(folder, "a.png"), folder / "run/samples/step-0000008.png");
    window().incoming().takePaths({QString::fromStdString(folder / "run")});
    ASSERT_TRUE(waitUntil([this] { return document->training.now().log->latest().has_value(); }, 10));
    settle(100);
    EXPECT_EQ(nameless(), "");
    for (const char* name : {"losses", "figures"}) {
        const QWidget* plot = window().findChild<QWidget*>(QLatin1String(name));
        EXPECT_TRUE(plot->isVisible()) << name;
        EXPECT_FALSE(plot->accessibleName().isEmpty()) << name;
    }
}

TEST_F(StudioAccessibility, EverythingThatTakesTheKeyboardHasANameInPopupsAndDialogs) {
    openWithRows(1);
    ASSERT_TRUE(waitForRow());
    press(Qt::Key_K, Qt::ControlModifier);
    EXPECT_EQ(nameless(), "") << "palette";
    window().palette().hide();
    actions().keys->trigger();
    settle(50);
    EXPECT_EQ(nameless(), "") << "keys";
    auto* keys = window().findChild<studio::KeysWindow*>();
    auto* tree = keys->findChild<QAbstractItemView*>();
    activate(*keys);
    tree->setFocus();
    tree->setCurrentIndex(tree->model()->index(0, 1, tree->model()->index(0, 0)));
    press(Qt::Key_Return);
    EXPECT_EQ(nameless(), "") << "recording";
    keys->close();
    activate(window());
    for (QAction* action : {actions().about, actions().exportPicture}) {
        ASSERT_TRUE(action->isEnabled()) << action->objectName().toStdString();
        action->trigger();
        settle(100);
        EXPECT_EQ(nameless(), "") << action->objectName().toStdString();
        QWidget* dialog = QApplication::activeModalWidget();
        ASSERT_NE(dialog, nullptr);
        dialog->close();
        settle(20);
    }
}

TEST_F(StudioAccessibility, EverythingThatTakesTheKeyboardHasANameWhenThingsFail) {
    std::ofstream(folder / "broken.png") << "no picture";
    open({}, true);
    dropFiles({QString::fromStdString(folder / "broken.png")});
    ASSERT_TRUE(waitForRow());
    settle(50);
    EXPECT_EQ(nameless(), "");
    stage().setFocus();
    session().setCurrentColumn(0);
    press(Qt::Key_Return);
    settle(50);
    EXPECT_EQ(nameless(), "") << "details";
    if (QWidget* details = popup()) details->close();
    window().banner().tell(ui::Banner::Kind::Error, QStringLiteral("The model was not opened"), QStringLiteral("Retry"), [] {}, QStringLiteral("details"));
    settle(20);
    EXPECT_EQ(nameless(), "") << "banner";
}

TEST_F(StudioAccessibility, TheStageIsATableOfImagesAndColumns) {
    openWithRows(3);
    ASSERT_TRUE(waitForRow());
    ASSERT_NE(table(), nullptr);
    EXPECT_EQ(told()->role(), QAccessible::Table);
    EXPECT_EQ(table()->rowCount(), 3);
    EXPECT_EQ(table()->columnCount(), int(session().columns().size()));
    EXPECT_EQ(table()->columnDescription(1), QStringLiteral("reconstruction of mini-autoencoder"));
    EXPECT_EQ(table()->rowDescription(0), QStringLiteral("image0.png, PNG, 256 × 256 px"));
    EXPECT_THAT(nameAt(0, 1), MatchesRegex("row 1 of 3, image0.png; column 2, reconstruction of mini-autoencoder; [0-9.]+ dB, SSIM [0-9.]+"));
    EXPECT_THAT(nameAt(0, 0), HasSubstr("row 1 of 3, image0.png; column 1, input"));
    // The others are off the screen, and nobody has asked the engine for them yet.
    EXPECT_THAT(nameAt(2, 1), HasSubstr("row 3 of 3, image2.png; column 2, reconstruction of mini-autoencoder"));
    EXPECT_TRUE(table()->cellAt(2, 1)->state().offscreen);
    EXPECT_TRUE(table()->cellAt(2, 1)->rect().isNull());
    EXPECT_EQ(table()->cellAt(3, 0), nullptr);
    EXPECT_EQ(table()->cellAt(0, 99), nullptr);

    QAccessibleInterface* cell = table()->cellAt(0, 1);
    EXPECT_EQ(cell->role(), QAccessible::Cell);
    EXPECT_EQ(cell->parent(), told());
    EXPECT_EQ(table()->cellAt(0, 1), cell) << "the same cell is the same object";
    ASSERT_NE(cell->tableCellInterface(), nullptr);
    EXPECT_EQ(cell->tableCellInterface()->rowIndex(), 0);
    EXPECT_EQ(cell->tableCellInterface()->columnIndex(), 1);
    ASSERT_EQ(cell->tableCellInterface()->columnHeaderCells().size(), 1);
    EXPECT_EQ(cell->tableCellInterface()->columnHeaderCells().first()->text(QAccessible::Name), table()->columnDescription(1));
    EXPECT_EQ(cell->tableCellInterface()->rowHeaderCells().first()->text(QAccessible::Name), table()->rowDescription(0));
    EXPECT_EQ(cell->rect().topLeft(), stage().mapToGlobal(stage().cellBody(1).topLeft()));
    EXPECT_EQ(told()->childAt(cell->rect().center().x(), cell->rect().center().y()), cell);
    EXPECT_EQ(table()->selectedCells(), QList<QAccessibleInterface*>{table()->cellAt(0, session().currentColumn())});
}

TEST_F(StudioAccessibility, ChildrenOfTheStageKnowTheirPlace) {
    openWithRows(3);
    ASSERT_TRUE(waitForRow());
    std::set<const QAccessibleInterface*> cells;
    for (int i = 0; i < told()->childCount(); ++i) {
        QAccessibleInterface* child = told()->child(i);
        ASSERT_NE(child, nullptr) << i;
        EXPECT_TRUE(child->isValid()) << i;
        EXPECT_EQ(told()->indexOfChild(child), i) << child->text(QAccessible::Name).toStdString();
        EXPECT_FALSE(child->role() == QAccessible::Cell && child->text(QAccessible::Name).isEmpty());
        if (child->role() == QAccessible::Cell) cells.insert(child);
    }
    EXPECT_EQ(cells.size(), 3 * session().columns().size());
    // What has the keyboard is found from the top.
    stage().setFocus();
    EXPECT_EQ(told()->focusChild(), table()->cellAt(0, session().currentColumn()));
}

TEST_F(StudioAccessibility, FailedAndWaitingCellsSaySo) {
    std::ofstream(folder / "broken.png") << "no picture";
    open({}, true);
    dropFiles({QString::fromStdString(folder / "broken.png"), QString::fromStdString(writeQuadrants(folder, "fine.png"))});
    ASSERT_TRUE(waitForRow());
    EXPECT_THAT(nameAt(0, 0), MatchesRegex("row 1 of 2, broken.png; column 1, input; .*(not|cannot|no ).*"));
    close();
    document = std::make_unique<studio::Document>();
    const Environment none("TESSERA_ENGINE", "/nowhere/libtessera_engine.so");
    open({}, false);
    dropFiles({QString::fromStdString(folder / "fine.png")});
    waitUntil([&] { return document->host.error().has_value(); }, 10);
    settle(50);
    EXPECT_THAT(nameAt(0, 0), HasSubstr("row 1 of 1, fine.png; column 1, input; "));
}

TEST_F(StudioAccessibility, ArrowsMoveTheFocusedCellAndSaySo) {
    openWithRows(2);
    ASSERT_TRUE(waitForRow());
    session().setCurrentColumn(0);
    settle(50);
    const Listener listener;
    press(Qt::Key_Right);
    const auto focused = listener.cells(QAccessible::Focus);
    ASSERT_FALSE(focused.empty());
    EXPECT_THAT(focused.back(), HasSubstr("row 1 of 2, image0.png; column 2, reconstruction"));
    EXPECT_EQ(listener.cells(QAccessible::Selection).back(), focused.back());
    EXPECT_EQ(told()->focusChild(), table()->cellAt(0, 1));
    EXPECT_TRUE(table()->cellAt(0, 1)->state().focused);
    EXPECT_FALSE(table()->cellAt(0, 0)->state().focused);
    press(Qt::Key_End);
    EXPECT_THAT(listener.cells(QAccessible::Focus).back(), HasSubstr("row 2 of 2, image1.png; column 2"));
}

TEST_F(StudioAccessibility, ResultsRenameTheCurrentCell) {
    openWithRows(1);
    ASSERT_TRUE(waitForRow());
    session().setCurrentColumn(1);
    const Listener listener;
    const std::string before = nameAt(0, 1);
    session().setParameter(-1, "size", Value(std::int64_t(128)));
    ASSERT_TRUE(waitForRow());
    settle(50);
    const auto renamed = listener.cells(QAccessible::NameChanged);
    ASSERT_FALSE(renamed.empty());
    EXPECT_EQ(renamed.back(), nameAt(0, 1));
    EXPECT_THAT(renamed.back(), MatchesRegex(".*; [0-9.∞]+ dB, SSIM [0-9.]+"));
    EXPECT_THAT(before, HasSubstr("dB"));
}

TEST_F(StudioAccessibility, RowsAndColumnsThatComeAndGoAreTold) {
    openWithRows(2);
    ASSERT_TRUE(waitForRow());
    const Listener listener;
    dropFiles({QString::fromStdString(writeQuadrants(folder, "more.png"))});
    settle(20);
    EXPECT_EQ(listener.changesOfTheStage(), 1);
    EXPECT_EQ(table()->rowCount(), 3);
    session().editColumns(QStringLiteral("remove"), ui::withoutLens(session().groups(), session().columns()[2].id.lens));
    EXPECT_EQ(listener.changesOfTheStage(), 2);
    EXPECT_EQ(table()->columnCount(), int(session().columns().size()));
    std::vector<ui::RowId> all;
    for (const ui::Row& row : session().rows()) all.push_back(row.id);
    session().removeRows(all);
    settle(20);
    EXPECT_EQ(table(), nullptr) << "without images the stage is its empty state";
    EXPECT_GT(told()->childCount(), 0);
}

TEST_F(StudioAccessibility, CellsCanBePressedAndAskedForTheirMenu) {
    openWithRows(3);
    ASSERT_TRUE(waitForRow());
    QAccessibleInterface* cell = table()->cellAt(2, 0);
    cell->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    EXPECT_EQ(session().indexOf(session().currentRow()), 2);
    EXPECT_EQ(session().currentColumn(), 0);
    EXPECT_TRUE(stage().hasFocus());
    cell->actionInterface()->doAction(QAccessibleActionInterface::showMenuAction());
    auto* menu = qobject_cast<QMenu*>(popup());
    ASSERT_NE(menu, nullptr);
    EXPECT_TRUE(menu->actions().contains(actions().copyPicture));
    menu->close();
    settle(300);  // what the window system has to say of the menu that went would close the next one
    activate(window());
    stage().setFocus();
    ASSERT_EQ(QApplication::focusWidget(), &stage());
    ASSERT_EQ(QApplication::focusWindow(), window().windowHandle());
    press(Qt::Key_F10, Qt::ShiftModifier);
    menu = qobject_cast<QMenu*>(popup());
    ASSERT_NE(menu, nullptr) << "Shift+F10";
    menu->close();
}

TEST_F(StudioAccessibility, ATransposedBoardKeepsImagesAsRowsAndSaysHowItLies) {
    openWithRows(2);
    ASSERT_TRUE(waitForRow());
    session().setBoardForm({.grid = true, .transposed = true});
    settle(50);
    EXPECT_EQ(table()->rowCount(), 2);
    EXPECT_THAT(nameAt(1, 1), HasSubstr("row 2 of 2, image1.png; column 2, reconstruction"));
    EXPECT_THAT(told()->text(QAccessible::Description).toStdString(), HasSubstr("images run across and columns downwards"));
    EXPECT_LT(table()->cellAt(0, 0)->rect().top(), table()->cellAt(0, 1)->rect().top());
}

TEST_F(StudioAccessibility, AThousandImagesAreAllCells) {
    open({}, false);
    std::vector<SourceRequest> requests(1000);
    for (std::size_t i = 0; i < requests.size(); ++i) requests[i].path = folder / ("none" + std::to_string(i) + ".png");
    session().addRows(std::move(requests));
    settle(50);
    EXPECT_EQ(table()->rowCount(), 1000);
    EXPECT_THAT(nameAt(999, 0), HasSubstr("row 1000 of 1000, none999.png; column 1, input"));
    const int columns = table()->columnCount();
    QAccessibleInterface* last = told()->child(columns + 1000 * (columns + 1) - 1);
    ASSERT_NE(last, nullptr);
    EXPECT_EQ(last, table()->cellAt(999, columns - 1));
}

TEST_F(StudioAccessibility, ThePaletteTellsWhatItHasChosen) {
    open({}, false);
    press(Qt::Key_K, Qt::ControlModifier);
    const Listener listener;
    QKeyEvent down(QEvent::KeyPress, Qt::Key_Down, Qt::NoModifier);
    QApplication::sendEvent(window().palette().findChild<QLineEdit*>(), &down);
    const auto* list = window().palette().findChild<QListView*>();
    ASSERT_EQ(list->currentIndex().row(), 1);
    ASSERT_FALSE(listener.heard.empty());
    EXPECT_EQ(listener.heard.back().what, QAccessible::Focus);
    EXPECT_EQ(listener.heard.back().name, list->currentIndex().data(Qt::AccessibleTextRole).toString().toStdString());
    window().palette().hide();
}

/// Which part of the window a widget belongs to.
std::string partOf(const QWidget* widget, const QWidget& window, const ui::StageView& stage) {
    for (const QWidget* step = widget; step && step != &window; step = step->parentWidget()) {
        if (step == &stage) return "stage";
        if (qobject_cast<const ui::Strip*>(step)) return "strip";
        if (qobject_cast<const QMenuBar*>(step)) return "menu";
        if (qobject_cast<const QToolBar*>(step)) return "tools";
        if (qobject_cast<const QStatusBar*>(step)) return "status";
        if (qobject_cast<const QDockWidget*>(step)) return step->objectName().toStdString();
    }
    return "elsewhere";
}

TEST_F(StudioAccessibility, TabGoesThroughTheWindowPartByPartAndComesBack) {
    openWithRows(2);
    ASSERT_TRUE(waitForRow());
    session().setBoardForm({.grid = true});
    // A header that was made last does not come last.
    session().editColumns(QStringLiteral("add"), ui::withLens(session().groups(), 1, "spectrum", session().nextLensId()));
    settle(50);
    window().menuBar()->cornerWidget()->setFocus();
    const QWidget* start = QApplication::focusWidget();
    std::vector<std::string> parts;
    std::vector<const QWidget*> order;
    for (int i = 0; i < 200; ++i) {
        const QWidget* now = QApplication::focusWidget();
        ASSERT_NE(now, nullptr);
        order.push_back(now);
        const std::string part = partOf(now, window(), stage());
        if (parts.empty() || parts.back() != part) parts.push_back(part);
        press(Qt::Key_Tab);
        if (QApplication::focusWidget() == start) break;
    }
    EXPECT_EQ(QApplication::focusWidget(), start) << "it comes back to where it began";
    const std::vector<std::string> wanted{"menu", "tools", "images", "models", "stage", "strip", "inspector", "adjust", "metrics"};
    parts.erase(std::remove(parts.begin(), parts.end(), "status"), parts.end());
    EXPECT_EQ(parts, wanted);
    EXPECT_NE(std::ranges::find(order, static_cast<const QWidget*>(&stage())), order.end());
    // Backwards the same way.
    press(Qt::Key_Backtab, Qt::ShiftModifier);
    EXPECT_EQ(QApplication::focusWidget(), order.back());
    press(Qt::Key_Backtab, Qt::ShiftModifier);
    EXPECT_EQ(QApplication::focusWidget(), order[order.size() - 2]);
}

}  // namespace
}  // namespace tessera::test
