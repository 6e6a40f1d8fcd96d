// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/picture.h>
#include <tessera/query.h>

namespace tessera {

/// How a model draws.
enum class DrawnBy {
    Tokens,  ///< code after code, each knowing those before it
    Masks,   ///< all codes at once in a few rounds: what it is sure of stays
    Flow,    ///< continuous tokens, from noise along an ordinary differential equation
};

/// What a drawing can be asked for, of a model that draws.
struct DrawingInfo {
    DrawnBy by = DrawnBy::Tokens;
    bool prompts = true;               ///< follows words; else GenerateRequest::prompt is a class: its name, or its number from 0
    int classCount = 0;                ///< of a model that follows classes
    std::vector<std::string> classes{};  ///< their names where they are known
    int frames = 0;                    ///< of the clips that it draws; 0: pictures alone
    bool guided = true;                ///< GenerateRequest::guidance is followed
    double guidance = 3;               ///< its own
    bool weakModel = false;            ///< a weaker model lies beside it, by which it can be guided
    int steps = 0;                     ///< its own; 0: of a model that draws token after token
    std::vector<std::string> samplers{};  ///< of a flow, its own first
    std::vector<std::string> schedules{};  ///< of masks, its own first; "powN" with any other N will do too
    double temperature = 1;            ///< its own
    bool startsFromPictures = false;   ///< GenerateRequest::start is followed
    bool operator==(const DrawingInfo&) const = default;
};

/// How guidance grows from 1 to what was asked for, over the tokens of a picture.
enum class GuidanceCourse { Constant, Linear, Cosine };

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
    GuidanceCourse guidanceCourse = GuidanceCourse::Constant;  ///< DrawnBy::Tokens

    // Of models that draw in steps: DrawnBy::Masks and DrawnBy::Flow.
    int steps = 0;            ///< 0: DrawingInfo::steps; to 1000
    /// As many of them, evenly spread, the first and the last among them (one: the last), are kept in GeneratedPicture::steps; 0: none; to 64. Where their pictures would take more than
    /// the engine's cache may, fewer, and the pictures' notes say so.
    int keptSteps = 0;
    std::string schedule{};   ///< DrawnBy::Masks: how fast masks fall, as DrawingInfo::schedules names it; empty: the first
    // DrawnBy::Flow. Time runs from 1, all noise, to 0, the picture.
    std::string sampler{};    ///< of DrawingInfo::samplers; empty: the first
    double guidanceFrom = 0, guidanceTo = 1;  ///< times between which guidance is followed
    bool weakGuide = false;   ///< guided by the weaker model in place of none of the prompt
    SourceId start{};         ///< picture to set out from; 0: none
    double startTime = 1;     ///< at which time, 0 to 1
    std::vector<std::uint8_t> drawnAnew{};  ///< (rows, columns): tokens that are drawn while the others follow `start`; empty: all
    std::uint64_t towardsSeed = 0;  ///< other end of a way between two noises, on the sphere
    double towards = 0;             ///< how far on it, 0 to 1
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

/// A picture at one step of its drawing, of models that draw in steps.
struct GenerationStep {
    int step = 0;                      ///< how many steps came before
    double time = 0;                   ///< when it begins: of a flow from 1, all noise, to 0; of masks the share of tokens that are unknown
    Picture state{};                   ///< of a flow: principal components of the tokens as they are, (rows, columns)
    Picture expected{};                ///< the picture that it would become if all was known from here
    std::vector<float> perToken{};     ///< (rows, columns): of a flow the velocity's root mean square; of masks the log probability of the code taken, 0 where it was known
    std::vector<std::uint8_t> masked{};   ///< (rows, columns), of masks: 1 for what is drawn again
    std::vector<std::int32_t> codes{};    ///< (rows, columns, depths), of masks: all of them before some are drawn again
};

struct GeneratedPicture {
    std::uint64_t seed = 0;
    std::vector<std::int32_t> codes;  ///< (frames, rows, columns, depths); -1: not drawn yet. Empty: of a flow
    GenerationTrace trace;            ///< of DrawnBy::Tokens
    /// One, or as many as the clip has frames. A preview (Picture::partial) is the picture, or the frame that is being drawn, of the codes so far; empty: nothing new to see.
    std::vector<Picture> frames;
    std::vector<GenerationStep> steps{};  ///< GenerateRequest::keptSteps of them at most
};

/// Pictures that are drawn, or what is drawn of them so far.
struct Generation {
    DrawnBy by = DrawnBy::Tokens;
    int frames = 1, rows = 0, columns = 0, depths = 0;
    int drawn = 0, positions = 0;  ///< tokens of each picture that are there, and all of them; of models that draw in steps: steps
    std::vector<GeneratedPicture> pictures;
    double seconds = 0;          ///< spent drawing, previews not counted
    double tokensPerSecond = 0;  ///< drawn, of all pictures together; given ones not counted; of models that draw in steps: steps of a picture
    std::string precision;       ///< "bf16", "fp32"
    bool finished = false;

    std::size_t at(int frame, int row, int column, int depth) const { return ((static_cast<std::size_t>(frame) * rows + row) * columns + column) * depths + depth; }
};

/// Codes that were drawn from a prompt, to be told which of its words they owe most to.
struct WordInfluenceRequest {
    ModelId model{};
    std::string prompt;
    bool video = false;
    std::vector<std::int32_t> codes;  ///< all of them, as GeneratedPicture::codes
};

/// What each word of a prompt did for a picture.
struct WordInfluence {
    std::vector<std::string> words;
    int frames = 1, rows = 0, columns = 0;
    /// (words, frames, rows, columns): log probability of a token's codes with the whole prompt, minus that without the word, at temperature 1. NaN: not reckoned yet.
    std::vector<float> gain;
    bool finished = false;
};

}  // namespace tessera
