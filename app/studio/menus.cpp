// SPDX-License-Identifier: GPL-3.0-or-later
#include <QMenu>
#include <QMenuBar>

#include "actions.h"

namespace tessera::studio {

void fillMenuBar(QMenuBar& bar, Actions& a, const QList<QAction*>& panels, const std::function<void(QMenu&)>& boardMenus, const std::function<void(QMenu&)>& recentMenu) {
    const auto subMenu = [](QMenu* menu, const QString& title, const QList<QAction*>& entries) {
        QMenu* sub = menu->addMenu(title);
        sub->addActions(entries);
        return sub;
    };

    QMenu* file = bar.addMenu(Actions::tr("&File"));
    file->addActions({a.newSession, a.openImages, a.openFolder, a.openModel});
    QMenu* recent = file->addMenu(Actions::tr("Open &Recent"));
    recent->setToolTipsVisible(true);
    QObject::connect(recent, &QMenu::aboutToShow, &a, [recent, recentMenu] { recentMenu(*recent); });
    file->addSeparator();
    file->addActions({a.saveSession, a.saveSessionAs, a.exportPicture, a.exportTokens, a.exportSheet, a.exportMetrics});
    file->addSeparator();
    file->addAction(a.quit);

    QMenu* edit = bar.addMenu(Actions::tr("&Edit"));
    edit->addActions({a.undo, a.redo});
    edit->addSeparator();
    edit->addActions({a.paste, a.copyPicture, a.copyValues, a.copyMetrics, a.copyLog, a.copyCommand, a.copyPython});
    edit->addSeparator();
    edit->addAction(a.removeImage);

    QMenu* view = bar.addMenu(Actions::tr("&View"));
    view->addActions({a.fit, a.actualSize, a.zoomIn, a.zoomOut, a.resetView});
    subMenu(view, Actions::tr("Mo&ve"), {a.panLeft, a.panDown, a.panUp, a.panRight});
    view->addActions({a.playClips, a.previousFrame, a.nextFrame});
    view->addSeparator();
    subMenu(view, Actions::tr("&Sampling"), a.samplings->actions());
    view->addActions({a.values, a.pixelGrid, a.exposureUp, a.exposureDown, a.gainUp, a.gainDown, a.logarithmic, a.clipping, a.pin});
    view->addSeparator();
    subMenu(view, Actions::tr("&Workspace"), a.workspaces->actions());
    view->addActions({a.grid, a.transpose, a.largerCells, a.smallerCells});
    view->addSeparator();
    subMenu(view, Actions::tr("&Panels"), panels);
    view->addAction(a.resetLayout);
    subMenu(view, Actions::tr("&Theme"), a.themes->actions());
    view->addSeparator();
    view->addActions({a.fullScreen, a.hud});

    QMenu* image = bar.addMenu(Actions::tr("&Image"));
    image->addActions({a.previousImage, a.nextImage, a.firstImage, a.lastImage});
    image->addSeparator();
    image->addActions({a.moveImageBack, a.moveImageForward, a.duplicateImage});
    image->addSeparator();
    image->addActions({a.retry, a.removeImage});

    QMenu* tokens = bar.addMenu(Actions::tr("To&kens"));
    tokens->addAction(a.tokenOverlay);
    tokens->addActions(a.tokenTools->actions());
    tokens->addSeparator();
    tokens->addActions({a.chooseAllTokens, a.chooseSameCode, a.shallowerDepth, a.deeperDepth});
    tokens->addSeparator();
    tokens->addActions({a.copyTokens, a.pasteTokens, a.typeCode, a.dropCode, a.randomCode, a.swapTokens, a.shuffleTokens});
    tokens->addSeparator();
    tokens->addActions({a.applyTokens, a.exportTokens});
    tokens->addSeparator();
    tokens->addActions({a.zeroDepth, a.randomiseDepth, a.dropFromDepth});
    tokens->addSeparator();
    tokens->addActions({a.revertTokens, a.revertAllTokens, a.compareUnedited});

    QMenu* compare = bar.addMenu(Actions::tr("&Compare"));
    compare->addActions(a.compareModes->actions());
    compare->addActions({a.wipeLevel, a.falseColour, a.showInput, a.useAsReference});
    compare->addSeparator();
    boardMenus(*compare);
    compare->addActions({a.stepDown, a.stepUp, a.previousColumn, a.nextColumn, a.moveColumnLeft, a.moveColumnRight, a.duplicateColumn, a.removeColumn});
    compare->addSeparator();
    subMenu(compare, Actions::tr("&Kind of Difference"), a.kinds->actions())->addAction(a.nextKind);
    compare->addActions({a.normalise, a.columnRange});

    QMenu* generate = bar.addMenu(Actions::tr("&Generate"));
    generate->addActions({a.queueDrawing, a.sweepDrawing, a.chooseStart, a.pauseDrawing, a.cancelDrawing});
    generate->addSeparator();
    generate->addActions({a.earlierToken, a.laterToken, a.playDrawing, a.coarserCode, a.finerCode});
    generate->addSeparator();
    generate->addActions({a.forkDrawing, a.redrawPart});
    generate->addSeparator();
    generate->addActions({a.addToBoard, a.compareWithPrompt, a.addTokensToBoard, a.saveDrawing});

    QMenu* train = bar.addMenu(Actions::tr("Tr&ain"));
    train->addActions({a.openRecipe, a.openRun, a.closeRun});
    train->addSeparator();
    train->addActions({a.startTraining, a.pauseTraining, a.resumeTraining, a.stopTraining});
    train->addSeparator();
    train->addAction(a.openTrainedModel);

    QMenu* run = bar.addMenu(Actions::tr("&Run"));
    run->addActions({a.cancel, a.cancelAll, a.retry});
    run->addSeparator();
    subMenu(run, Actions::tr("&Precision"), a.precisions->actions());
    run->addAction(a.int8Weights);
    QMenu* device = subMenu(run, Actions::tr("&Device"), a.devices->actions());
    QObject::connect(&a, &Actions::devicesChanged, device, [device, &a] {
        device->clear();
        device->addActions(a.devices->actions());
    });
    run->addAction(a.restartEngine);

    QMenu* tools = bar.addMenu(Actions::tr("&Tools"));
    tools->addActions({a.searchActions, a.copyCommand, a.copyPython, a.exportPicture, a.exportTokens});

    QMenu* help = bar.addMenu(Actions::tr("&Help"));
    help->addActions({a.keys, a.about});
}

}  // namespace tessera::studio
