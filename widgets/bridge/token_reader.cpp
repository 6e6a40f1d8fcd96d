// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/token_reader.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "bridge/cell_board.h"
#include "bridge/cell_wish.h"
#include "bridge/engine_host.h"
#include "bridge/qt_executor.h"
#include "canvas/camera.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

/// Lenses whose pictures have a pixel for every token.
constexpr std::array<std::string_view, 5> kTokenPictures{"token_norm", "latent_pca", "latent_channel", "token_similarity", "text_similarity"};

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

bool hasCodes(const EngineHost& host, const Column& column) {
    const auto& model = host.modelOf(column.model).info;
    return model && model->codes.depths() > 0;
}

/// The codes that the edit makes of those that the search found; null if nothing changes, or if the edit is of another grid.
std::shared_ptr<const TokenGrid> withEdit(const TokenGrid& grid, const TokenEdit* edit) {
    std::vector<std::int32_t> codes = grid.found;
    if (edit) {
        if (edit->rows != grid.rows || edit->columns != grid.columns || edit->depths != grid.layout.depths()) return nullptr;
        for (const TokenEdit::Change& change : edit->changes) codes[grid.at(change.row, change.column, change.depth)] = change.code;
    }
    if (codes == grid.codes) return nullptr;
    TokenGrid changed = grid;
    // What the engine has yet to say of these is not known: no number of the code that was there before.
    const int depths = grid.layout.depths();
    for (std::size_t at = 0; at < codes.size(); ++at) {
        if (codes[at] == grid.codes[at]) continue;
        changed.codeNorm[at] = kUnknown;
        for (std::size_t finer = at; finer < (at / depths + 1) * depths; ++finer) changed.residual[finer] = kUnknown;
    }
    changed.codes = std::move(codes);
    return std::make_shared<const TokenGrid>(std::move(changed));
}

}  // namespace

TokenReader::TokenReader(Session& session, EngineHost& host, CellBoard& board, QObject* parent) : QObject(parent), m_session(session), m_host(host), m_board(board) {
    const auto schedule = [this] { this->schedule(); };
    for (const auto signal : {&Session::currentRowChanged, &Session::currentColumnChanged, &Session::columnsChanged}) connect(&session, signal, this, schedule);
    connect(&session, &Session::viewChanged, this, [this] {
        const ViewState& view = m_session.view();
        const std::tuple looked(view.tokenGrid, view.tokens.any(), view.frame);
        if (looked != std::exchange(m_looked, looked)) this->schedule();
    });
    connect(&session, &Session::columnChanged, this, schedule);
    connect(&session, &Session::rowChanged, this, schedule);
    connect(&session, &Session::rowsRemoved, this, schedule);
    connect(&session, &Session::tokensEdited, this, [this](RowId row, const QString& model) { apply(row, model.toStdString()); });
    connect(&host, &EngineHost::stateChanged, this, schedule);
    connect(&host, &EngineHost::modelChanged, this, [this] {
        followModels();
        this->schedule();
    });
    connect(&board, &CellBoard::visibleRowsChanged, this, schedule);
    connect(&board, &CellBoard::cellChanged, this, [this](RowId row, int column) {
        // The first picture of tokens says where they lie.
        const auto& columns = m_session.columns();
        const bool known = column >= 0 && column < static_cast<int>(columns.size()) && m_session.find(row);
        if (known && std::ranges::find(kTokenPictures, columns[column].lens) != kTokenPictures.end()) Q_EMIT changed();
    });
    tellGrids();
    followModels();
    this->schedule();
}

TokenReader::~TokenReader() {
    m_board.setTokenGrids({});
}

const Column& TokenReader::currentColumn() const {
    return m_session.columns()[m_session.currentColumn()];
}

TokenReader::Key TokenReader::keyOf(RowId row, const Column& column) const {
    return {row, column.model, preprocessingOf(column, m_host.lenses())};
}

const TokenReader::Entry* TokenReader::find(RowId row, const Column& column) const {
    const auto it = m_entries.find(keyOf(row, column));
    return it == m_entries.end() ? nullptr : &it->second;
}

std::shared_ptr<const TokenGrid> TokenReader::gridOf(RowId row, const Column& column) const {
    const Entry* entry = find(row, column);
    return entry ? entry->grid : nullptr;
}

std::shared_ptr<const TokenGrid> TokenReader::current() const {
    return gridOf(m_session.currentRow(), currentColumn());
}

const std::optional<Error>& TokenReader::error() const {
    return m_error;
}

bool TokenReader::waiting() const {
    const Entry* entry = find(m_session.currentRow(), currentColumn());
    return entry && entry->job;
}

std::optional<TokenArea> TokenReader::areaOf(RowId row, const Column& column) const {
    if (const auto grid = gridOf(row, column)) return TokenArea{grid->rows, grid->columns, grid->region};
    if (hasCodes(m_host, column)) return std::nullopt;
    const ParameterSet wanted = preprocessingOf(column, m_host.lenses());
    const std::vector<Column>& columns = m_session.columns();
    for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
        if (columns[i].model != column.model || std::ranges::find(kTokenPictures, columns[i].lens) == kTokenPictures.end()) continue;
        const Cell& cell = m_board.cell(row, i);
        // Of another model or size than is asked for now.
        if (!cell.picture || cell.picture->partial || preprocessingOf(columns[i], m_host.lenses()) != wanted) continue;
        return TokenArea{cell.picture->image.height(), cell.picture->image.width(), canvas::regionOf(*cell.picture)};
    }
    return std::nullopt;
}

/// Once per turn of the event loop.
void TokenReader::schedule() {
    if (std::exchange(m_scheduled, true)) return;
    QMetaObject::invokeMethod(this, [this] {
        if (m_scheduled) follow();
    }, Qt::QueuedConnection);
}

void TokenReader::followModels() {
    for (const ModelChoice& choice : m_session.models()) {
        if (const auto& model = m_host.modelOf(choice).info) {
            m_session.noteDepths(choice, {model->codes.depths(), model->codes.kind == CodeLayout::Kind::Residual});
            m_session.noteTexts(choice, !model->denseMethods.empty());
        }
    }
}

void TokenReader::follow() {
    m_scheduled = false;
    if (m_engine != m_host.engine()) {
        m_entries.clear();
        m_engine = m_host.engine();
    }
    const std::shared_ptr<const TokenGrid> before = current();
    const std::size_t count = m_entries.size();
    std::map<Key, Entry> kept;
    if (m_engine) {
        want(m_session.currentRow(), currentColumn(), kept);
        const ViewState& view = m_session.view();
        const auto follows = [this](const Column& column) {
            const LensInfo* lens = lensInfo(m_host, column.lens);
            return lens && m_session.view().tokens.any() && followsToken(*lens, column);
        };
        for (const RowId row : m_board.visibleRows()) {
            for (const Column& column : m_session.columns()) {
                if (view.tokenGrid || follows(column)) want(row, column, kept);
            }
        }
    }
    m_entries = std::move(kept);
    const bool erred = tellsError();
    if (erred || current() != before || m_entries.size() != count) Q_EMIT changed();
}

/// Moves the entry of what is wanted to `kept`, and asks where it is not what it is to be.
void TokenReader::want(RowId row, const Column& column, std::map<Key, Entry>& kept) {
    const Row* known = m_session.find(row);
    if (!known || known->error || !hasCodes(m_host, column)) return;
    const Key key = keyOf(row, column);
    if (kept.contains(key)) return;
    const SourceId source = m_board.source(row);
    if (source == SourceId{}) return;
    const auto it = m_entries.find(key);
    Entry& entry = kept[key];
    if (it != m_entries.end()) {
        entry = std::move(it->second);
        m_entries.erase(it);
    }
    const ModelId model = m_host.modelOf(column.model).info->id;
    const TokenEditPointer edit = m_session.tokenEdit(row, column.model);
    const int frame = m_session.frameOf(row);
    if (entry.asked && entry.source == source && entry.model == model && entry.edit == edit && entry.frame == frame) return;
    if (entry.source != source || entry.model != model) entry.grid = nullptr;
    entry.source = source;
    entry.model = model;
    entry.edit = edit;
    entry.frame = frame;
    ask(key, entry);
}

void TokenReader::ask(const Key& key, Entry& entry) {
    entry.asked = true;
    entry.ticket = ++m_lastTicket;
    Observer<TokenGrid> observer;
    observer.executor = guiExecutor(this);
    observer.onDone = [this, key, ticket = entry.ticket](const Result<TokenGrid>& result) { take(key, ticket, result); };
    // The older question goes only now, so that work both need goes on.
    entry.job = m_engine->tokens({.source = entry.source, .model = entry.model, .edit = m_edits.idOf(m_engine, entry.edit), .frame = entry.frame}, std::get<ParameterSet>(key), Priority::Visible, std::move(observer));
}

void TokenReader::take(const Key& key, std::uint64_t ticket, const Result<TokenGrid>& result) {
    const auto it = m_entries.find(key);
    if (it == m_entries.end() || it->second.ticket != ticket) return;
    Entry& entry = it->second;
    entry.job = {};
    if (result.cancelled()) {
        entry.asked = false;
        return;
    }
    entry.error.reset();
    if (result) {
        entry.grid = std::make_shared<const TokenGrid>(result.value());
        // Edits that came while the engine was at work are already seen: they stay so.
        const TokenEditPointer edit = m_session.tokenEdit(std::get<RowId>(key), std::get<ModelChoice>(key));
        if (auto edited = withEdit(*entry.grid, edit.get())) entry.grid = std::move(edited);
    } else {
        entry.grid = nullptr;
        entry.error = result.error();
    }
    tellsError();
    tellGrids();
    Q_EMIT changed();
}

/// The board asks again: lenses look where the tokens lie now.
void TokenReader::tellGrids() {
    m_board.setTokenGrids([this](RowId row, const Column& column) -> std::optional<std::pair<int, int>> {
        const auto area = areaOf(row, column);
        return area ? std::optional(std::pair(area->rows, area->columns)) : std::nullopt;
    });
}

/// What was edited shows now, so that the next edit starts from it.
void TokenReader::apply(RowId row, const std::string& model) {
    bool any = false;
    for (auto& [key, entry] : m_entries) {
        if (std::get<RowId>(key) != row || std::get<ModelChoice>(key).reference != model || !entry.grid) continue;
        const TokenEditPointer edit = m_session.tokenEdit(row, std::get<ModelChoice>(key));
        if (auto changed = withEdit(*entry.grid, edit.get())) {
            entry.grid = std::move(changed);
            any = true;
        }
    }
    schedule();
    if (any) Q_EMIT changed();
}

/// True if error() is another than it was.
bool TokenReader::tellsError() {
    std::optional<Error> now;
    if (const Entry* entry = find(m_session.currentRow(), currentColumn())) now = entry->error;
    const auto& model = m_host.modelOf(currentColumn().model).info;
    if (model && model->codes.depths() == 0) {
        now = Error{ErrorCode::Unsupported, tr("%1 has no codes").arg(QString::fromStdString(model->name)).toStdString(), {}, tr("choose a model that quantizes").toStdString()};
    }
    if (now == m_error) return false;
    m_error = std::move(now);
    return true;
}

}  // namespace tessera::ui
