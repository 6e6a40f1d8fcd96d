// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <QImage>
#include <QMimeData>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actions.h"
#include "docks.h"
#include "document.h"
#include "main_window.h"
#include "panels/stage_view.h"
#include "support/temporary_folder.h"
#include "window_events.h"

namespace tessera::test {

/// A PNG of four flat quadrants: red, green, blue, white.
std::string writeQuadrants(const TemporaryFolder& folder, const std::string& name, int side = 256);
QMimeData* filesAsMime(const QStringList& paths);

/// The real main window with the real engine, driven by events of the window system.
class StudioWindow : public testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;

    /// Shows the window and waits for its first frame; with `engine` also for the engine and the model.
    void open(const studio::StartOptions& start = {}, bool engine = true);
    /// Shows the window; `onFirstFrame` is called at its first frame, when the engine has begun to open. Nothing that is queued may run in it.
    void openWith(const studio::StartOptions& start, const std::function<void()>& onFirstFrame);
    void close();
    /// The window goes without being closed, as in a crash.
    void abandon() { m_window.reset(); }

    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier, const QString& text = {});
    /// On the middle of the stage.
    bool dropFiles(const QStringList& paths, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
    /// Every cell of the current row is done or failed.
    bool rowIsAnswered() const;
    bool waitForRow(double seconds = 60) { return waitUntil([this] { return rowIsAnswered(); }, seconds); }
    const ui::Cell& cell(int column) const;

    static QColor screenColour(const QWidget& widget, QPoint place) { return screenPart(widget, QRect(place, QSize(1, 1))).pixelColor(0, 0); }

    ui::Session& session() { return document->session; }
    studio::MainWindow& window() { return *m_window; }
    studio::Actions& actions() { return m_window->actions(); }
    ui::StageView& stage() { return m_window->stage(); }

    TemporaryFolder folder;
    std::unique_ptr<studio::Document> document;
    studio::Settings settings;

private:
    std::unique_ptr<studio::MainWindow> m_window;
};

/// An environment variable while this lives.
class Environment {
public:
    Environment(const char* name, const QByteArray& value) : m_name(name), m_before(qgetenv(name)), m_wasSet(qEnvironmentVariableIsSet(name)) { qputenv(name, value); }
    ~Environment() { restore(); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    void restore() const { m_wasSet ? qputenv(m_name, m_before) : qunsetenv(m_name); }

private:
    const char* m_name;
    QByteArray m_before;
    bool m_wasSet;
};

MATCHER_P2(ColourNear, colour, tolerance, "") {
    return std::abs(arg.red() - colour.red()) <= tolerance && std::abs(arg.green() - colour.green()) <= tolerance && std::abs(arg.blue() - colour.blue()) <= tolerance;
}

}  // namespace tessera::test
