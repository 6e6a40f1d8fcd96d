// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <QObject>
#include <QString>

#include "bridge/token_reader.h"
#include "workspace/token_edits.h"

namespace tessera::ui {

/// What a person does to the tokens of the current cell: looks at them, chooses them, changes them. Looking is shared view state and never
/// undone; every change is one step of the session's undo stack, a stroke of the brush too. What cannot be done is told in one sentence.
class TokenSurgery : public QObject {
    Q_OBJECT
public:
    TokenSurgery(Session& session, EngineHost& host, TokenReader& reader, QObject* parent);

    /// Tokens can be looked at by hand: where the board is about them, and with a click in the Heatmap workspace.
    bool isOffered() const;
    /// The pointer and the arrow keys are the tokens' own: in the Tokens workspace, and everywhere while the token grid is shown.
    bool isAboutTokens() const;
    /// Where the current cell's tokens lie; nothing until that is known, or while they are not offered.
    std::optional<TokenArea> area() const;
    /// What is looked at, on the current cell's grid; !any() without a grid or before anything was.
    TokenSelection here() const;
    /// The current cell's codes; null without any.
    std::shared_ptr<const TokenGrid> grid() const;
    /// Why there are none, in one sentence; empty if there are.
    QString refusal() const;
    int depth() const;   ///< 0-based, of the current cell's model
    int depths() const;  ///< 0 without codes

    // Looking.
    void lookAt(TokenPlace place, bool extend = false);  ///< `extend`: chooses the rectangle from where the last one began
    void step(int rows, int columns, bool extend = false);
    void setDepth(int depth);
    void choose(std::vector<TokenPlace> places, TokenPlace cursor);
    void chooseAll();
    /// All tokens whose code at the current depth is the cursor's.
    void chooseSameCode();
    void chooseNothing();  ///< but the cursor

    // Changing what is chosen, else the token that is looked at.
    /// Why no codeword of the current depth has that number, with the numbers that are; empty if one has it, and for -1.
    QString refusalOf(qint64 code) const;
    /// The caller made sure of refusalOf().
    void setCode(std::int32_t code);
    void dropCode();
    void randomCode();
    void shuffle();
    void revert();

    // Changing what is chosen, else all tokens.
    void zeroDepth();
    void randomiseDepth();
    void dropFromDepth();
    void revertAll();

    bool copy();
    /// False if the clipboard holds no tokens.
    bool paste();

    /// The next place that is confirmed exchanges its tokens with the chosen ones; until then step() and lookAt() move that place.
    void beginSwap();
    void endSwap();
    bool isSwapping() const { return m_target.has_value(); }
    std::optional<TokenPlace> target() const { return m_target; }
    void swapWith(TokenPlace place);

    /// The code that the brush paints at the current depth: the last one typed or copied, else that of the token that is looked at.
    std::optional<std::int32_t> brush() const;
    void beginStroke();
    void paint(const std::vector<TokenPlace>& places);

    void setUnedited(bool unedited);
    int editedTokens() const;  ///< of the current cell

    /// Draws what is random; tests put in their own.
    void setSeeds(std::function<std::uint64_t()> seeds) { m_seeds = std::move(seeds); }

Q_SIGNALS:
    void told(const QString& sentence);
    /// isSwapping(), target() or brush() is another.
    void changed();

private:
    using Edit = std::function<TokenEditPointer(const TokenGrid& grid)>;
    void setTokens(TokenSelection tokens);
    void edit(const QString& text, const Edit& make, int gesture = 0);
    std::vector<TokenPlace> chosenOrAll(const TokenGrid& grid) const;
    void noteBrush(const TokenGrid& grid, int depth, std::int32_t code);

    Session& m_session;
    EngineHost& m_host;
    TokenReader& m_reader;
    std::function<std::uint64_t()> m_seeds;
    std::optional<TokenPlace> m_anchor;  ///< where the rectangle that is extended began
    std::optional<TokenPlace> m_target;
    std::map<int, std::int32_t> m_brush;  ///< by depth
    std::string m_brushOf;                ///< fingerprint of the model that it belongs to
    int m_stroke = 0;
};

}  // namespace tessera::ui
