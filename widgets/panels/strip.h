// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QWidget>

namespace tessera::ui {

class Session;
class StageView;

/// The 36 px bar under the stage: zoom, sampling, values, range, exposure. Shows and changes the session's view; everything in it
/// exists as an action too.
class Strip : public QWidget {
    Q_OBJECT
public:
    Strip(Session& session, StageView& stage, QWidget* parent = nullptr);
    ~Strip() override;

    /// Puts the keyboard into the zoom field, its text selected; into the exposure's slider.
    void editZoom();
    void editExposure();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::ui
