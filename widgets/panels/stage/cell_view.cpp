// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/cell_view.h"

#include "panels/stage/busy_overlay.h"
#include "panels/stage/cell_badge.h"
#include "panels/stage/cell_caption.h"
#include "panels/stage/details_popup.h"
#include "panels/stage/state_cell.h"

namespace tessera::ui {
namespace {

constexpr int kBadgeInset = 4;

}  // namespace

CellView::CellView(QWidget* stage)
    : QObject(stage),
      m_stage(stage),
      m_state(new StateCell(stage)),
      m_busy(new BusyOverlay(stage)),
      m_badge(new CellBadge(stage)),
      m_caption(new CellCaption(stage)) {
    connect(m_state, &StateCell::actionRequested, this, &CellView::actionRequested);
    connect(m_state, &StateCell::detailsRequested, this, &CellView::showDetails);
    connect(m_badge, &QAbstractButton::clicked, this, &CellView::showDetails);
    connect(m_busy, &BusyOverlay::cancelRequested, this, &CellView::cancelRequested);
    setVisible(false);
}

void CellView::place(const BoardLayout::Cell& cell) {
    m_body = cell.body;
    m_state->setGeometry(cell.body);
    m_busy->setBody(cell.body);
    m_caption->setGeometry(cell.caption);
    placeBadge();
}

void CellView::placeBadge() {
    m_badge->place(m_body.topLeft() + QPoint(kBadgeInset, kBadgeInset), m_body.width() - 2 * kBadgeInset);
}

void CellView::setFace(const CellFace& face) {
    m_face = face;
    m_caption->setRow(face.caption);
    m_caption->setToolTip(face.toolTip);
    m_caption->setCellName(face.name);
    if (face.state) m_state->setWords(*face.state);
    m_state->setVisible(face.state.has_value());
    if (face.badge) m_badge->setWords(*face.badge);
    m_badge->setVisible(face.badge.has_value());
    placeBadge();
    m_busy->setWords(face.busy);
}

void CellView::setTurn(double turn) {
    m_busy->setTurn(turn);
}

void CellView::setVisible(bool visible) {
    m_caption->setVisible(visible);
    if (visible) return;
    m_state->hide();
    m_badge->hide();
    m_busy->setWords({});
}

void CellView::showDetails() {
    const bool badge = m_face.badge.has_value();
    const QString report = badge ? m_face.badge->report : m_face.state ? m_face.state->report : QString();
    if (report.isEmpty()) return;
    const QString title = badge ? m_face.badge->text : m_face.state->heading;
    // A small cell has no room for the buttons of its state.
    auto* popup = new DetailsPopup(title, report, badge ? m_face.badge->actions : m_face.state->actions, m_stage);
    connect(popup, &DetailsPopup::actionRequested, this, &CellView::actionRequested);
    const QRect anchor = badge ? m_badge->geometry() : QRect(m_body.center(), QSize(1, 1));
    popup->popUp(QRect(m_stage->mapToGlobal(anchor.topLeft()), anchor.size()));
}

}  // namespace tessera::ui
