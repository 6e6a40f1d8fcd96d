// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <vector>

#include <QObject>

#include "generate/draw_desk.h"

namespace tessera::ui {

/// What each word of the prompt did for the picture that is looked at. Reckoned when a person asks for it, since the model reads the picture once for every word; kept as
/// long as the picture is in the list. GUI thread.
class WordWeights : public QObject {
    Q_OBJECT
public:
    explicit WordWeights(DrawDesk& desk, QObject* parent = nullptr);
    ~WordWeights() override;

    DrawDesk& desk() const { return m_desk; }
    /// Why they cannot be asked for; empty if they can.
    QString refusal() const;
    void ask();
    void cancel();
    bool isAsking() const { return m_asked.has_value(); }
    double fraction() const { return m_fraction; }  ///< of what is asked for
    const QString& problem() const { return m_problem; }
    /// Of the picture that is looked at, or as many words of it as were reckoned yet; null: nobody asked.
    const WordInfluence* known() const;

    struct Share {
        int word = 0;     ///< its place in the prompt
        QString text;
        double gain = 0;  ///< nat per token
    };
    /// The words that were reckoned, the one that did the most first: over the rectangle that is chosen, of the frame that is shown; without one, over all tokens.
    std::vector<Share> ranking() const;
    /// Whose map lies over the picture; -1: none.
    int word() const { return m_word; }
    void setWord(int word);

Q_SIGNALS:
    void changed();

private:
    using Key = std::pair<quint64, int>;
    static Key keyOf(DrawnPicture picture) { return {quint64(picture.drawing), picture.index}; }
    void take(DrawnPicture picture, WordInfluence influence);
    void look();
    void showHeat();

    DrawDesk& m_desk;
    std::map<Key, WordInfluence> m_known;
    std::optional<DrawnPicture> m_asked;
    Subscription m_job;
    std::uint64_t m_ticket = 0;
    double m_fraction = 0;
    DrawnPicture m_looked;
    int m_word = -1;
    QString m_problem;
};

}  // namespace tessera::ui
