// SPDX-License-Identifier: GPL-3.0-or-later
#include <QHash>
#include <QString>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

// @name is a colour of Tokens, %N the N px text size after scaling.
constexpr const char* kSheet = R"(
QMainWindow, QMenuBar, QToolBar, QStatusBar, QWidget#strip, QWidget#tokenBar { background: @window; }
QMainWindow::separator { background: @separator; width: 4px; height: 4px; }
QMainWindow::separator:hover { background: @accent; }

QMenuBar { min-height: 28px; max-height: 28px; border: none; padding: 0 4px; }
QMenuBar::item { padding: 0 9px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: @hover; }
QMenu { background: @dock; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 28px; border-radius: 4px; }
QMenu::item:selected { background: @selection; color: @onSelection; }
QMenu::item:disabled { color: @disabled; background: transparent; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QMenu::indicator { width: 14px; height: 14px; left: 7px; }
QMenu::indicator:checked { image: url(:/icons/check-@tone.svg); }

QToolBar { border: none; border-bottom: 1px solid @separator; padding: 0 8px; spacing: 4px; min-height: 39px; max-height: 39px; }
QToolBar::separator { background: @line; width: 1px; margin: 10px 8px; }
QToolButton { border: 1px solid transparent; border-radius: 4px; background: transparent; padding: 0; min-width: 26px; min-height: 26px; }
QToolButton:hover { background: @hover; }
QToolButton:pressed { background: @softSelection; }
QToolButton:checked { background: @softSelection; border-color: @accent; }
QToolButton:focus { border: 1px solid @accent; }
QToolButton::menu-indicator { image: none; }
QToolButton[small="true"] { min-width: 22px; min-height: 22px; }
QToolButton[header="true"] { border: 1px solid transparent; border-radius: 2px; min-height: 18px; min-width: 0; padding: 0 4px; color: @second; font-size: %12px; }
QToolButton[header="true"]:hover { color: @text; }
QToolButton[choice="true"] { background: @base; border-color: @edge; padding: 0 6px; font-size: %12px; }
QToolButton[choice="true"]:hover { background: @hover; }
QToolButton[choice="true"]:checked { background: @softSelection; border-color: @accent; }
QToolButton[workspace="true"] { padding: 0 11px; color: @second; font-size: %13px; }
QToolButton[workspace="true"]:hover { color: @text; }
QToolButton[workspace="true"]:checked { background: @selection; color: @onSelection; border-color: @selection; font-weight: 500; }

QDockWidget { background: @dock; }
QDockWidget > QWidget { background: @dock; }
QWidget#dockTitle { background: @dockTitle; border-bottom: 1px solid @separator; }
QLabel[role="strong"] { font-weight: 500; }
QLabel[role="second"] { color: @second; }
QLabel[role="table"] { font-size: %12px; }
QLabel[role="secondTable"] { color: @second; font-size: %12px; }
QLabel[role="heading"] { font-size: %15px; font-weight: 500; }
QLabel[role="title"] { font-size: %20px; font-weight: 500; }
QLabel[role="errorTable"] { color: @error; font-size: %12px; }

QStatusBar { border-top: 1px solid @separator; min-height: 23px; max-height: 23px; font-size: %12px; }
QStatusBar::item { border: none; }
QStatusBar QLabel { font-size: %12px; padding: 0; }
QStatusBar QToolButton { font-size: %12px; min-height: 18px; max-height: 18px; padding: 0 6px; }
QStatusBar QToolButton[small="true"] { min-width: 18px; min-height: 18px; padding: 0; }

QLineEdit, QAbstractSpinBox, QComboBox { background: @base; color: @text; border: 1px solid @edge; border-radius: 4px; min-height: 26px; padding: 0 7px; selection-background-color: @selection; selection-color: @onSelection; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus { border: 2px solid @accent; min-height: 24px; padding: 0 6px; }
QPlainTextEdit[field="true"] { background: @base; color: @text; border: 1px solid @edge; border-radius: 4px; padding: 2px 4px; selection-background-color: @selection; selection-color: @onSelection; }
QPlainTextEdit[field="true"]:focus { border: 2px solid @accent; padding: 1px 3px; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: @disabled; border-color: @line; background: transparent; }
QLineEdit QToolButton { border: none; min-width: 0; min-height: 0; }
QAbstractSpinBox QLineEdit { border: none; min-height: 0; padding: 0; background: transparent; }
QComboBox { background: @button; }
QComboBox:hover { background: @hover; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url(:/icons/chevron-down-@tone.svg); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: @dock; border: 1px solid @line; padding: 4px; outline: none; }
QComboBox QAbstractItemView::item { min-height: 26px; padding: 0 8px; border-radius: 4px; }
QComboBox QAbstractItemView::item:selected { background: @selection; color: @onSelection; }
QWidget#tokenBar { border-bottom: 1px solid @separator; }
QFrame#codeField { background: @dock; border: 1px solid @edge; border-radius: 4px; }
QWidget#strip QLineEdit, QWidget#strip QAbstractSpinBox, QWidget#strip QComboBox { min-height: 22px; font-size: %12px; }
QWidget#strip QLineEdit:focus, QWidget#strip QAbstractSpinBox:focus, QWidget#strip QComboBox:focus { min-height: 20px; }
QWidget#strip QLabel { font-size: %12px; color: @second; }
QWidget#strip QToolButton { min-width: 22px; min-height: 22px; }
QWidget#strip QToolButton[choice="true"] { min-width: %72px; }

QSlider { min-height: 24px; }
QSlider::groove:horizontal { height: 4px; background: @edge; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: @text; }
QSlider::handle:horizontal:focus { border: 2px solid @accent; width: 10px; height: 10px; }
QSlider::sub-page:horizontal:disabled, QSlider::groove:horizontal:disabled { background: @line; }
QSlider::handle:horizontal:disabled { background: @disabled; }

QCheckBox { spacing: 8px; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid @edge; border-radius: 3px; background: @base; }
QCheckBox::indicator:checked { background: @selection; border-color: @selection; image: url(:/icons/check-white.svg); }
QCheckBox::indicator:focus { border: 2px solid @accent; width: 12px; height: 12px; }

QAbstractItemView { background: @dock; border: none; outline: none; selection-background-color: @selection; selection-color: @onSelection; }
QTableView { background: @base; alternate-background-color: @alternate; gridline-color: transparent; font-size: %12px; }
QTableView::item { padding: 0 8px; }
QHeaderView { background: @header; }
QHeaderView::section { background: @header; color: @second; border: none; border-right: 1px solid @line; border-bottom: 1px solid @line; padding: 0 8px; font-size: %12px; min-height: 23px; }
QHeaderView[compact="true"]::section { padding: 0 4px; }
QHeaderView::up-arrow, QHeaderView::down-arrow { subcontrol-origin: border; subcontrol-position: top center; width: 8px; height: 6px; }
QHeaderView::section:last { border-right: none; }
QTableCornerButton::section { background: @header; border: none; }

QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: @edge; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }

QToolTip { background: @dockTitle; color: @text; border: 1px solid @edge; padding: 4px 6px; font-size: %12px; }
QTabBar { background: @dockTitle; qproperty-drawBase: 0; }
QTabBar::tab { background: @dockTitle; color: @second; padding: 4px 12px 3px 12px; border: none; border-bottom: 2px solid transparent; min-height: 19px; max-height: 19px; }
QTabBar::tab:selected { color: @text; font-weight: 500; background: @dock; border-bottom: 2px solid @accent; }
QTabBar::tab:hover { color: @text; }
QFrame[role="rule"] { background: @line; border: none; }
QFrame[role="details"] { background: @base; border-radius: 4px; }
)";

QHash<QString, QColor> named(const Tokens& t) {
    return {{"canvas", t.canvas},       {"window", t.window},       {"dock", t.dock},
            {"dockTitle", t.dockTitle}, {"base", t.base},           {"alternate", t.alternate},
            {"header", t.header},       {"caption", t.caption},     {"button", t.button},
            {"hover", t.hover},         {"line", t.line},           {"separator", t.separator},
            {"edge", t.edge},           {"text", t.text},           {"second", t.second},
            {"disabled", t.disabled},   {"accent", t.accent},       {"selection", t.selection},
            {"onSelection", t.onSelection}, {"softSelection", t.softSelection}, {"error", t.error},
            {"warning", t.warning},     {"good", t.good}};
}

}  // namespace

QString styleSheetOf(const Tokens& tokens, const Theme& theme) {
    const QHash<QString, QColor> colours = named(tokens);
    const QString source = QString::fromLatin1(kSheet);
    QString sheet;
    sheet.reserve(source.size() + 512);
    for (qsizetype i = 0; i < source.size(); ++i) {
        const QChar c = source[i];
        if (c != u'@' && c != u'%') {
            sheet += c;
            continue;
        }
        qsizetype end = i + 1;
        while (end < source.size() && (c == u'@' ? source[end].isLetter() : source[end].isDigit())) ++end;
        const QString name = source.mid(i + 1, end - i - 1);
        if (c == u'%') {
            sheet += QString::number(theme.pixels(static_cast<TextSize>(name.toInt())));
        } else if (name == u"tone") {
            sheet += theme.isDark() ? QStringLiteral("dark") : QStringLiteral("light");
        } else {
            Q_ASSERT(colours.contains(name));
            sheet += colours.value(name).name();
        }
        i = end - 1;
    }
    return sheet;
}

}  // namespace tessera::ui
