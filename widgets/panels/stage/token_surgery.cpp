// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/token_surgery.h"

#include <algorithm>
#include <utility>

#include <QClipboard>
#include <QGuiApplication>
#include <QMimeData>
#include <QRandomGenerator>

#include "bridge/engine_host.h"
#include "panels/stage/token_clipboard.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

std::vector<TokenPlace> allPlaces(int rows, int columns) {
    return rectangle({0, 0}, {rows - 1, columns - 1});
}

TokenPlace inside(TokenPlace place, const TokenArea& area) {
    return {std::clamp(place.row, 0, area.rows - 1), std::clamp(place.column, 0, area.columns - 1)};
}

QString countWords(int count) {
    return count == 1 ? TokenSurgery::tr("1 token") : TokenSurgery::tr("%1 tokens").arg(count);
}

}  // namespace

TokenSurgery::TokenSurgery(Session& session, EngineHost& host, TokenReader& reader, QObject* parent)
    : QObject(parent), m_session(session), m_host(host), m_reader(reader), m_seeds([] { return QRandomGenerator::global()->generate64(); }) {
    for (const auto signal : {&Session::currentRowChanged, &Session::currentColumnChanged, &Session::workspaceChanged}) {
        connect(&session, signal, this, [this] {
            m_anchor.reset();
            endSwap();
        });
    }
}

bool TokenSurgery::isOffered() const {
    return m_session.find(m_session.currentRow()) && (isAboutTokens() || m_session.workspace().kind == WorkspaceKind::Heatmap);
}

bool TokenSurgery::isAboutTokens() const {
    return m_session.workspace().kind == WorkspaceKind::Tokens || m_session.view().tokenGrid;
}

std::optional<TokenArea> TokenSurgery::area() const {
    return isOffered() ? m_reader.areaOf(m_session.currentRow(), m_session.columns()[m_session.currentColumn()]) : std::nullopt;
}

std::shared_ptr<const TokenGrid> TokenSurgery::grid() const {
    return isOffered() ? m_reader.current() : nullptr;
}

TokenSelection TokenSurgery::here() const {
    const auto where = area();
    return where ? onGrid(m_session.view().tokens, where->rows, where->columns) : TokenSelection();
}

QString TokenSurgery::refusal() const {
    if (grid()) return {};
    if (!m_session.find(m_session.currentRow())) return tr("There is no image yet");
    if (const auto& error = m_reader.error()) return QString::fromStdString(toLine(*error));
    return isOffered() ? tr("The codes are still being read") : tr("Show the token grid first");
}

int TokenSurgery::depths() const {
    const auto& model = m_host.modelOf(m_session.columns()[m_session.currentColumn()].model).info;
    return model ? model->codes.depths() : 0;
}

int TokenSurgery::depth() const {
    return std::clamp(m_session.view().tokens.depth, 0, std::max(0, depths() - 1));
}

void TokenSurgery::setTokens(TokenSelection tokens) {
    ViewState view = m_session.view();
    // One chosen token is the one that is looked at.
    if (tokens.chosen == std::vector{tokens.cursor}) tokens.chosen.clear();
    view.tokens = std::move(tokens);
    m_session.setView(view);
}

void TokenSurgery::lookAt(TokenPlace place, bool extend) {
    const auto where = area();
    if (!where) return;
    place = inside(place, *where);
    if (m_target) {
        m_target = place;
        Q_EMIT changed();
        return;
    }
    TokenSelection tokens = here();
    if (!extend || !tokens.any()) m_anchor = place;
    if (!m_anchor) m_anchor = tokens.cursor;
    tokens.rows = where->rows;
    tokens.columns = where->columns;
    tokens.cursor = place;
    tokens.chosen = extend ? rectangle(inside(*m_anchor, *where), place) : std::vector<TokenPlace>();
    setTokens(std::move(tokens));
}

void TokenSurgery::step(int rows, int columns, bool extend) {
    const auto where = area();
    if (!where) return;
    const TokenSelection tokens = here();
    if (m_target) return lookAt({m_target->row + rows, m_target->column + columns});
    // The first step shows where one is.
    if (!tokens.any()) return lookAt({where->rows / 2, where->columns / 2});
    lookAt({tokens.cursor.row + rows, tokens.cursor.column + columns}, extend);
}

void TokenSurgery::setDepth(int depth) {
    ViewState view = m_session.view();
    view.tokens.depth = std::clamp(depth, 0, std::max(0, depths() - 1));
    m_session.setView(view);
}

void TokenSurgery::choose(std::vector<TokenPlace> places, TokenPlace cursor) {
    const auto where = area();
    if (!where) return;
    TokenSelection tokens = here();
    tokens.rows = where->rows;
    tokens.columns = where->columns;
    tokens.cursor = inside(cursor, *where);
    m_anchor = tokens.cursor;
    tokens.chosen = std::move(places);
    setTokens(std::move(tokens));
}

void TokenSurgery::chooseAll() {
    const auto where = area();
    if (!where) return;
    const TokenSelection tokens = here();
    choose(allPlaces(where->rows, where->columns), tokens.any() ? tokens.cursor : TokenPlace{});
}

void TokenSurgery::chooseSameCode() {
    const auto codes = grid();
    const TokenSelection tokens = here();
    if (!codes || !tokens.any()) return Q_EMIT told(codes ? tr("Choose a token first") : refusal());
    const std::int32_t code = codes->codes[codes->at(tokens.cursor.row, tokens.cursor.column, depth())];
    std::vector<TokenPlace> places = withCode(*codes, depth(), code);
    Q_EMIT told(tr("%1 with code %2 at depth %3").arg(countWords(static_cast<int>(places.size()))).arg(code).arg(depth() + 1));
    choose(std::move(places), tokens.cursor);
}

void TokenSurgery::chooseNothing() {
    TokenSelection tokens = here();
    if (!tokens.any()) return;
    tokens.chosen.clear();
    m_anchor = tokens.cursor;
    setTokens(std::move(tokens));
}

void TokenSurgery::edit(const QString& text, const Edit& make, int gesture) {
    const auto codes = grid();
    if (!codes) return Q_EMIT told(refusal());
    if (!here().any()) return Q_EMIT told(tr("Choose a token first"));
    // What is changed is to be seen.
    setUnedited(false);
    m_session.editTokens(text, m_session.currentRow(), m_session.columns()[m_session.currentColumn()].model, make(*codes), gesture);
}

std::vector<TokenPlace> TokenSurgery::chosenOrAll(const TokenGrid& grid) const {
    const TokenSelection tokens = here();
    return tokens.chosen.empty() ? allPlaces(grid.rows, grid.columns) : tokens.chosen;
}

QString TokenSurgery::refusalOf(qint64 code) const {
    const auto codes = grid();
    if (!codes) return refusal();
    const int size = codes->layout.codebookSizes[depth()];
    if (code >= -1 && code < size) return {};
    return tr("There is no code %1 at depth %2: give 0 to %3, or −1 for no code").arg(code).arg(depth() + 1).arg(size - 1);
}

void TokenSurgery::setCode(std::int32_t code) {
    if (const auto codes = grid()) noteBrush(*codes, depth(), code);
    edit(tr("type code"), [&](const TokenGrid& grid) { return withCodeAt(grid, here().places(), depth(), code); });
}

void TokenSurgery::dropCode() {
    edit(tr("drop code"), [this](const TokenGrid& grid) { return withCodeAt(grid, here().places(), depth(), -1); });
}

void TokenSurgery::randomCode() {
    edit(tr("random code"), [this](const TokenGrid& grid) { return randomised(grid, here().places(), depth(), m_seeds()); });
}

void TokenSurgery::shuffle() {
    if (here().places().size() < 2) return Q_EMIT told(tr("Choose at least two tokens to shuffle"));
    edit(tr("shuffle tokens"), [this](const TokenGrid& grid) { return shuffled(grid, here().places(), m_seeds()); });
}

void TokenSurgery::revert() {
    edit(tr("revert tokens"), [this](const TokenGrid& grid) { return reverted(grid, here().places()); });
}

void TokenSurgery::zeroDepth() {
    if (!here().any()) lookAt({0, 0});
    edit(tr("zero depth"), [this](const TokenGrid& grid) { return withoutDepth(grid, chosenOrAll(grid), depth(), false); });
}

void TokenSurgery::randomiseDepth() {
    if (!here().any()) lookAt({0, 0});
    edit(tr("randomise depth"), [this](const TokenGrid& grid) { return randomised(grid, chosenOrAll(grid), depth(), m_seeds()); });
}

void TokenSurgery::dropFromDepth() {
    if (!here().any()) lookAt({0, 0});
    edit(tr("drop depths"), [this](const TokenGrid& grid) { return withoutDepth(grid, chosenOrAll(grid), depth(), true); });
}

/// Needs no codes: an edit of a grid of another size is in the way of reading them.
void TokenSurgery::revertAll() {
    m_session.editTokens(tr("revert all tokens"), m_session.currentRow(), m_session.columns()[m_session.currentColumn()].model, nullptr);
}

bool TokenSurgery::copy() {
    const auto codes = grid();
    const TokenSelection tokens = here();
    if (!codes || !tokens.any()) return false;
    QGuiApplication::clipboard()->setMimeData(toMime(cutOut(*codes, tokens.places())).release());
    for (int depth = 0; depth < codes->layout.depths(); ++depth) noteBrush(*codes, depth, codes->codes[codes->at(tokens.cursor.row, tokens.cursor.column, depth)]);
    Q_EMIT told(tr("%1 copied").arg(countWords(static_cast<int>(tokens.places().size()))));
    return true;
}

bool TokenSurgery::paste() {
    const QMimeData* mime = QGuiApplication::clipboard()->mimeData();
    if (!mime || !holdsTokens(*mime)) return false;
    const auto codes = grid();
    const auto block = fromMime(*mime);
    if (!codes) {
        Q_EMIT told(refusal());
    } else if (!block) {
        Q_EMIT told(tr("The tokens in the clipboard are not what a studio writes: copy them again"));
    } else if (!mayPaste(*codes, *block)) {
        const auto& model = m_host.modelOf(m_session.columns()[m_session.currentColumn()].model).info;
        Q_EMIT told(tr("These tokens are codes of another model: copy tokens of %1 to paste them here").arg(model ? QString::fromStdString(model->name) : tr("this model")));
    } else if (!here().any()) {
        Q_EMIT told(tr("Choose the token where the top left corner goes"));
    } else {
        TokenPlace corner = here().cursor;
        for (const TokenPlace& place : here().chosen) corner = {std::min(corner.row, place.row), std::min(corner.column, place.column)};
        edit(tr("paste tokens"), [&](const TokenGrid& grid) { return pasted(grid, *block, corner); });
        const auto where = area();
        choose(rectangle(corner, inside({corner.row + block->rows - 1, corner.column + block->columns - 1}, *where)), corner);
    }
    return true;
}

void TokenSurgery::beginSwap() {
    const TokenSelection tokens = here();
    if (!grid() || !tokens.any()) return Q_EMIT told(grid() ? tr("Choose a token first") : refusal());
    m_target = tokens.cursor;
    Q_EMIT told(tr("Click the token where the top left corner goes, or move there and press Enter"));
    Q_EMIT changed();
}

void TokenSurgery::endSwap() {
    if (!std::exchange(m_target, std::nullopt)) return;
    Q_EMIT told({});  // where to go is no question any more
    Q_EMIT changed();
}

void TokenSurgery::swapWith(TokenPlace place) {
    endSwap();
    edit(tr("swap tokens"), [&](const TokenGrid& grid) { return swapped(grid, here().places(), place); });
}

void TokenSurgery::noteBrush(const TokenGrid& grid, int depth, std::int32_t code) {
    if (std::exchange(m_brushOf, grid.fingerprint) != grid.fingerprint) m_brush.clear();
    m_brush[depth] = code;
    Q_EMIT changed();
}

std::optional<std::int32_t> TokenSurgery::brush() const {
    const auto codes = grid();
    if (!codes) return std::nullopt;
    const auto it = m_brush.find(depth());
    if (it != m_brush.end() && m_brushOf == codes->fingerprint) return it->second;
    const TokenSelection tokens = here();
    if (!tokens.any()) return std::nullopt;
    return codes->codes[codes->at(tokens.cursor.row, tokens.cursor.column, depth())];
}

void TokenSurgery::beginStroke() {
    ++m_stroke;
    const auto code = brush();
    // Painting over the token that the code was taken from changes nothing of the stroke.
    if (const auto codes = grid(); codes && code) noteBrush(*codes, depth(), *code);
}

void TokenSurgery::paint(const std::vector<TokenPlace>& places) {
    const auto code = brush();
    if (!code) return Q_EMIT told(grid() ? tr("Copy a token or type a code first: the brush paints that one") : refusal());
    edit(tr("paint code %1").arg(*code), [&](const TokenGrid& grid) { return withCodeAt(grid, places, depth(), *code); }, m_stroke);
}

void TokenSurgery::setUnedited(bool unedited) {
    ViewState view = m_session.view();
    view.unedited = unedited;
    m_session.setView(view);
}

int TokenSurgery::editedTokens() const {
    const auto codes = m_reader.current();
    return codes ? ui::editedTokens(*codes) : 0;
}

}  // namespace tessera::ui
