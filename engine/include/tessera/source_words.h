// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/engine.h>
#include <tessera/files.h>

namespace tessera {

/// "constant", "linear", "cosine".
std::string_view courseName(GuidanceCourse course);
std::optional<GuidanceCourse> courseNamed(std::string_view name);

/// The source is a file of codes or latents in a picture's place: its width and height are the grid's, its channels what each cell holds.
bool holdsTokens(const SourceInfo& source);
/// "640 × 480 px", or "16 × 16 × 8 codes".
std::string sizeWords(const SourceInfo& source);

/// A sampler or a schedule: the one that is asked for, else the model's own, which is offered first.
std::string askedOrOwn(const std::string& asked, const std::vector<std::string>& offered);

/// The words of a file of tokens: what gave them, of which pictures, and how these were cut. `images` are paths, one a line; `software` is "Tessera 1.0".
FileWords tokenWords(const ModelInfo& model, const std::string& images, const ParameterSet& preprocessing, const std::string& software);
/// The words of a picture that was drawn, and of its codes: what to ask for to get it again.
FileWords generationWords(const ModelInfo& model, const GenerateRequest& request, std::uint64_t seed, const std::string& software);

}  // namespace tessera
