// SPDX-License-Identifier: GPL-3.0-or-later
#include "keys_window.h"

#include <QAction>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QVBoxLayout>

#include "panels/command_palette.h"
#include "panels/word_line.h"

namespace tessera::studio {
namespace {

using ui::Word;

constexpr int kKeysWidth = 132, kNameWidth = 176, kLine = 22;

struct Entry {
    QString keys, name;
};

QString allKeys(const QAction& action) {
    QStringList keys;
    for (const QKeySequence& each : action.shortcuts()) keys << each.toString(QKeySequence::NativeText);
    // One spelling of a key is enough.
    while (keys.size() > 2) keys.removeLast();
    return keys.join(QStringLiteral(", "));
}

}  // namespace

KeysWindow::KeysWindow(QWidget* window) : QDialog(window) {
    setWindowTitle(tr("Keys"));
    std::vector<Entry> entries{{tr("wheel"), tr("Zoom at the cursor")}, {tr("drag"), tr("Pan")},           {tr("double click"), tr("Fit")},
                               {tr("click"), tr("Make the cell current")}, {tr("Space, held"), tr("Show the input in every pane")}, {tr("Shift, dropping"), tr("Replace all images")}};
    for (const QAction* action : ui::CommandPalette::actionsOf(window)) {
        const QString keys = allKeys(*action);
        QString name = action->iconText();
        if (action->objectName() == u"undo" || action->objectName() == u"redo") name = action->objectName() == u"undo" ? tr("Undo") : tr("Redo");
        if (!keys.isEmpty()) entries.push_back({keys, name});
    }
    entries.push_back({tr("Ctrl+K"), tr("Search actions")});
    auto* columns = new QHBoxLayout;
    columns->setSpacing(32);
    constexpr int kColumns = 3;
    const std::size_t perColumn = (entries.size() + kColumns - 1) / kColumns;
    for (std::size_t first = 0; first < entries.size(); first += perColumn) {
        auto* column = new QVBoxLayout;
        column->setSpacing(0);
        for (std::size_t i = first; i < std::min(entries.size(), first + perColumn); ++i) {
            auto* line = new QHBoxLayout;
            line->setSpacing(12);
            auto* keys = new ui::WordLine(this);
            keys->setWords({{entries[i].keys, Word::Role::Value}});
            keys->setAlignment(Qt::AlignRight);
            keys->setFixedSize(kKeysWidth, kLine);
            auto* name = new ui::WordLine(this);
            name->setWords({{entries[i].name, Word::Role::Second}});
            name->setFixedSize(kNameWidth, kLine);
            line->addWidget(keys);
            line->addWidget(name);
            column->addLayout(line);
        }
        column->addStretch(1);
        columns->addLayout(column);
    }
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 24, 24, 24);
    layout->setSpacing(16);
    auto* heading = new QLabel(tr("Keys"), this);
    heading->setProperty("role", "heading");
    layout->addWidget(heading);
    layout->addLayout(columns);
    layout->setSizeConstraint(QLayout::SetFixedSize);
}

}  // namespace tessera::studio
