// SPDX-License-Identifier: GPL-3.0-or-later
#include "actions.h"

#include <QUndoStack>
#include <QWidget>

#include "canvas/pane.h"
#include "choices.h"
#include "theme/icons.h"
#include "workspace/difference_kind.h"
#include "workspace/workspace.h"

namespace tessera::studio {
namespace {

QString helpOf(ui::WorkspaceKind workspace) {
    switch (workspace) {
        case ui::WorkspaceKind::Reconstruct: return Actions::tr("One image, large");
        case ui::WorkspaceKind::Tokens: return Actions::tr("The codes of one image, to be looked at and changed");
        case ui::WorkspaceKind::Generate: return Actions::tr("Pictures from words, token after token, and what else they could have become");
        case ui::WorkspaceKind::Train: return Actions::tr("A training: its curves, samples and messages while it runs");
        default: return Actions::tr("All images under several models");
    }
}

}  // namespace

Actions::Actions(QWidget& window, QUndoStack& undoStack) : QObject(&window), m_window(window), m_undoStack(undoStack) {
    addFileAndEdit();
    addView();
    addTokens();
    addImageAndCompare();
    addDrawing();
    addTraining();
    addRunAndHelp();
}

QAction* Actions::add(const char* name, const QString& text, const QList<QKeySequence>& keys, const QString& help, const char* icon) {
    auto* action = new QAction(text, &m_window);
    action->setObjectName(QLatin1String(name));
    action->setShortcuts(keys);
    action->setProperty("help", help);
    if (icon) action->setIcon(ui::themedIcon(QLatin1String(icon)));
    enable(action, true);
    connect(action, &QAction::changed, action, [action] { showWords(action); });
    m_window.addAction(action);
    return action;
}

QActionGroup* Actions::addGroup(const char* name, const QList<QPair<QString, QVariant>>& choices, const QString& help) {
    auto* group = new QActionGroup(&m_window);
    for (const auto& [text, value] : choices) {
        const QByteArray each = QByteArray(name) + '.' + text.toLatin1();
        QAction* action = add(each.constData(), text, {}, help);
        action->setCheckable(true);
        action->setData(value);
        group->addAction(action);
    }
    return group;
}

void Actions::enable(QAction* action, bool enabled, const QString& why) {
    action->setEnabled(enabled);
    action->setStatusTip(enabled ? QString() : why);
    showWords(action);
}

void Actions::showWords(QAction* action) {
    QString words = action->iconText();
    const QString keys = action->shortcut().toString(QKeySequence::NativeText), help = action->property("help").toString(), why = action->statusTip();
    if (!keys.isEmpty()) words += QStringLiteral(" (%1)").arg(keys);
    if (!why.isEmpty()) {
        words += u'\n' + why;
    } else if (!help.isEmpty()) {
        words += u'\n' + help;
    }
    action->setToolTip(words);
}

void Actions::addFileAndEdit() {
    newSession = add("newSession", tr("&New Session"), {QKeySequence::New}, tr("An empty board; the one that was there stays under Open Recent"));
    openImages = add("openImages", tr("&Open Images…"), {QKeySequence::Open}, tr("Each becomes a row, a file of tokens too; a session takes the board's place"), "image");
    openFolder = add("openFolder", tr("Open &Folder…"), {QKeySequence(tr("Ctrl+Shift+O"))}, tr("All images in it and in the folders directly inside"), "folder");
    openModel = add("openModel", tr("Open &Model…"), {QKeySequence(tr("Ctrl+M"))}, tr("A checkpoint file, or a folder with config.json"), "model");
    saveSession = add("saveSession", tr("&Save Session"), {QKeySequence::Save}, tr("Rows, columns and view, as a .tessera file"));
    saveSessionAs = add("saveSessionAs", tr("Save Session &As…"), {QKeySequence(tr("Ctrl+Shift+S"))}, tr("In another file"));
    exportPicture = add("exportPicture", tr("&Export Picture…"), {QKeySequence(tr("Ctrl+E"))}, tr("The current cell as PNG, at its own size"), "download");
    exportTokens = add("exportTokens", tr("Export &Tokens…"), {QKeySequence(tr("Ctrl+Alt+E"))}, tr("Codes and latents of the current cell, with its edits, as `tessera encode` writes them"), "download");
    exportSheet = add("exportSheet", tr("Export Contact &Sheet…"), {QKeySequence(tr("Ctrl+Shift+E"))}, tr("The whole board as one PNG, with labels, as `tessera compare` writes it"), "table");
    exportMetrics = add("exportMetrics", tr("Export &Metrics…"), {}, tr("The table of metrics as CSV"), "table");
    quit = add("quit", tr("&Quit"), {QKeySequence::Quit});

    undo = m_undoStack.createUndoAction(&m_window, tr("&Undo"));
    redo = m_undoStack.createRedoAction(&m_window, tr("&Redo"));
    undo->setObjectName(QStringLiteral("undo"));
    redo->setObjectName(QStringLiteral("redo"));
    undo->setShortcut(QKeySequence::Undo);
    redo->setShortcuts({QKeySequence(tr("Ctrl+Shift+Z")), QKeySequence(tr("Ctrl+Y"))});
    undo->setIcon(ui::themedIcon(QStringLiteral("undo")));
    redo->setIcon(ui::themedIcon(QStringLiteral("redo")));
    m_window.addActions({undo, redo});
    paste = add("paste", tr("&Paste"), {QKeySequence::Paste}, tr("An image, files or a path from the clipboard"), "clipboard");
    copyPicture = add("copyPicture", tr("&Copy Picture"), {QKeySequence::Copy}, tr("The current cell, at its own size"), "copy");
    copyValues = add("copyValues", tr("Copy &Values"), {QKeySequence(tr("Ctrl+Shift+C"))}, tr("What all columns hold at the crosshair, as tab-separated text"), "copy");
    copyMetrics = add("copyMetrics", tr("Copy &Metrics"), {QKeySequence(tr("Ctrl+Alt+M"))}, tr("The table of metrics, as tab-separated text"), "copy");
    copyLog = add("copyLog", tr("Copy &Log"), {}, tr("The selected lines of the log, or all of it, as tab-separated text"), "copy");
    clearLog = add("clearLog", tr("C&lear Log"), {}, tr("Takes all lines out of the log"));
    copyCommand = add("copyCommand", tr("Copy as Command &Line"), {QKeySequence(tr("Ctrl+Alt+C"))}, tr("The call of tessera that computes the current cell"));
    copyPython = add("copyPython", tr("Copy as P&ython"), {QKeySequence(tr("Ctrl+Alt+P"))}, tr("A program that computes the current cell with the model's own library"));
    removeImage = add("removeImage", tr("&Remove Image"), {QKeySequence::Delete}, tr("Takes the row off the board; the file stays"));
}

void Actions::addView() {
    fit = add("fit", tr("&Fit"), {QKeySequence(Qt::Key_F)}, tr("The whole picture in every pane"), "fit");
    actualSize = add("actualSize", tr("&Actual Size"), {QKeySequence(Qt::Key_1)}, tr("A pixel of the model's input is a pixel of the screen"), "actual-size");
    zoomIn = add("zoomIn", tr("Zoom &In"), {QKeySequence(Qt::Key_Plus), QKeySequence(Qt::Key_Equal), QKeySequence::ZoomIn});
    zoomOut = add("zoomOut", tr("Zoom &Out"), {QKeySequence(Qt::Key_Minus), QKeySequence::ZoomOut});
    resetView = add("resetView", tr("&Reset View"), {QKeySequence(Qt::Key_R)}, tr("Fit, no exposure, shared ranges"), "reset");
    values = add("values", tr("Pixel &Values"), {QKeySequence(Qt::Key_P)}, tr("Numbers in the pixels once they are large enough"));
    values->setCheckable(true);
    pixelGrid = add("pixelGrid", tr("Pixel Gri&d"), {QKeySequence(Qt::Key_G)}, tr("Lines between the pixels once they are large enough"));
    pixelGrid->setCheckable(true);
    panLeft = add("panLeft", tr("Move &Left"), {QKeySequence(Qt::Key_H)}, tr("Shows what lies further left"));
    panDown = add("panDown", tr("Move &Down"), {QKeySequence(Qt::Key_J)}, tr("Shows what lies further down"));
    panUp = add("panUp", tr("Move &Up"), {QKeySequence(Qt::Key_K)}, tr("Shows what lies further up"));
    panRight = add("panRight", tr("Move &Right"), {QKeySequence(Qt::Key_L)}, tr("Shows what lies further right"));
    normalise = add("normalise", tr("&Normalise Range"), {QKeySequence(Qt::Key_N)}, tr("Differences use their own range instead of the shared one"), "range");
    normalise->setCheckable(true);
    exposureUp = add("exposureUp", tr("&Brighter"), {QKeySequence(Qt::Key_E)}, tr("Half a stop up; the data stay as they are"));
    exposureDown = add("exposureDown", tr("&Darker"), {QKeySequence(tr("Shift+E"))}, tr("Half a stop down; the data stay as they are"));
    pin = add("pin", tr("&Pin Crosshair"), {QKeySequence(Qt::Key_I)}, tr("Holds the values at one place in all columns"), "crosshair");
    playClips = add("playClips", tr("Play &Clips"), {QKeySequence(Qt::Key_V)}, tr("All clips of the board, frame by frame together; once more to stop"), "play");
    previousFrame = add("previousFrame", tr("Previous F&rame"), {QKeySequence(tr("Alt+Left"))}, tr("Of every clip; before the first comes the last"), "chevron-left");
    nextFrame = add("nextFrame", tr("Ne&xt Frame"), {QKeySequence(tr("Alt+Right"))}, tr("Of every clip; after the last comes the first"), "chevron-right");
    workspaces = new QActionGroup(&m_window);
    for (const ui::WorkspaceKind kind : ui::offeredWorkspaces()) {
        const QString key = QString::fromUtf8(ui::keyOf(kind).data(), qsizetype(ui::keyOf(kind).size()));
        QAction* action = add(("workspace." + key.toLatin1()).constData(), ui::titleOf(kind), {QKeySequence(tr("Ctrl+%1").arg(int(kind) + 1))}, helpOf(kind));
        action->setCheckable(true);
        action->setData(int(kind));
        workspaces->addAction(action);
    }
    samplings = addGroup("sampling",
                         {{tr("Automatic"), int(canvas::Sampling::Automatic)}, {tr("Nearest"), int(canvas::Sampling::Nearest)}, {tr("Bilinear"), int(canvas::Sampling::Bilinear)}},
                         tr("How pixels are drawn when enlarged; automatic is nearest from 200 %"));
    themes = addGroup("theme", {{tr("Follow System"), int(ui::Theme::Choice::System)}, {tr("Dark"), int(ui::Theme::Choice::Dark)}, {tr("Light"), int(ui::Theme::Choice::Light)}}, {});
    columnRange = add("columnRange", tr("One Range per &Column"), {QKeySequence(tr("Shift+N"))}, tr("Scalar pictures of a column share the range of what it shows"));
    columnRange->setCheckable(true);
    logarithmic = add("logarithmic", tr("&Logarithmic Colours"), {QKeySequence(Qt::Key_L | Qt::SHIFT)}, tr("Small values of scalar pictures are spread out"));
    logarithmic->setCheckable(true);
    clipping = add("clipping", tr("&Clipping Marks"), {QKeySequence(Qt::Key_C | Qt::SHIFT)}, tr("Stripes over what lies below or above the range"));
    clipping->setCheckable(true);
    gainUp = add("gainUp", tr("More &Gain"), {QKeySequence(Qt::Key_X)}, tr("Doubles scalar pictures and differences before their colours"));
    gainDown = add("gainDown", tr("Less G&ain"), {QKeySequence(tr("Shift+X"))}, tr("Halves scalar pictures and differences before their colours"));
    grid = add("grid", tr("All Images as a &Grid"), {QKeySequence(tr("Ctrl+G"))}, tr("Images as rows; else the current one alone"), "grid");
    grid->setCheckable(true);
    transpose = add("transpose", tr("&Transpose"), {QKeySequence(tr("Ctrl+T"))}, tr("Images across, columns downwards"), "transpose");
    transpose->setCheckable(true);
    largerCells = add("largerCells", tr("&Larger Cells"), {QKeySequence(tr("Ctrl+Alt++")), QKeySequence(tr("Ctrl+Alt+="))});
    smallerCells = add("smallerCells", tr("S&maller Cells"), {QKeySequence(tr("Ctrl+Alt+-"))});
    resetLayout = add("resetLayout", tr("Reset &Layout"), {}, tr("All panels back to where they were at first"));
    fullScreen = add("fullScreen", tr("F&ull Screen"), {QKeySequence(Qt::Key_F11)});
    fullScreen->setCheckable(true);
    hud = add("hud", tr("&HUD"), {QKeySequence(Qt::Key_F12)}, tr("Frame times and memory of the stage"));
    hud->setCheckable(true);
}

void Actions::addImageAndCompare() {
    previousImage = add("previousImage", tr("&Previous Image"), {QKeySequence(Qt::Key_PageUp)});
    nextImage = add("nextImage", tr("&Next Image"), {QKeySequence(Qt::Key_PageDown)});
    firstImage = add("firstImage", tr("&First Image"), {QKeySequence(Qt::Key_Home)});
    lastImage = add("lastImage", tr("&Last Image"), {QKeySequence(Qt::Key_End)});
    duplicateImage = add("duplicateImage", tr("&Duplicate Image"), {QKeySequence(tr("Ctrl+D"))}, tr("The row once more, after itself"));
    moveImageBack = add("moveImageBack", tr("Move Image &Back"), {QKeySequence(tr("Ctrl+Shift+PgUp"))});
    moveImageForward = add("moveImageForward", tr("Move Image F&orward"), {QKeySequence(tr("Ctrl+Shift+PgDown"))});
    previousColumn = add("previousColumn", tr("Previous Co&lumn"), {QKeySequence(tr("Ctrl+PgUp"))});
    nextColumn = add("nextColumn", tr("Next Colu&mn"), {QKeySequence(tr("Ctrl+PgDown"))});
    moveColumnLeft = add("moveColumnLeft", tr("Move Column Left"), {QKeySequence(tr("Ctrl+Alt+Left"))});
    moveColumnRight = add("moveColumnRight", tr("Move Column Right"), {QKeySequence(tr("Ctrl+Alt+Right"))});
    duplicateColumn = add("duplicateColumn", tr("Duplicate Column"), {QKeySequence(tr("Ctrl+Alt+D"))});
    removeColumn = add("removeColumn", tr("Remove Column"), {QKeySequence(tr("Ctrl+Alt+Del"))});
    useAsReference = add("useAsReference", tr("&Use Column as Reference"), {QKeySequence(tr("Ctrl+R"))}, tr("What wipe, flip, onion skin and difference hold cells against"));
    const auto mode = [this](const char* name, const QString& text, Qt::Key key, canvas::Compare compare, const QString& help, const char* icon) {
        QAction* action = add(name, text, {QKeySequence(key)}, help, icon);
        action->setCheckable(true);
        action->setData(int(compare));
        compareModes->addAction(action);
        return action;
    };
    compareModes = new QActionGroup(&m_window);
    sideBySide = mode("sideBySide", tr("&Side by Side"), Qt::Key_S, canvas::Compare::None, tr("Every cell by itself"), "side-by-side");
    wipe = mode("wipe", tr("&Wipe"), Qt::Key_W, canvas::Compare::Wipe, tr("The reference at the other side of a line that can be dragged"), "wipe");
    onion = mode("onion", tr("&Onion Skin"), Qt::Key_O, canvas::Compare::Onion, tr("The reference shines through"), "onion");
    differenceOfCells = mode("differenceOfCells", tr("&Difference from Reference"), Qt::Key_D, canvas::Compare::Difference, tr("Of the pixels as they are shown, cell by cell"), "plus-minus");
    wipeLevel = add("wipeLevel", tr("Wipe &Up and Down"), {QKeySequence(tr("Shift+W"))}, tr("The line of the wipe lies instead of standing"));
    wipeLevel->setCheckable(true);
    falseColour = add("falseColour", tr("&False Colour"), {QKeySequence(tr("Shift+F"))}, tr("The next way to show the difference from the reference: absolute, signed, squared"));
    stepDown = add("stepDown", tr("Parameter One Step Do&wn"), {QKeySequence(Qt::Key_Comma)}, tr("The first number that the current column's lens takes"));
    stepUp = add("stepUp", tr("Parameter One Step U&p"), {QKeySequence(Qt::Key_Period)}, tr("The first number that the current column's lens takes"));
    nextKind = add("nextKind", tr("&Next Kind of Difference"), {QKeySequence(Qt::Key_M)}, tr("Absolute, signed, squared, FLIP, SSIM"));
    QList<QPair<QString, QVariant>> kindNames;
    for (const ui::DifferenceKind& kind : ui::differenceKinds()) {
        const QString name = QString::fromUtf8(kind.name.data(), qsizetype(kind.name.size()));
        kindNames << QPair<QString, QVariant>(name == u"flip" || name == u"ssim" ? name.toUpper() : name.left(1).toUpper() + name.mid(1), name);
    }
    kinds = addGroup("kind", kindNames, tr("What the difference column measures"));
    // The space bar flips while it is held, which no shortcut can do: the window listens to the key itself.
    showInput = add("showInput", tr("Show the &Reference in Every Cell"), {}, tr("Also while the space bar is held"));
    showInput->setCheckable(true);
}

void Actions::addRunAndHelp() {
    cancel = add("cancel", tr("&Cancel This Image"), {QKeySequence(Qt::Key_Escape)}, tr("Pictures that are there stay"), "stop");
    cancelAll = add("cancelAll", tr("Cancel &All"), {QKeySequence(tr("Shift+Esc"))}, tr("Stops everything that runs or waits"), "stop");
    retry = add("retry", tr("&Run Again"), {QKeySequence::Refresh, QKeySequence(tr("Ctrl+Return"))}, tr("Reads the file again and asks for what failed or was cancelled"), "retry");
    restartEngine = add("restartEngine", tr("Restart &Engine"), {}, tr("Opens the engine anew; pictures stay until the new ones are there"));
    QList<QPair<QString, QVariant>> precisionNames;
    for (const auto& each : kPrecisions) precisionNames << QPair<QString, QVariant>(QString::fromLatin1(each.name), int(each.value));
    precisions = addGroup("precision", precisionNames, tr("What the numbers are computed in; auto is bf16 where the device is fast at it"));
    int8Weights = add("int8Weights", tr("Language Model as &int8"), {}, tr("Keeps its weights as int8 with a scale per row: a half or a quarter of the memory, and of what each token reads"));
    int8Weights->setCheckable(true);
    devices = new QActionGroup(&m_window);
    m_noCuda = add("device.none", tr("No CUDA device"));
    m_noCuda->setVisible(false);
    setDevices({}, {});
    searchActions = add("searchActions", tr("&Search Actions"), {QKeySequence(tr("Ctrl+K")), QKeySequence(tr("Ctrl+Shift+P"))}, {}, "search");
    searchActions->setProperty("palette", false);
    keys = add("keys", tr("&Keys"), {QKeySequence(Qt::Key_F1), QKeySequence(Qt::Key_Question)}, tr("Every key and what it does"));
    about = add("about", tr("&About Tessera"));
}

QAction* Actions::offerDevice(const QString& value, const QString& text) {
    QAction*& action = m_devices[value];
    if (!action) {
        action = add(("device." + value.toLatin1()).constData(), text, {}, tr("Where the model runs"));
        action->setCheckable(true);
        action->setData(value);
    }
    action->setText(text);
    enable(action, true);
    action->setVisible(true);
    devices->addAction(action);
    return action;
}

void Actions::setDevices(const DeviceList& found, const QString& chosen) {
    // Taken out and put in again for their order. None is deleted: the palette or a menu may be showing it.
    for (QAction* action : devices->actions()) {
        devices->removeAction(action);
        action->setChecked(false);
        action->setVisible(false);
    }
    QAction* wanted = offerDevice(QStringLiteral("auto"), QStringLiteral("auto"));
    const QString name = chosen == u"cuda" ? QStringLiteral("cuda:0") : chosen;
    QList<QPair<QString, QString>> rest{{QStringLiteral("cpu"), QStringLiteral("CPU")}};
    for (const DeviceEntry& entry : found.entries) {
        const QString value = QString::fromStdString(entry.name);
        if (value != u"cpu") rest << QPair(value, tr("%1 · %2").arg(value, QString::fromStdString(entry.description)));
    }
    for (const auto& [value, text] : rest) {
        QAction* action = offerDevice(value, text);
        if (value == name) wanted = action;
    }
    if (name.startsWith(u"cuda") && wanted->data() != name) wanted = offerDevice(name, name);
    const QString why = QString::fromStdString(found.cudaAbsence);
    if (!why.isEmpty()) {
        m_noCuda->setText(tr("No CUDA device: %1").arg(why));
        enable(m_noCuda, false, why.left(1).toUpper() + why.mid(1));
        m_noCuda->setVisible(true);
        devices->addAction(m_noCuda);
    }
    wanted->setChecked(true);
    Q_EMIT devicesChanged();
}

}  // namespace tessera::studio
