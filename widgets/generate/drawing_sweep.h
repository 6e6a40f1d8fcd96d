// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <utility>
#include <vector>

#include "generate/drawing.h"

namespace tessera::ui {

/// How many pictures a way from one seed to another has, or from one image to another, both ends among them.
constexpr int kFewestOnWay = 3, kMostOnWay = 16, kUsualOnWay = 7;

/// What several drawings can differ in.
enum class Swept { Guidance, Steps, Temperature, StartTime, Seeds };

/// What can be swept where such a model draws; Seeds: the way on the sphere from the seed's noise to another's.
std::vector<Swept> sweptOf(const DrawingSettings& settings, const ModelInfo& model);
/// One drawing of one picture for each of `count` values from `low` to `high`, both among them, with its value as caption; whole numbers where there are no others, each once.
/// Of Seeds, shares of the way to DrawingSettings::towardsSeed.
std::vector<std::pair<QString, DrawingSettings>> sweptDrawings(const DrawingSettings& settings, Swept what, double low, double high, int count);

}  // namespace tessera::ui
