// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include <QWidget>

#include "canvas/pane.h"

namespace tessera::ui {

class EngineHost;
class Session;

/// How often values occur in what the current cell shows, its numbers, and the brush: pixels whose value is selected here stay lit in all
/// cells that show values of that kind (ViewState::brush).
class HistogramPanel : public QWidget {
    Q_OBJECT
public:
    HistogramPanel(Session& session, EngineHost& host, QWidget* parent = nullptr);
    ~HistogramPanel() override;

    /// What the current cell shows; nothing: it has no picture.
    void setPane(std::optional<canvas::Pane> pane);
    /// Whether counts stand on a logarithmic axis. Until somebody chooses, those of differences and of pictures with one tall peak do.
    struct Logarithmic {
        std::optional<bool> peaked, even;  ///< as chosen while looking at such a picture, and at any other
        bool operator==(const Logarithmic&) const = default;
    };
    void setLogarithmic(const Logarithmic& chosen);
    const Logarithmic& logarithmic() const;

    /// The numbers as tab-separated text.
    QString text() const;
    QSize sizeHint() const override { return {272, 300}; }

protected:
    void showEvent(QShowEvent* event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::ui
