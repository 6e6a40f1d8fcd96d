// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/board_headers.h"

#include <algorithm>

#include <tessera/source_words.h>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "panels/stage/board_grounds.h"
#include "panels/stage/header_words.h"
#include "panels/stage/picture_look.h"
#include "panels/stage/state_words.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kMark = 2;

template <typename Header>
void showFirst(const std::vector<Header*>& headers, std::size_t count, bool visible) {
    for (std::size_t i = 0; i < headers.size(); ++i) headers[i]->setVisible(visible && i < count);
}

template <typename Header>
void placeAll(const std::vector<Header*>& headers, const std::vector<QRect>& places) {
    for (std::size_t i = 0; i < places.size() && i < headers.size(); ++i) headers[i]->setGeometry(places[i]);
}

}  // namespace

BoardHeaders::BoardHeaders(Session& session, CellBoard& board, EngineHost& host, PictureLook& look, QWidget* stage)
    : QObject(stage),
      m_session(session),
      m_board(board),
      m_host(host),
      m_look(look),
      m_stage(stage),
      m_top(new HeaderGround(stage)),
      m_left(new HeaderGround(stage)),
      m_corner(new HeaderGround(stage)),
      m_note(new CornerNote(stage)),
      m_mark(new InsertMark(stage)) {
    for (QWidget* widget : {m_top, m_left, m_corner, static_cast<QWidget*>(m_note)}) widget->hide();
}

void BoardHeaders::press(const Column* column) {
    Q_EMIT focusWanted();
    m_held = {.lens = column ? column->id.lens : LensColumnId{}};
}

void BoardHeaders::dragLens(QPoint global) {
    findLens(m_session.groups(), m_held.lens) ? showTarget(lensTarget(global)) : endDrag();
}

void BoardHeaders::dropLens(QPoint global) {
    endDrag();
    const Target target = lensTarget(global);
    m_session.editColumns(tr("move column"), withLensMoved(m_session.groups(), m_held.lens, target.group, target.entry));
}

void BoardHeaders::connectModel(ModelHeader* header, int index) {
    connect(header, &BoardHeader::pressed, this, [this, index] {
        const Column* first = columnOfGroup(index);
        press(first);
        if (first && m_session.columns()[m_session.currentColumn()].group != first->group) m_session.setCurrentColumn(m_session.indexOf(first->id));
    });
    connect(header, &BoardHeader::menuRequested, this, [this, index](QPoint position) {
        if (const Column* first = columnOfGroup(index)) Q_EMIT groupMenuRequested(first->group, position);
    });
    connect(header, &ModelHeader::addRequested, this, [this, index](QPoint position) {
        if (const Column* first = columnOfGroup(index)) Q_EMIT addLensRequested(first->group, position);
    });
    connect(header, &ModelHeader::foldRequested, this, [this, index](bool folded) {
        if (const Column* first = columnOfGroup(index)) m_session.editColumns(folded ? tr("fold columns") : tr("unfold columns"), withGroupFolded(m_session.groups(), first->group, folded));
    });
    connect(header, &BoardHeader::dragMoved, this, [this](QPoint global) { heldGroup() >= 0 ? showTarget(groupTarget(global, heldGroup())) : endDrag(); });
    connect(header, &BoardHeader::dropped, this, [this](QPoint global) {
        endDrag();
        m_session.editColumns(tr("move columns"), withGroupMoved(m_session.groups(), heldGroup(), groupTarget(global, heldGroup()).entry));
    });
    connect(header, &BoardHeader::dragGivenUp, this, &BoardHeaders::endDrag);
}

void BoardHeaders::connectLens(LensHeader* header, int index) {
    const auto withLensOf = [this, index](auto act) {
        return [this, index, act](auto... arguments) {
            if (const Column* first = columnOfLens(index)) act(*first, arguments...);
        };
    };
    connect(header, &BoardHeader::pressed, this, [this, index] {
        const Column* first = columnOfLens(index);
        press(first);
        if (first && m_session.columns()[m_session.currentColumn()].id.lens != first->id.lens) m_session.setCurrentColumn(m_session.indexOf(first->id));
    });
    connect(header, &BoardHeader::menuRequested, this, withLensOf([this](const Column& first, QPoint position) { Q_EMIT columnMenuRequested(m_session.indexOf(first.id), position); }));
    connect(header, &LensHeader::lensMenuRequested, this, [this](QPoint position) { Q_EMIT lensMenuRequested(m_held.lens, position); });
    connect(header, &LensHeader::sweepEditRequested, this, withLensOf([this](const Column& first, QPoint position) { Q_EMIT sweepEditRequested(first.id.lens, position); }));
    connect(header, &LensHeader::kindChosen, this, withLensOf([this](const Column& first, const std::string& kind) { m_session.setParameter(m_session.indexOf(first.id), "kind", kind); }));
    connect(header, &LensHeader::foldRequested, this, withLensOf([this](const Column& first, bool folded) {
        Groups groups = m_session.groups();
        const LensColumnId lens = first.id.lens;
        const Column& current = m_session.columns()[m_session.currentColumn()];
        // Folding keeps the column that is looked at.
        if (const LensColumn* owner = findLens(groups, lens); owner && folded && current.id.lens == lens && current.step) {
            Sweep sweep = *owner->sweep;
            sweep.current = *current.step;
            groups = withSweep(std::move(groups), lens, std::move(sweep));
        }
        m_session.editColumns(folded ? tr("fold sweep") : tr("unfold sweep"), withSweepFolded(std::move(groups), lens, folded));
    }));
    connect(header, &BoardHeader::dragMoved, this, &BoardHeaders::dragLens);
    connect(header, &BoardHeader::dropped, this, &BoardHeaders::dropLens);
    connect(header, &BoardHeader::dragGivenUp, this, &BoardHeaders::endDrag);
}

void BoardHeaders::connectParameter(ParameterHeader* header, int index) {
    connect(header, &BoardHeader::pressed, this, [this, index] {
        press(column(index));
        if (column(index)) m_session.setCurrentColumn(index);
    });
    connect(header, &BoardHeader::menuRequested, this, [this, index](QPoint position) {
        if (column(index)) Q_EMIT columnMenuRequested(index, position);
    });
    connect(header, &BoardHeader::dragMoved, this, &BoardHeaders::dragLens);
    connect(header, &BoardHeader::dropped, this, &BoardHeaders::dropLens);
    connect(header, &BoardHeader::dragGivenUp, this, &BoardHeaders::endDrag);
}

void BoardHeaders::connectImage(ImageHeader* header, std::size_t index) {
    connect(header, &BoardHeader::pressed, this, [this, index] {
        Q_EMIT focusWanted();
        const Row* pressed = row(index);
        m_held = {.row = pressed ? pressed->id : RowId{}};
        if (pressed) m_session.setCurrentRow(pressed->id);
    });
    connect(header, &BoardHeader::menuRequested, this, [this, index](QPoint position) {
        if (const Row* asked = row(index)) Q_EMIT imageMenuRequested(asked->id, position);
    });
    connect(header, &BoardHeader::dragMoved, this, [this](QPoint global) {
        const int from = m_session.indexOf(m_held.row);
        from >= 0 ? showTarget(imageTarget(global, from)) : endDrag();
    });
    connect(header, &BoardHeader::dropped, this, [this](QPoint global) {
        endDrag();
        const int from = m_session.indexOf(m_held.row);
        if (from >= 0) m_session.moveRow(m_held.row, imageTarget(global, from).entry);
    });
    connect(header, &BoardHeader::dragGivenUp, this, &BoardHeaders::endDrag);
}

const Column* BoardHeaders::column(int index) const {
    return index < static_cast<int>(m_session.columns().size()) ? &m_session.columns()[index] : nullptr;
}

const Column* BoardHeaders::columnOfGroup(int index) const {
    const std::vector<ColumnSpan> spans = groupSpans(m_session.columns());
    return index < static_cast<int>(spans.size()) ? column(spans[index].first) : nullptr;
}

const Column* BoardHeaders::columnOfLens(int index) const {
    const std::vector<ColumnSpan> spans = lensSpans(m_session.columns());
    return index < static_cast<int>(spans.size()) ? column(spans[index].first) : nullptr;
}

const Row* BoardHeaders::row(std::size_t header) const {
    if (header >= m_layout.images.size()) return nullptr;
    const int image = m_layout.images[header].image;
    return image < static_cast<int>(m_session.rows().size()) ? &m_session.rows()[image] : nullptr;
}

int BoardHeaders::heldGroup() const {
    const auto& groups = m_session.groups();
    const auto holds = [this](const ModelGroup& group) { return std::ranges::find(group.lenses, m_held.lens, &LensColumn::id) != group.lenses.end(); };
    const auto it = std::ranges::find_if(groups, holds);
    return it == groups.end() ? -1 : static_cast<int>(it - groups.begin());
}

bool BoardHeaders::makeHeaders() {
    bool made = false;
    const auto grow = [&](auto& headers, std::size_t count, auto connectIt) {
        while (headers.size() < count) {
            using Header = std::remove_pointer_t<typename std::remove_reference_t<decltype(headers)>::value_type>;
            auto* header = new Header(m_stage);
            connectIt(header, static_cast<int>(headers.size()));
            headers.push_back(header);
            made = true;
        }
    };
    grow(m_models, m_layout.groups.size(), [this](ModelHeader* header, int index) { connectModel(header, index); });
    grow(m_lenses, m_layout.lenses.size(), [this](LensHeader* header, int index) { connectLens(header, index); });
    grow(m_parameters, m_layout.parameters.size(), [this](ParameterHeader* header, int index) { connectParameter(header, index); });
    grow(m_images, m_layout.images.size(), [this](ImageHeader* header, int index) { connectImage(header, static_cast<std::size_t>(index)); });
    return made;
}

void BoardHeaders::raise() {
    // Headers of images pass under those of columns, both under the corner.
    const auto raiseAll = [](const auto& headers) {
        for (auto* header : headers) header->raise();
    };
    const bool across = m_layout.transposed;
    m_left->raise();
    if (across) {
        raiseAll(m_models), raiseAll(m_lenses), raiseAll(m_parameters);
    } else {
        raiseAll(m_images);
    }
    m_top->raise();
    if (across) {
        raiseAll(m_images);
    } else {
        raiseAll(m_models), raiseAll(m_lenses), raiseAll(m_parameters);
    }
    m_corner->raise();
    m_note->raise();
    m_mark->raise();
}

bool BoardHeaders::place(const BoardLayout& layout) {
    const bool turned = layout.transposed != m_layout.transposed;
    m_layout = layout;
    const bool changed = makeHeaders() || turned;
    // The half of the gutter that no outline takes stays between headers and what scrolls under them.
    constexpr int kEdge = size::kGutter / 2;
    m_top->setGeometry(layout.top.isNull() ? QRect() : layout.top.adjusted(0, 0, 0, kEdge));
    m_left->setGeometry(layout.left.isNull() ? QRect() : layout.left.adjusted(0, 0, kEdge, 0));
    m_corner->setGeometry(layout.corner.isNull() ? QRect() : QRect(0, 0, layout.left.width() + kEdge, layout.top.height() + kEdge));
    m_note->setGeometry(layout.corner);
    placeAll(m_models, layout.groups);
    placeAll(m_lenses, layout.lenses);
    placeAll(m_parameters, layout.parameters);
    for (std::size_t i = 0; i < layout.images.size(); ++i) m_images[i]->setGeometry(layout.images[i].place);
    setVisible(m_visible);
    if (m_visible) refreshImages();
    return changed;
}

void BoardHeaders::setVisible(bool visible) {
    m_visible = visible;
    m_top->setVisible(visible && !m_layout.top.isNull());
    m_left->setVisible(visible && !m_layout.left.isNull());
    m_corner->setVisible(visible && !m_layout.corner.isNull());
    m_note->setVisible(visible && !m_layout.corner.isNull());
    showFirst(m_models, m_layout.groups.size(), visible);
    showFirst(m_lenses, m_layout.lenses.size(), visible);
    showFirst(m_parameters, m_layout.parameters.size(), visible);
    showFirst(m_images, m_layout.images.size(), visible);
    if (!visible) m_mark->hide();
}

void BoardHeaders::refresh(const QRectF& region, const Ranges& ranges) {
    m_region = region;
    const std::vector<Column>& columns = m_session.columns();
    const Groups& groups = m_session.groups();
    const Row* row = m_session.find(m_session.currentRow());
    const Row* alone = m_session.workspace().form.grid ? nullptr : row;
    const std::vector<ColumnSpan> ofGroups = groupSpans(columns), ofLenses = lensSpans(columns);
    const int current = m_session.currentColumn();
    const auto holdsCurrent = [current](const ColumnSpan& span) { return span.first <= current && current <= span.last; };
    for (std::size_t i = 0; i < ofGroups.size() && i < m_models.size(); ++i) {
        const ModelGroup& group = groups[columns[ofGroups[i].first].group];
        const HeaderLine line = group.model ? modelHeader(*group.model, m_host) : sourceHeader(alone);
        m_models[i]->setRow(line.row, line.toolTip);
        m_models[i]->setCurrent(holdsCurrent(ofGroups[i]));
        const bool foldable = group.folded || ofGroups[i].last > ofGroups[i].first;
        m_models[i]->setFolded(group.model && foldable ? std::optional(group.folded) : std::nullopt);
    }
    for (std::size_t i = 0; i < ofLenses.size() && i < m_lenses.size(); ++i) {
        const Column& column = columns[ofLenses[i].first];
        LensHeader::Words words = lensWords(*findLens(groups, column.id.lens), column, alone, m_session.rows(), m_host);
        words.kind = differenceKindOf(column);
        m_lenses[i]->setWords(words);
    }
    for (std::size_t i = 0; i < columns.size() && i < m_parameters.size(); ++i) {
        const Cell& cell = m_board.cell(m_session.currentRow(), static_cast<int>(i));
        ParameterHeader::Words words = parameterWords(columns[i], *findLens(groups, columns[i].id.lens), cell, m_host, static_cast<int>(i) == current);
        words.both = columns[i].step.has_value();
        words.legend = m_look.legendOf(cell.picture, columns[i], m_session.view(), i < ranges.size() ? ranges[i] : std::nullopt);
        const bool isReference = m_session.view().reference ? m_session.view().reference->column == columns[i].id : i == 0;
        if (m_session.view().compare == canvas::Compare::Difference && !isReference) words.legend = differenceLegendOf(m_session.view());
        m_parameters[i]->setWords(words);
    }
    const auto count = m_session.rows().size();
    m_note->setText(count == 1 ? tr("1 image") : tr("%1 images").arg(count));
    refreshImages();
}

void BoardHeaders::setRegion(const QRectF& region) {
    m_region = region;
    refreshImages();
}

void BoardHeaders::refreshImages() {
    for (std::size_t i = 0; i < m_layout.images.size(); ++i) {
        if (m_layout.images[i].image >= static_cast<int>(m_session.rows().size())) continue;
        const Row& row = m_session.rows()[m_layout.images[i].image];
        ImageHeader::Words words{.thumbnail = row.thumbnail, .name = row.name, .region = m_region, .current = row.id == m_session.currentRow(), .failed = row.error.has_value()};
        if (row.error) {
            words.detail = headingOf(*row.error, subjectOf(row));
            words.help = QString::fromStdString(toLine(*row.error));
        } else if (row.info) {
            const QString format = QString::fromStdString(row.info->format), sides = tr("%1 × %2").arg(row.info->width).arg(row.info->height);
            // "codes · 16 × 16 × 8"
            words.detail = holdsTokens(*row.info) ? tr("%1 · %2 × %3").arg(format.section(u',', 0, 0), sides).arg(row.info->channels) : tr("%1 · %2").arg(format, sides);
        }
        m_images[i]->setWords(words, !m_layout.transposed);
    }
}

/// Position along the axis that columns, or images, run along.
int BoardHeaders::along(const QPoint& place, bool columns) const {
    return columns == (m_layout.transposed || m_layout.stacked) ? place.y() : place.x();
}

QRect BoardHeaders::lineAt(int position, bool columns) const {
    const bool downwards = columns == (m_layout.transposed || m_layout.stacked);
    if (downwards) return {0, position - size::kGutter / 2 - kMark / 2, m_stage->width(), kMark};
    return {position - size::kGutter / 2 - kMark / 2, 0, kMark, m_stage->height()};
}

/// Where columns stand beside a lead: before or after the one that is nearest.
BoardHeaders::Target BoardHeaders::besideLead(const QPoint& place) const {
    const std::vector<Column>& columns = m_session.columns();
    Target target;
    int nearest = -1;
    for (const ColumnSpan& span : lensSpans(columns)) {
        QRect whole;
        for (const BoardLayout::Cell& cell : m_layout.cells) {
            if (cell.column >= span.first && cell.column <= span.last) whole = whole.united(cell.frame()).united(m_layout.parameters[cell.column]);
        }
        const QPoint off(place.x() - std::clamp(place.x(), whole.left(), whole.right()), place.y() - std::clamp(place.y(), whole.top(), whole.bottom()));
        if (nearest >= 0 && off.manhattanLength() >= nearest) continue;
        nearest = off.manhattanLength();
        const Column& column = columns[span.first];
        const bool after = place.x() > whole.center().x();
        const int line = after ? whole.right() + 1 + size::kGutter : whole.left();
        target = {column.group, column.entry + (after ? 1 : 0), {line - size::kGutter / 2 - kMark / 2, whole.top(), kMark, whole.height()}};
    }
    return target;
}

BoardHeaders::Target BoardHeaders::lensTarget(const QPoint& global) const {
    if (m_layout.lead) return besideLead(m_stage->mapFromGlobal(global));
    const int at = along(m_stage->mapFromGlobal(global), true);
    const std::vector<Column>& columns = m_session.columns();
    const std::vector<ColumnSpan> spans = lensSpans(columns);
    const auto begin = [&](int lens) { return along(m_layout.parameters[spans[lens].first].topLeft(), true); };
    const auto end = [&](int lens) {
        const QRect& last = m_layout.parameters[spans[lens].last];
        return along(QPoint(last.right() + 1, last.bottom() + 1), true);
    };
    Target target;
    for (int i = 0; i < static_cast<int>(spans.size()); ++i) {
        const Column& column = columns[spans[i].first];
        const bool lastOfGroup = i + 1 == static_cast<int>(spans.size()) || columns[spans[i + 1].first].group != column.group;
        if (at < (begin(i) + end(i)) / 2) return {column.group, column.entry, lineAt(begin(i), true)};
        target = {column.group, column.entry + 1, lineAt(end(i) + size::kGutter, true)};
        if (lastOfGroup && at < end(i) + size::kGutter) return target;
    }
    return target;
}

BoardHeaders::Target BoardHeaders::groupTarget(const QPoint& global, int from) const {
    const int at = along(m_stage->mapFromGlobal(global), true);
    const std::vector<Column>& columns = m_session.columns();
    Target target;
    int before = 0;
    for (const ColumnSpan& span : groupSpans(columns)) {
        const int begin = along(m_layout.parameters[span.first].topLeft(), true);
        const QRect& last = m_layout.parameters[span.last];
        const int end = along(QPoint(last.right() + 1, last.bottom() + 1), true);
        if (at < (begin + end) / 2) {
            target.line = lineAt(begin, true);
            break;
        }
        before = columns[span.first].group + 1;
        target.line = lineAt(end + size::kGutter, true);
    }
    target.entry = before > from ? before - 1 : before;
    return target;
}

BoardHeaders::Target BoardHeaders::imageTarget(const QPoint& global, int from) const {
    const int at = along(m_stage->mapFromGlobal(global), false);
    Target target;
    int before = m_layout.images.empty() ? 0 : m_layout.images.front().image;
    for (const BoardLayout::Header& header : m_layout.images) {
        const int begin = along(header.place.topLeft(), false), end = along(QPoint(header.place.right() + 1, header.place.bottom() + 1), false);
        if (at < (begin + end) / 2) {
            target.line = lineAt(begin, false);
            break;
        }
        before = header.image + 1;
        target.line = lineAt(end + size::kGutter, false);
    }
    target.entry = before > from ? before - 1 : before;
    return target;
}

void BoardHeaders::showTarget(const Target& target) {
    m_mark->setGeometry(target.line);
    m_mark->show();
    m_mark->raise();
}

void BoardHeaders::endDrag() {
    m_mark->hide();
}

}  // namespace tessera::ui
