// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/number_words.h"

#include <array>
#include <cmath>

#include <QCoreApplication>

namespace tessera::ui {
namespace {

struct MeasureStyle {
    std::string_view name;
    const char* title;
    int decimals;
};

constexpr std::array<MeasureStyle, 8> kStyles{{
    {"psnr", "PSNR", 2},
    {"ssim", "SSIM", 3},
    {"ms_ssim", "MS-SSIM", 3},
    {"flip", "FLIP", 3},
    {"lpips", "LPIPS", 3},
    {"snr", "SNR", 2},
    {"mean_error", QT_TRANSLATE_NOOP("Measure", "mean error"), 3},
    {"max_error", QT_TRANSLATE_NOOP("Measure", "max error"), 3},
}};

const MeasureStyle* styleOf(std::string_view name) {
    for (const MeasureStyle& style : kStyles) {
        if (style.name == name) return &style;
    }
    return nullptr;
}

QString withMinus(QString text) {
    return text.replace(u'-', QChar(0x2212));
}

}  // namespace

QString fixedNumber(double value, int decimals) {
    if (std::isnan(value)) return QStringLiteral("NaN");
    if (std::isinf(value)) return value > 0 ? QStringLiteral("∞") : QStringLiteral("−∞");
    QString text = QString::number(value, 'f', decimals);
    // A number that rounds to nothing has no sign.
    if (text.startsWith(u'-') && text.toDouble() == 0) text.remove(0, 1);
    return withMinus(text);
}

QString shortNumber(double value) {
    return withMinus(QString::number(value, 'g', 3));
}

QString durationWords(double seconds) {
    if (seconds < 0.0995) return QCoreApplication::translate("Duration", "%1 ms").arg(std::lround(seconds * 1000));
    if (seconds < 9.95) return QCoreApplication::translate("Duration", "%1 s").arg(seconds, 0, 'f', 1);
    if (seconds < 99.5) return QCoreApplication::translate("Duration", "%1 s").arg(std::lround(seconds));
    return QCoreApplication::translate("Duration", "%1 min").arg(std::lround(seconds / 60));
}

QString timeLeftWords(double seconds) {
    if (seconds < 0.95) return QCoreApplication::translate("Duration", "under 1 s left");
    if (seconds < 99.5) return QCoreApplication::translate("Duration", "%1 s left").arg(std::lround(seconds));
    return QCoreApplication::translate("Duration", "%1 min left").arg(std::lround(seconds / 60));
}

QString measureTitle(const std::string& name) {
    const MeasureStyle* style = styleOf(name);
    return style ? QCoreApplication::translate("Measure", style->title) : QString::fromStdString(name);
}

QString measureNumber(const Measure& measure) {
    if (!measure.value) return QStringLiteral("–");
    const MeasureStyle* style = styleOf(measure.name);
    return fixedNumber(*measure.value, style ? style->decimals : 3);
}

QString unitWords(Unit unit) {
    const std::string_view symbol = symbolOf(unit);
    return QString::fromUtf8(symbol.data(), static_cast<qsizetype>(symbol.size()));
}

}  // namespace tessera::ui
