// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>

#include <QString>
#include <QStringList>

#include <tessera/engine.h>

#include "theme/theme.h"

namespace tessera::studio {

/// Choices by the names that the command line, the settings file and the menus give them.
template <typename T>
struct Named {
    T value;
    const char* name;
};

inline constexpr std::array<Named<Precision>, 4> kPrecisions{{
    {Precision::Auto, "auto"}, {Precision::Fp32, "fp32"}, {Precision::Bf16, "bf16"}, {Precision::Fp16, "fp16"},
}};
inline constexpr std::array<Named<ui::Theme::Choice>, 3> kThemes{{
    {ui::Theme::Choice::System, "system"}, {ui::Theme::Choice::Dark, "dark"}, {ui::Theme::Choice::Light, "light"},
}};
inline constexpr const char* kEmbeddedModel = "tessera-mini";

template <typename T, std::size_t N>
QString nameOf(const std::array<Named<T>, N>& all, T value) {
    for (const Named<T>& each : all) {
        if (each.value == value) return QString::fromLatin1(each.name);
    }
    return {};
}

template <typename T, std::size_t N>
std::optional<T> valueNamed(const std::array<Named<T>, N>& all, const QString& name) {
    for (const Named<T>& each : all) {
        if (name == QLatin1String(each.name)) return each.value;
    }
    return std::nullopt;
}

template <typename T, std::size_t N>
QString namesOf(const std::array<Named<T>, N>& all) {
    QStringList names;
    for (const Named<T>& each : all) names << QString::fromLatin1(each.name);
    return names.join(QStringLiteral(", "));
}

}  // namespace tessera::studio
