// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <QRect>
#include <QString>

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
    int count = 1;
    bool video = false;
    bool operator==(const DrawingSettings&) const = default;
};

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
};

/// The engine's words for it. Without previews.
GenerateRequest requestOf(const DrawingSettings& settings, ModelId model);

/// A picture's codes up to the one that is exchanged; those after it are to be drawn.
std::vector<std::int32_t> givenOfFork(const Generation& drawn, int picture, int token, int depth, std::int32_t code);
/// All codes but those of a rectangle, in every frame.
std::vector<std::int32_t> givenOfRedraw(const Generation& drawn, int picture, QRect part);
/// What the codes were after so many tokens; -1 behind them. As Engine::decode takes a frame: [1,rows,columns,depths].
TensorMap frameAfter(const Generation& drawn, int picture, int frame, int tokens);

/// "seed 41 207", thin spaces between thousands.
QString groupedNumber(quint64 number);

}  // namespace tessera::ui
