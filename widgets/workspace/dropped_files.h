// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QString>
#include <QStringList>

#include <tessera/engine.h>

class QImage;
class QMimeData;

namespace tessera::ui {

/// What a drop, a paste or the command line brought, before anything was opened.
struct Incoming {
    std::vector<SourceRequest> images;
    QStringList tokens;   ///< files of codes or latents
    QStringList folders;  ///< to be searched for images, off the GUI thread
    QStringList models;   ///< checkpoint files or folders
    QString session;      ///< a .tessera file
    QString recipe;       ///< of a training
    QString run;          ///< folder that a training writes
    bool empty() const { return images.empty() && tokens.isEmpty() && folders.isEmpty() && models.isEmpty() && session.isEmpty() && recipe.isEmpty() && run.isEmpty(); }
};

/// Cheap: looks at names only.
bool offersImages(const QMimeData& mime);
/// Files, encoded pictures, pixels or a path as text, the first of these that is there. Of a safetensors file the names of its tensors tell tokens from a model.
Incoming incomingFrom(const QMimeData& mime);
Incoming incomingFrom(const QStringList& paths);

/// Image files in a folder and the folders directly in it, in the order of their names. Reads directories: not for the GUI thread.
QStringList imagesInFolder(const QString& folder);

/// Pixels of a pasted image.
Image imageFrom(const QImage& image);
/// Suffixes of files that may be images, lower case, without dot.
const QStringList& imageSuffixes();
/// Of files that may hold tokens.
const QStringList& tokenSuffixes();

}  // namespace tessera::ui
