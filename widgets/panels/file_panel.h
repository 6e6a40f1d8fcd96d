// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QVBoxLayout;

namespace tessera::ui {

class FactList;
class HintStack;
class Session;

/// What is known of the current row's file, and what was done to its pixels on the way in.
class FilePanel : public QWidget {
    Q_OBJECT
public:
    explicit FilePanel(Session& session, QWidget* parent = nullptr);
    /// All of it as tab-separated text.
    QString text() const;

private:
    void showRow();
    void showNotes(const QStringList& notes);

    Session& m_session;
    HintStack* m_stack;
    FactList* m_facts;
    QVBoxLayout* m_notes;
    QStringList m_noteTexts;
};

}  // namespace tessera::ui
