// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <QRect>
#include <QString>

#include <tessera/engine.h>
#include <tessera/generate.h>
#include <tessera/tensor.h>

#include "workspace/columns.h"

namespace tessera::ui {

/// A drawing's name inside one start of the program; 0 is "none".
enum class DrawingId : quint64 {};

/// What a person sets before something is drawn. Ranges are those of GenerateRequest.
struct DrawingSettings {
    QString prompt;
    quint64 seed = 0;
    double guidance = 3, temperature = 1;
    int topK = 900;
    double topP = 0.96;
    GuidanceCourse course = GuidanceCourse::Constant;
    int count = 1;
    bool video = false;
    // Of models that draw in steps:
    static constexpr int kKeptSteps = 12;
    int steps = 0, keptSteps = kKeptSteps;  ///< 0: the model's own
    QString sampler, schedule;              ///< empty: the model's own
    double guidanceFrom = 0, guidanceTo = 1;
    bool weakGuide = false;
    std::shared_ptr<const SourceRequest> start;  ///< picture to set out from; null: none
    double startTime = 1;
    std::vector<std::uint8_t> drawnAnew;
    quint64 towardsSeed = 0;
    double towards = 0;
    bool operator==(const DrawingSettings&) const = default;
};

/// Without what the model does not follow.
DrawingSettings followed(DrawingSettings settings, const ModelInfo& model);

/// One of the pictures of a drawing.
struct DrawnPicture {
    DrawingId drawing{};
    int index = 0;
    bool operator==(const DrawnPicture&) const = default;
};

/// How a drawing goes on from a picture that was there.
struct DrawingOrigin {
    enum class Kind {
        Fork,    ///< kept up to a token, which gets another code
        Redraw,  ///< a rectangle of tokens is drawn anew
    };
    Kind kind = Kind::Fork;
    DrawnPicture from;
    int token = 0;  ///< the first that may differ, counted over frames, rows and columns
    // Of a fork:
    int depth = 0;  ///< 0-based
    std::int32_t before = -1, after = -1;  ///< the codes at that place
    // Of a rectangle:
    QRect part;  ///< columns and rows
};

/// One order to a model, and what has become of it.
struct Drawing {
    enum class State { Waiting, Running, Paused, Finished, Failed, Cancelled };

    DrawingId id{};
    DrawingSettings settings;
    ModelChoice model;
    QString modelName, fingerprint;     ///< the second once the model was open
    DrawingInfo info;                   ///< likewise
    quint64 series = 0;                 ///< that was ordered together, one picture for each of some values; 0: none
    QString caption;                    ///< its value in the series
    QString key, parentKey;             ///< of the drawing among all that ever were, and of the picture that it is a branch of: historyKey()
    int keyIndex = 0;                   ///< of its first picture among those that were ordered together
    std::vector<std::int32_t> given;    ///< as GenerateRequest::given
    std::optional<DrawingOrigin> origin;
    State state = State::Waiting;
    QString problem;                    ///< one sentence, in state Failed
    Generation drawn;                   ///< what is there; previews stay until newer ones come
    std::vector<Picture> last;          ///< of each picture the newest preview, or its last frame; empty before the first
    int lastTokens = 0;                 ///< that `last` shows
    double fraction = 0;                ///< as the engine tells it, decoding included

    bool isOpen() const { return state == State::Waiting || state == State::Running || state == State::Paused; }
    bool hasTokens() const { return drawn.drawn > 0 && !drawn.pictures.empty(); }
    int tokens() const { return drawn.frames * drawn.rows * drawn.columns; }
    /// It is drawn in steps, each of which knows all of the picture.
    bool inSteps() const { return (hasTokens() ? drawn.by : info.by) != DrawnBy::Tokens; }
    /// Tokens or steps; 0: not known yet.
    int length() const { return inSteps() ? drawn.rows > 0 ? drawn.positions : 0 : tokens(); }
};

/// What a picture is called in the history.
QString historyKey(const Drawing& drawing, int picture);

/// The engine's words for it. Without previews, and without the picture that it sets out from.
GenerateRequest requestOf(const DrawingSettings& settings, ModelId model);

/// A picture's codes up to the one that is exchanged; those after it are to be drawn.
std::vector<std::int32_t> givenOfFork(const Generation& drawn, int picture, int token, int depth, std::int32_t code);
/// 1 for the tokens of a rectangle, (rows, columns).
std::vector<std::uint8_t> marksOf(const Generation& drawn, QRect part);
/// All codes but those of a rectangle, in every frame.
std::vector<std::int32_t> givenOfRedraw(const Generation& drawn, int picture, QRect part);
/// What the codes were after so many tokens; -1 behind them. As Engine::decode takes a frame: [1,rows,columns,depths].
TensorMap frameAfter(const Generation& drawn, int picture, int frame, int tokens);

/// "seed 41 207", thin spaces between thousands.
QString groupedNumber(quint64 number);

}  // namespace tessera::ui
