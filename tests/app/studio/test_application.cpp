// SPDX-License-Identifier: GPL-3.0-or-later
// A source of every test program that shows widgets: one application in the studio's look for all its tests, since Qt bears no second one.
#include <memory>

#include <QApplication>

#include <gtest/gtest.h>

#include "panels/stage/stage_canvas.h"
#include "support/temporary_folder.h"
#include "theme/studio_style.h"
#include "theme/theme.h"

namespace tessera::test {
namespace {

class Application : public testing::Environment {
public:
    void SetUp() override {
        // Settings and sessions of the person who runs the tests stay untouched.
        qputenv("XDG_STATE_HOME", QByteArray::fromStdString(m_settings / "state"));
        qputenv("XDG_DATA_HOME", QByteArray::fromStdString(m_settings / "data"));
        qputenv("XDG_CONFIG_HOME", QByteArray::fromStdString(m_settings.path().string()));
        QSurfaceFormat::setDefaultFormat(ui::stageSurfaceFormat());
        m_application = std::make_unique<QApplication>(m_argc, m_argv);
        m_theme = std::make_unique<ui::Theme>(*m_application, ui::Theme::Choice::Dark, true);
        m_ring = std::make_unique<ui::FocusRing>(nullptr);
    }
    void TearDown() override {
        m_ring.reset();
        m_theme.reset();
        m_application.reset();
    }

private:
    int m_argc = 1;
    char m_name[16] = "tessera";
    char* m_argv[2] = {m_name, nullptr};
    TemporaryFolder m_settings;
    std::unique_ptr<QApplication> m_application;
    std::unique_ptr<ui::Theme> m_theme;
    std::unique_ptr<ui::FocusRing> m_ring;
};

[[maybe_unused]] const auto* const g_application = testing::AddGlobalTestEnvironment(new Application);

}  // namespace

}  // namespace tessera::test
