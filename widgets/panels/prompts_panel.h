// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QWidget>

namespace tessera::ui {

class EngineHost;
class Session;
struct StageProbe;

/// The words that the board looks for. What is typed here becomes a map under every model that has a text tower; under the pointer the
/// words stand in the order of what the place is most like. All of it can be undone.
class PromptsPanel : public QWidget {
    Q_OBJECT
public:
    PromptsPanel(Session& session, EngineHost& host, QWidget* parent = nullptr);
    ~PromptsPanel() override;

    void setProbe(const StageProbe* probe);  ///< null: nothing under the pointer
    /// Puts a sentence among the words, if it is not there; what parts prompts parts none of it.
    void addPrompt(const QString& sentence);
    /// Takes the words that are chosen off the board; the last one stays.
    void removeChosen();
    QSize sizeHint() const override { return {272, 240}; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::ui
