// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include <QLineEdit>

class QStringListModel;

namespace tessera::ui {

/// One class of those that a model draws, by number or name. While somebody types, those whose name or number has what was typed are listed.
class ClassField : public QLineEdit {
    Q_OBJECT
public:
    explicit ClassField(QWidget* parent = nullptr);

    /// So many, numbered from 0; their names where they are known.
    void setClasses(int count, const std::vector<std::string>& names);
    /// What a drawing is asked for: the name where it means this class alone, else the number; empty: it is none.
    QString prompt() const;
    void setPrompt(const QString& prompt);
    /// Why there is no class; empty if there is one.
    QString problem() const;

private:
    int chosen() const;
    QString entry(int index) const;

    int m_count = 0;
    std::vector<QStringList> m_names;  ///< of each class all that it is called, the whole name first
    QStringListModel* m_entries;
};

}  // namespace tessera::ui
