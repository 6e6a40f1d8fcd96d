// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <tessera/engine.h>

namespace tessera::cli {

/// Writes the kept steps of everything that was drawn into a folder, which is made if need be: the picture that each step expects as STEM-1-step001.png, its tokens as STEM-1-step001-tokens.png
/// where a flow has any, and STEM-steps.csv with their times and how fast they flow, or how sure the model was and what it drew again. Throws CommandError.
void writeSteps(const std::string& folder, const std::string& stem, const ModelInfo& model, const GenerateRequest& request, const Generation& drawn, const char* software);

}  // namespace tessera::cli
