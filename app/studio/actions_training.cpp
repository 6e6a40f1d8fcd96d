// SPDX-License-Identifier: GPL-3.0-or-later
#include "actions.h"

namespace tessera::studio {

void Actions::addTraining() {
    openRecipe = add("openRecipe", tr("Open &Recipe…"), {}, tr("What is to be trained: TOML, YAML or JSON"), "folder");
    openRun = add("openRun", tr("Open Run &Folder…"), {}, tr("A training that runs, or one that has ended"), "folder");
    closeRun = add("closeRun", tr("&Close Run"), {}, tr("Its folder stays"));
    startTraining = add("startTraining", tr("&Start Training"), {QKeySequence(tr("Ctrl+Shift+T"))}, tr("The recipe that is chosen, in a folder of its own"), "model");
    pauseTraining = add("pauseTraining", tr("&Pause Training"), {}, tr("Writes a checkpoint and ends the training; it can go on from there"), "pause");
    resumeTraining = add("resumeTraining", tr("R&esume Training"), {}, tr("Goes on from the last checkpoint"), "play");
    stopTraining = add("stopTraining", tr("S&top Training"), {}, tr("Writes a checkpoint and the model, and ends the training"), "stop");
    openTrainedModel = add("openTrainedModel", tr("Open the Trained &Model"), {}, tr("As a column on the board that compares"), "model");
}

}  // namespace tessera::studio
