// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <vector>

#include <QWidget>

class QCheckBox;
class QGridLayout;
class QLabel;

namespace tessera::ui {

struct StepCurve;

/// Names, marks and latest values of curves; a tick shows or hides one.
class CurveLegend : public QWidget {
    Q_OBJECT
public:
    struct Entry {
        QString key, name;  ///< of the log; as people read it
        const StepCurve* curve = nullptr;
        bool heldOut = false;
    };

    explicit CurveLegend(QWidget* parent = nullptr);
    void setEntries(const std::vector<Entry>& entries);
    bool isHidden(const QString& key) const { return m_hidden.contains(key); }
    QStringList hiddenKeys() const;
    void setHiddenKeys(const QStringList& keys);

Q_SIGNALS:
    void hiddenChanged();

private:
    struct Line {
        QString key;
        QCheckBox* box;
        QLabel* value;
    };

    QGridLayout* m_grid;
    std::vector<Line> m_lines;
    std::vector<QLabel*> m_heads;
    std::set<QString> m_hidden;
};

}  // namespace tessera::ui
