// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include <QObject>
#include <QTimer>

#include <tessera/engine.h>

#include "generate/drawing.h"

namespace tessera::ui {

class EngineHost;

/// What is to be drawn and what was: one drawing at a time, in their order. What was drawn of one that failed, was cancelled or paused stays, and is
/// where it goes on from. GUI thread.
class DrawQueue : public QObject {
    Q_OBJECT
public:
    explicit DrawQueue(EngineHost& host, QObject* parent = nullptr);
    ~DrawQueue() override;

    using Drawings = std::vector<std::shared_ptr<Drawing>>;
    /// In the order of the queue; those that ended stay where they stood.
    const Drawings& drawings() const { return m_drawings; }
    std::shared_ptr<const Drawing> find(DrawingId id) const;
    std::shared_ptr<const Drawing> running() const;
    int waiting() const;

    DrawingId add(DrawingSettings settings, ModelChoice model, std::vector<std::int32_t> given = {}, std::optional<DrawingOrigin> origin = {});
    /// One for each caption and its settings, to be seen side by side. The first.
    DrawingId addSeries(std::vector<std::pair<QString, DrawingSettings>> settings, const ModelChoice& model);
    /// Of that series, in the order in which they were ordered.
    Drawings series(quint64 number) const;
    /// One that was drawn before, with its codes: from the history. Nothing of it runs; one that is not finished can be gone on with.
    DrawingId addDrawn(Drawing drawing);
    /// The picture of codes that came without: of the history, of a finished drawing with one frame. Else nothing.
    void keepFrame(DrawnPicture picture, int frame, Picture decoded);
    /// What the model thought of codes that came without: of the history.
    void keepTrace(DrawnPicture picture, GenerationTrace trace);
    /// Why the model, if it is open, cannot go on from what is there: it is another one by now. One sentence; empty: it can.
    QString otherWeights(const Drawing& drawing) const;
    /// What it was drawn from, in words: its prompt, or its class's name; empty where that is not known.
    QString wordsOf(const Drawing& drawing) const;
    /// Takes one that ended, or waits, out of the list; stops one that runs, which keeps what is there.
    void cancel(DrawingId id);
    void cancelAll();
    void remove(DrawingId id);
    /// Goes on from what is there, at the end of the queue's waiting ones.
    void retry(DrawingId id);
    void move(DrawingId id, int by);
    /// While paused nothing is drawn; the one that runs stops at its next token and goes on from there.
    void setPaused(bool paused);
    bool isPaused() const { return m_paused; }

    /// A model's information if it is open and draws.
    const ModelInfo* drawer(const ModelChoice& model) const;

    static constexpr double kPreviewSeconds = 0.5;

Q_SIGNALS:
    void listChanged();                                ///< drawings came, went or were moved; the pause
    void changed(tessera::ui::DrawingId id);           ///< its state, or what is drawn; no oftener than a screen shows
    void finished(tessera::ui::DrawingId id);          ///< all of it is there
    void failed(tessera::ui::DrawingId id);

private:
    using State = Drawing::State;
    std::shared_ptr<Drawing> get(DrawingId id) const;
    void schedule();
    void startNext();
    void start(Drawing& drawing, const ModelInfo& model);
    void refuse(Drawing& drawing, const QString& why);
    void take(Drawing& drawing, Generation drawn);
    void end(Drawing& drawing, const Result<Generation>& result);
    void stopRunning(State state);
    void split(std::size_t index);
    void keepModels();
    void forgetStart();
    void tell(DrawingId id);

    EngineHost& m_host;
    Drawings m_drawings;
    std::shared_ptr<Drawing> m_running;
    Subscription m_job;
    const Engine* m_engine = nullptr;  ///< that the running one is drawn by
    std::weak_ptr<Engine> m_startEngine;
    SourceId m_start{};                ///< picture that the running one sets out from, as m_startEngine has it
    std::uint64_t m_ticket = 0, m_lastId = 0;
    quint64 m_lastSeries = 0;
    bool m_paused = false, m_scheduled = false;
    std::vector<DrawingId> m_untold;
    QTimer m_teller;
};


}  // namespace tessera::ui
