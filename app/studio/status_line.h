// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QStatusBar>
#include <QTimer>

#include "panels/stage_probe.h"
#include "panels/word_line.h"

class QToolButton;

namespace tessera::studio {

class Actions;
struct Document;

/// The bottom line: what is looked at on the left, what computes on the right.
class StatusLine : public QStatusBar {
    Q_OBJECT
public:
    StatusLine(Document& document, Actions& actions, QWidget* parent);

    void showProbe(const ui::StageProbe* probe);
    void showToken(const std::vector<ui::Word>& words);  ///< none: no token
    void showZoom(double zoom, bool fitted);  ///< 0: no picture
    /// A sentence for a while, in place of the left group. Empty: gone.
    void say(const QString& sentence);
    /// How far a contact sheet is; 0 of 0: none is on its way.
    void showExport(int drawn, int rows);
    /// Begins to read how much memory is in use, every two seconds.
    void watchMemory();

private:
    void showRow();
    void showJobs();
    void showEngine();
    void showMemory();
    ui::WordLine* addWords(bool right, bool rule);

    Document& m_document;
    ui::WordLine *m_row, *m_token, *m_pixel, *m_zoom, *m_message, *m_export, *m_jobs, *m_device, *m_memory, *m_engine;
    QToolButton* m_cancel;
    QTimer m_silence, m_memoryClock;
};

}  // namespace tessera::studio
