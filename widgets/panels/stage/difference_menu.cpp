// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/difference_menu.h"

#include <QActionGroup>
#include <QCoreApplication>
#include <QMenu>
#include <QToolButton>

#include "workspace/difference_kind.h"

namespace tessera::ui {
namespace {

struct KindWords {
    const char *shown, *brief, *toolTip;
};

QString tr(const char* text) {
    return QCoreApplication::translate("DifferenceMenu", text);
}

KindWords wordsOf(FieldMapping mapping) {
    switch (mapping) {
        case FieldMapping::Signed: return {QT_TRANSLATE_NOOP("DifferenceMenu", "signed"), QT_TRANSLATE_NOOP("DifferenceMenu", "signed"), QT_TRANSLATE_NOOP("DifferenceMenu", "Reconstruction less input, mean of the channels")};
        case FieldMapping::Squared: return {QT_TRANSLATE_NOOP("DifferenceMenu", "squared"), QT_TRANSLATE_NOOP("DifferenceMenu", "sq"), QT_TRANSLATE_NOOP("DifferenceMenu", "Squared error, mean of the channels: what PSNR counts")};
        case FieldMapping::Flip: return {QT_TRANSLATE_NOOP("DifferenceMenu", "FLIP"), QT_TRANSLATE_NOOP("DifferenceMenu", "FLIP"), QT_TRANSLATE_NOOP("DifferenceMenu", "How much a person sees when the two are flipped, 0 to 1")};
        case FieldMapping::Ssim: return {QT_TRANSLATE_NOOP("DifferenceMenu", "SSIM"), QT_TRANSLATE_NOOP("DifferenceMenu", "SSIM"), QT_TRANSLATE_NOOP("DifferenceMenu", "1 − SSIM: how unlike the structure is around each pixel, 0 where it is the same")};
        default: return {QT_TRANSLATE_NOOP("DifferenceMenu", "absolute"), QT_TRANSLATE_NOOP("DifferenceMenu", "abs"), QT_TRANSLATE_NOOP("DifferenceMenu", "Absolute error, mean of the channels")};
    }
}

}  // namespace

QMenu* makeDifferenceMenu(QToolButton& owner, std::function<void(const std::string& kind)> chosen) {
    auto* menu = new QMenu(&owner);
    menu->setLayoutDirection(Qt::LeftToRight);
    menu->setToolTipsVisible(true);
    auto* group = new QActionGroup(menu);
    for (const DifferenceKind& kind : differenceKinds()) {
        const KindWords words = wordsOf(kind.mapping);
        QAction* action = menu->addAction(tr(words.shown));
        action->setToolTip(tr(words.toolTip));
        action->setCheckable(true);
        action->setData(QByteArray(kind.name.data(), qsizetype(kind.name.size())));
        group->addAction(action);
        QObject::connect(action, &QAction::triggered, menu, [chosen, name = std::string(kind.name)] { chosen(name); });
    }
    return menu;
}

void showDifferenceKind(QToolButton& button, const std::string& name, DifferenceWords words) {
    const DifferenceKind& kind = differenceKind(name);
    const KindWords shown = wordsOf(kind.mapping);
    button.setText(words == DifferenceWords::None ? QString() : tr(words == DifferenceWords::Brief ? shown.brief : shown.shown));
    button.setToolButtonStyle(words == DifferenceWords::None ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
    button.setToolTip(tr(shown.toolTip));
    button.setAccessibleName(tr("Kind of difference: %1").arg(tr(shown.shown)));
    for (QAction* action : button.menu()->actions()) action->setChecked(action->data().toByteArray().toStdString() == kind.name);
}

}  // namespace tessera::ui
