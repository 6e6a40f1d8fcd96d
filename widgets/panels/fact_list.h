// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QWidget>

namespace tessera::ui {

struct Fact {
    QString label, value;
    QString whole;  ///< for the tool tip, where the value is a shortened form
    bool operator==(const Fact&) const = default;
};

/// Lines of "label ... value", values right-aligned and shortened in the middle where they do not fit.
class FactList : public QWidget {
    Q_OBJECT
public:
    explicit FactList(QWidget* parent = nullptr);

    void setFacts(std::vector<Fact> facts);
    const std::vector<Fact>& facts() const { return m_facts; }
    /// Tab-separated, one fact a line.
    QString text() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    std::vector<Fact> m_facts;
};

}  // namespace tessera::ui
