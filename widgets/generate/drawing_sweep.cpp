// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/drawing_sweep.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>

namespace tessera::ui {
namespace {

QString translated(const char* words) {
    return QCoreApplication::translate("DrawingSweep", words);
}

/// Without what no eye tells apart.
double rounded(double value) {
    return std::round(value * 1000) / 1000;
}

}  // namespace

std::vector<Swept> sweptOf(const DrawingSettings& settings, const ModelInfo& model) {
    const DrawingInfo& info = model.drawing;
    std::vector<Swept> all;
    if (info.guided) all.push_back(Swept::Guidance);
    if (info.by != DrawnBy::Tokens) all.push_back(Swept::Steps);
    if (info.by != DrawnBy::Flow) all.push_back(Swept::Temperature);
    if (settings.start) all.push_back(Swept::StartTime);
    if (info.by == DrawnBy::Flow) all.push_back(Swept::Seeds);
    return all;
}

std::vector<std::pair<QString, DrawingSettings>> sweptDrawings(const DrawingSettings& settings, Swept what, double low, double high, int count) {
    std::vector<std::pair<QString, DrawingSettings>> drawings;
    for (int i = 0; i < count; ++i) {
        const double value = rounded(count > 1 ? low + (high - low) * i / (count - 1) : low);
        DrawingSettings each = settings;
        each.count = 1;
        QString caption;
        switch (what) {
            case Swept::Guidance:
                each.guidance = value;
                caption = translated("guidance %1").arg(value);
                break;
            case Swept::Steps:
                each.steps = std::max(1, static_cast<int>(std::lround(value)));
                caption = translated("%1 steps").arg(each.steps);
                break;
            case Swept::Temperature:
                each.temperature = value;
                caption = translated("temperature %1").arg(value);
                break;
            case Swept::StartTime:
                each.startTime = value;
                caption = translated("time %1").arg(value);
                break;
            case Swept::Seeds:
                each.towards = value;
                caption = value <= 0 ? translated("seed %1").arg(each.seed) : value >= 1 ? translated("seed %1").arg(each.towardsSeed) : translated("%1 of the way").arg(value);
                break;
        }
        if (drawings.empty() || drawings.back().first != caption) drawings.emplace_back(caption, std::move(each));
    }
    return drawings;
}

}  // namespace tessera::ui
