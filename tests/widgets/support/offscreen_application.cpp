// SPDX-License-Identifier: GPL-3.0-or-later
// A source of the test programs that need Qt's event loop but no window and no GL.
#include <memory>

#include <QGuiApplication>

#include <gtest/gtest.h>

namespace tessera::test {
namespace {

class OffscreenApplication : public testing::Environment {
public:
    void SetUp() override {
        qputenv("QT_QPA_PLATFORM", "offscreen");
        m_application = std::make_unique<QGuiApplication>(m_argc, m_argv);
    }
    void TearDown() override { m_application.reset(); }

private:
    int m_argc = 1;
    char m_name[16] = "tessera";
    char* m_argv[2] = {m_name, nullptr};
    std::unique_ptr<QGuiApplication> m_application;
};

[[maybe_unused]] const auto* const g_application = testing::AddGlobalTestEnvironment(new OffscreenApplication);

}  // namespace
}  // namespace tessera::test
