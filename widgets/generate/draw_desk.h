// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <map>
#include <optional>

#include <QImage>
#include <QObject>

#include "generate/draw_queue.h"

namespace tessera::ui {

/// What the model thought of one code.
struct TraceEntry {
    std::int32_t code = -1;
    float probability = 0;
    int rank = 1;  ///< 1: the likeliest
    float entropy = 0;
    std::optional<float> gain;  ///< of guidance, nats
    struct Alternative {
        std::int32_t code = -1;
        float probability = 0;
    };
    std::vector<Alternative> alternatives;  ///< the likeliest first
};
/// Nothing for a code that is not drawn yet, or without a trace.
std::optional<TraceEntry> traceAt(const Drawing& drawing, int picture, int token, int depth);
/// Sum of the log probabilities of the codes before that token, in nats.
double logLikelihoodBefore(const Drawing& drawing, int picture, int token);

/// Which drawn picture is looked at, and what of it: a frame, a token, a depth, a rectangle, and how far its drawing is wound back. Winding back decodes
/// the codes that were there, the newest wish alone. GUI thread.
class DrawDesk : public QObject {
    Q_OBJECT
public:
    DrawDesk(DrawQueue& queue, EngineHost& host, QObject* parent = nullptr);
    ~DrawDesk() override;

    DrawQueue& queue() const { return m_queue; }
    EngineHost& host() const { return m_host; }

    /// Null while there is none.
    std::shared_ptr<const Drawing> drawing() const { return m_queue.find(m_place.drawing); }
    DrawnPicture picture() const { return m_place; }
    /// Looks at that one until another is chosen; at the running one: at whatever runs.
    void show(DrawnPicture picture);
    /// Whatever runs next is looked at.
    void follow();

    int frame() const { return m_frame; }
    void setFrame(int frame);
    /// The frame that the image is of: of a clip that is being drawn, the one under way.
    int frameShown() const;
    /// Token that is looked at, counted over frames, rows and columns; -1: none.
    int token() const { return m_token; }
    void setToken(int token);
    /// The one under the pointer; -1: none.
    int hovered() const { return m_hovered; }
    void setHovered(int token);
    int depth() const { return m_depth; }
    void setDepth(int depth);  ///< clamped
    QRect part() const { return m_part; }  ///< columns and rows; empty: none is chosen
    void setPart(QRect part);
    /// How many tokens of the picture are shown, of what is drawn in steps how many of the kept ones lie before what is shown; none: all that are there.
    std::optional<int> steps() const { return m_steps; }
    void setSteps(std::optional<int> steps);

    /// What is to be seen; the one before it until it is decoded. Null before anything is.
    const QImage& image() const { return m_image; }
    /// The last picture that was seen finished, while another one is being drawn; null: there is none.
    QImage lastFinished() const;
    DrawnPicture lastFinishedPicture() const { return m_finishedOf; }
    /// Why what was asked for cannot be decoded; empty if it can.
    const QString& problem() const { return m_problem; }
    /// The kept step that is looked at: the last one where nothing is wound back; null: there is none.
    const GenerationStep* keptStep() const;
    /// How far it can be wound: tokens or kept steps that are there.
    int stepCount() const;
    /// Tokens that are to be seen, from the first on, or kept steps.
    int tokensShown() const;
    /// A token has its codes, and what is shown is not wound back before it.
    bool isThere(int token) const;
    /// The image shows it; one that came since the last preview is there, and not in it.
    bool isInImage(int token) const;
    /// The token that is being drawn; -1: none.
    int underWay() const;

    /// What lies over the picture as a map: one number for every token of every frame, in nat; empty: nothing does.
    const std::vector<float>& heat() const { return m_heat; }
    void setHeat(std::vector<float> heat);
    /// Zero in its middle, and as far to both sides as the map reaches.
    Legend heatLegend() const;

    /// A new branch with another code at the token and depth that are looked at; nothing where there is none.
    DrawingId fork(std::int32_t code);
    /// Why the token cannot be forked; empty if it can.
    QString forkRefusal() const;
    /// A new branch with other codes in the rectangle.
    DrawingId redraw();
    QString redrawRefusal() const;

Q_SIGNALS:
    void pictureChanged();  ///< another picture, or more of it
    void placeChanged();    ///< frame, token, depth, rectangle or what is under the pointer
    void imageChanged();

private:
    struct Wish {
        DrawnPicture picture;
        int frame = 0, tokens = 0;
        auto key() const { return std::array<quint64, 4>{quint64(picture.drawing), quint64(picture.index), quint64(frame), quint64(tokens)}; }
    };
    void look();
    void ask(const Wish& wish);
    void setImage(QImage image, const void* shown, int tokens);
    void take(const Wish& wish, const Result<std::vector<Picture>>& result);

    DrawQueue& m_queue;
    EngineHost& m_host;
    DrawnPicture m_place;
    bool m_following = true;
    int m_frame = 0, m_token = -1, m_hovered = -1, m_depth = 0;
    QRect m_part;
    std::optional<int> m_steps;
    std::vector<float> m_heat;
    QImage m_image;
    Picture m_held;               ///< whose samples the image was made from
    const void* m_shown = nullptr;
    DrawnPicture m_imageOf;
    QImage m_finished;
    DrawnPicture m_finishedOf;
    int m_imageTokens = 0;        ///< that it shows
    QString m_problem;
    std::map<std::array<quint64, 4>, QImage> m_decoded;
    std::optional<Wish> m_asked, m_next;
    Subscription m_job;
    std::uint64_t m_ticket = 0;
};

}  // namespace tessera::ui
