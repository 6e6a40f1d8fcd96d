// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <tessera/picture.h>

#include "local/stage_values.h"

namespace tessera {

/// "256 × 256 px".
std::string sizeText(int width, int height);
/// A picture that lies where the model's input lies on its source; image, size and notes filled in.
Picture placed(Image image, const ModelInput& origin);
/// Says in a note which part of its source the model was given, unless it was all of it.
void noteCrop(Picture& picture, const ModelInput& origin);
/// A decoder's picture with its precision, notes and crop.
Picture placedPixels(const DecodedPixels& pixels);
/// What a person should know to read the picture.
void addNote(Picture& picture, std::string text);
void addWarning(Picture& picture, std::string text);
/// preprocessingParameters() and more.
std::vector<ParameterSpec> withPreprocessing(std::vector<ParameterSpec> more);
/// Those of a query that preprocessing knows.
ParameterSet preprocessingOf(const ParameterSet& parameters);

}  // namespace tessera
