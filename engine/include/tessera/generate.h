// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/picture.h>
#include <tessera/query.h>

namespace tessera {

/// Pictures, or clips, that a model is to draw from words.
struct GenerateRequest {
    ModelId model{};
    std::string prompt;       ///< UTF-8
    bool video = false;       ///< a clip; of a model that draws clips
    int count = 1;            ///< pictures, of the seeds `seed`, `seed` + 1, ...; 1 to 64
    std::uint64_t seed = 0;
    double guidance = 3;      ///< logits without the prompt + guidance * what the prompt adds, 0 to 100; 1: the prompt's own, at half the work
    double temperature = 1;   ///< 0: always the likeliest code; to 100
    int topK = 900;           ///< draw among so many of the likeliest codes; 0: among all
    double topP = 0.96;       ///< and of those among the likeliest that together have this probability, above 0 to 1
    /// Codes that are kept, (frames, rows, columns, depths); -1: to be drawn. Empty: all are drawn. A code is drawn knowing those before it in this order, and none behind.
    std::vector<std::int32_t> given{};
    double previewSeconds = 0;  ///< least time between two previews; 0: none
};

/// What a model thought of every code when it came to it: of a picture's first codes in the order of GeneratedPicture::codes, given ones too.
/// Probabilities are those by guidance and temperature before top-k and top-p leave codes out; at temperature 0, those of temperature 1.
struct GenerationTrace {
    static constexpr int kAlternatives = 10;

    std::vector<float> probability;              ///< of the code that was taken
    std::vector<std::int32_t> rank;              ///< how many codes were likelier
    std::vector<float> entropy;                  ///< bits
    std::vector<float> guidanceGain;             ///< log probability of the code with the prompt minus without it, at temperature 1; empty without guidance
    std::vector<std::int32_t> alternatives;      ///< (codes, kAlternatives): the likeliest codes, the likeliest first; -1 in a codebook of fewer
    std::vector<float> alternativeProbabilities;

    std::size_t size() const { return probability.size(); }
    bool operator==(const GenerationTrace&) const = default;
};

struct GeneratedPicture {
    std::uint64_t seed = 0;
    std::vector<std::int32_t> codes;  ///< (frames, rows, columns, depths); -1: not drawn yet
    GenerationTrace trace;
    /// One, or as many as the clip has frames. A preview (Picture::partial) is the picture, or the frame that is being drawn, of the codes so far; empty: nothing new to see.
    std::vector<Picture> frames;
};

/// Pictures that are drawn, or what is drawn of them so far.
struct Generation {
    int frames = 1, rows = 0, columns = 0, depths = 0;
    int drawn = 0, positions = 0;  ///< tokens of each picture that are there, and all of them
    std::vector<GeneratedPicture> pictures;
    double seconds = 0;          ///< spent drawing, previews not counted
    double tokensPerSecond = 0;  ///< drawn, of all pictures together; given ones not counted
    std::string precision;       ///< "bf16", "fp32"
    bool finished = false;

    std::size_t at(int frame, int row, int column, int depth) const { return ((static_cast<std::size_t>(frame) * rows + row) * columns + column) * depths + depth; }
};

}  // namespace tessera
