// SPDX-License-Identifier: Apache-2.0
#include "drawn_steps.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <system_error>

#include <tessera/files.h>
#include <tessera/source_words.h>

#include "command.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

double mean(const std::vector<float>& values) {
    return values.empty() ? 0.0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

void writeSteps(const std::string& folder, const std::string& stem, const ModelInfo& model, const GenerateRequest& request, const Generation& drawn, const char* software) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw CommandError{Error{ErrorCode::Unreadable, "the folder cannot be made: " + error.message(), folder, "choose another for --steps-out"}};
    std::string table = "picture,seed,step,time,mean_per_token,tokens_drawn_again\n";
    for (std::size_t i = 0; i < drawn.pictures.size(); ++i) {
        const GeneratedPicture& picture = drawn.pictures[i];
        for (const GenerationStep& step : picture.steps) {
            char number[24];
            std::snprintf(number, sizeof number, "-step%03d", step.step + 1);
            const std::string name = (fs::path(folder) / (stem + (drawn.pictures.size() > 1 ? "-" + std::to_string(i + 1) : "") + number)).string();
            const auto write = [&](const Picture& shown, const std::string& path) {
                if (shown.image.empty()) return;
                if (const auto failure = writePngFile(path, shown.image.toU8Rgb(), generationWords(model, request, picture.seed, software))) throw CommandError{*failure};
            };
            write(step.expected, name + ".png");
            write(step.state, name + "-tokens.png");
            table += std::to_string(i + 1) + ',' + std::to_string(picture.seed) + ',' + std::to_string(step.step + 1) + ',' + csvNumber(step.time) + ',' + csvNumber(mean(step.perToken)) + ',' +
                     (step.masked.empty() ? std::string() : std::to_string(std::ranges::count(step.masked, std::uint8_t{1}))) + "\n";
        }
    }
    if (const auto failure = writeTextFile((fs::path(folder) / (stem + "-steps.csv")).string(), table)) throw CommandError{*failure};
}

}  // namespace tessera::cli
