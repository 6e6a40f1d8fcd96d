// SPDX-License-Identifier: GPL-3.0-or-later
#include "theme/theme.h"

#include <algorithm>
#include <cmath>

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QFontDatabase>
#include <QFontInfo>
#include <QPalette>
#include <QToolTip>

#include "theme/studio_style.h"

static void loadResources() {
    Q_INIT_RESOURCE(tessera);  // must stand outside any namespace
}

namespace tessera::ui {
namespace {

Theme* g_theme = nullptr;

constexpr const char* kPortalService = "org.freedesktop.portal.Desktop";
constexpr const char* kPortalPath = "/org/freedesktop/portal/desktop";
constexpr const char* kPortalSettings = "org.freedesktop.portal.Settings";
constexpr const char* kAppearance = "org.freedesktop.appearance";
constexpr const char* kColourScheme = "color-scheme";

QColor grey(int value) {
    return QColor(value, value, value);
}

Tokens makeDark() {
    Tokens t;
    t.canvas = grey(0x18), t.window = grey(0x24), t.dock = grey(0x2a), t.dockTitle = grey(0x30);
    t.base = grey(0x1d), t.alternate = grey(0x22), t.header = grey(0x26), t.caption = grey(0x20);
    t.button = grey(0x39), t.hover = grey(0x34), t.line = grey(0x3c), t.separator = grey(0x14), t.edge = grey(0x7c);
    t.text = grey(0xe9), t.second = grey(0xb4), t.disabled = grey(0x87);
    t.accent = 0x5aa7ff, t.selection = 0x1f5fb4, t.onSelection = grey(0xff), t.softSelection = 0x24354a;
    t.error = 0xff8379, t.warning = 0xf0b429, t.good = 0x62c88a;
    t.series = {0x5aa7ff, 0xf2a65a, 0x67c99a, 0xd98bd0};
    return t;
}

Tokens makeLight() {
    Tokens t;
    t.canvas = grey(0xbd), t.window = grey(0xe6), t.dock = grey(0xf4), t.dockTitle = grey(0xe9);
    t.base = grey(0xff), t.alternate = grey(0xf7), t.header = grey(0xeb), t.caption = grey(0xde);
    t.button = grey(0xfb), t.hover = grey(0xe4), t.line = grey(0xcf), t.separator = grey(0xa9), t.edge = grey(0x7c);
    t.text = grey(0x1b), t.second = grey(0x50), t.disabled = grey(0x6b);
    t.accent = 0x1763c6, t.selection = 0x1763c6, t.onSelection = grey(0xff), t.softSelection = 0xd7e6f8;
    t.error = 0xb3261e, t.warning = 0x855500, t.good = 0x1c7339;
    t.series = {0x1763c6, 0xa85a00, 0x1c7a4d, 0x8e3a86};
    return t;
}

double luminance(const QColor& colour) {
    const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

}  // namespace

const Tokens& darkTokens() {
    static const Tokens tokens = makeDark();
    return tokens;
}

const Tokens& lightTokens() {
    static const Tokens tokens = makeLight();
    return tokens;
}

double contrast(const QColor& a, const QColor& b) {
    const double la = luminance(a), lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

QPalette paletteOf(const Tokens& t) {
    QPalette palette;
    palette.setColor(QPalette::Window, t.dock);
    palette.setColor(QPalette::WindowText, t.text);
    palette.setColor(QPalette::Base, t.base);
    palette.setColor(QPalette::AlternateBase, t.alternate);
    palette.setColor(QPalette::Text, t.text);
    palette.setColor(QPalette::PlaceholderText, t.second);
    palette.setColor(QPalette::Button, t.button);
    palette.setColor(QPalette::ButtonText, t.text);
    palette.setColor(QPalette::BrightText, t.onSelection);
    palette.setColor(QPalette::Highlight, t.selection);
    palette.setColor(QPalette::HighlightedText, t.onSelection);
    palette.setColor(QPalette::Link, t.accent);
    palette.setColor(QPalette::ToolTipBase, t.dockTitle);
    palette.setColor(QPalette::ToolTipText, t.text);
    palette.setColor(QPalette::Light, t.hover);
    palette.setColor(QPalette::Midlight, t.line);
    palette.setColor(QPalette::Mid, t.line);
    palette.setColor(QPalette::Dark, t.separator);
    palette.setColor(QPalette::Shadow, t.separator);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, t.disabled);
    }
    return palette;
}

Theme::Theme(QApplication& application, Choice choice, bool systemIsDark)
    : m_application(application), m_choice(choice), m_systemIsDark(systemIsDark) {
    Q_ASSERT(!g_theme);
    g_theme = this;
    loadResources();
    // Desktops' usual 10 or 11 pt is our 13 px; only larger settings enlarge the interface.
    m_scale = std::clamp(QFontInfo(application.font()).pixelSize() / 15.0, 1.0, 2.5);
    for (const char* face : {":/fonts/Roboto-Regular.ttf", ":/fonts/Roboto-Medium.ttf"}) {
        QFontDatabase::addApplicationFont(QString::fromLatin1(face));
    }
    application.setStyle(new StudioStyle);
    dress();
}

Theme::~Theme() {
    g_theme = nullptr;
}

Theme& Theme::instance() {
    Q_ASSERT(g_theme);
    return *g_theme;
}

bool Theme::isDark() const {
    return m_choice == Choice::Dark || (m_choice == Choice::System && m_systemIsDark);
}

const Tokens& Theme::tokens() const {
    return isDark() ? darkTokens() : lightTokens();
}

void Theme::setChoice(Choice choice) {
    if (choice == m_choice) return;
    const bool before = isDark();
    m_choice = choice;
    if (before != isDark()) dress();
}

void Theme::setSystemIsDark(bool dark) {
    const bool before = isDark();
    m_systemIsDark = dark;
    if (before != isDark()) dress();
}

int Theme::pixels(TextSize size) const {
    return static_cast<int>(std::lround(static_cast<int>(size) * m_scale));
}

QFont Theme::font(TextSize size, bool strong) const {
    QFont font(QStringLiteral("Roboto"));
    font.setPixelSize(pixels(size));
    font.setWeight(strong ? QFont::Medium : QFont::Normal);
    font.setHintingPreference(QFont::PreferVerticalHinting);
    return font;
}

void Theme::dress() {
    m_application.setFont(font(TextSize::Body));
    m_application.setPalette(paletteOf(tokens()));
    m_application.setStyleSheet(styleSheetOf(tokens(), *this));
    QToolTip::setPalette(paletteOf(tokens()));
    QToolTip::setFont(font(TextSize::Table));
    Q_EMIT changed();
}

void Theme::followSystem() {
    if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS")) return;
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) return;
    bus.connect(kPortalService, kPortalPath, kPortalSettings, "SettingChanged", this,
                SLOT(portalSettingChanged(QString, QString, QDBusVariant)));
    QDBusMessage ask = QDBusMessage::createMethodCall(kPortalService, kPortalPath, kPortalSettings, "Read");
    ask << kAppearance << kColourScheme;
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(ask, 2000), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        watcher->deleteLater();
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        if (reply.isValid()) portalSettingChanged(kAppearance, kColourScheme, reply.value());
    });
}

void Theme::portalSettingChanged(const QString& group, const QString& key, const QDBusVariant& value) {
    if (group != kAppearance || key != kColourScheme) return;
    QVariant inner = value.variant();
    // "Read" wraps its answer twice.
    if (inner.canConvert<QDBusVariant>()) inner = inner.value<QDBusVariant>().variant();
    // 1 prefers dark, 2 prefers light, 0 has no preference: then the studio stays dark.
    setSystemIsDark(inner.toUInt() != 2);
}

}  // namespace tessera::ui
