// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/timeline.h"

#include <algorithm>
#include <cmath>

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include "bridge/cell_board.h"
#include "panels/stage/number_words.h"
#include "panels/stage/parameter_slider.h"
#include "theme/icons.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr double kUsualRate = 12;  // of clips that name none

}  // namespace

Timeline::Timeline(Session& session, CellBoard& board, QWidget* parent) : QWidget(parent), m_session(session), m_board(board), m_play(new QToolButton(this)), m_slider(new ParameterSlider(0, 1, 0, this)), m_words(new QLabel(this)) {
    setAccessibleName(tr("Timeline"));
    m_play->setObjectName(QStringLiteral("playClips"));
    m_play->setFocusPolicy(Qt::TabFocus);
    m_slider->setObjectName(QStringLiteral("frame"));
    m_slider->setAccessibleName(tr("Frame"));
    m_slider->setToolTip(tr("The frame of every clip; one that is shorter shows its last"));
    m_words->setObjectName(QStringLiteral("frameWords"));
    m_words->setProperty("role", "table");
    m_words->setBuddy(m_slider);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(size::kDockMargin, 4, size::kDockMargin, 4);
    row->setSpacing(8);
    row->addWidget(m_play);
    row->addWidget(m_slider, 1);
    row->addWidget(m_words);
    connect(m_play, &QToolButton::clicked, this, [this] { setPlaying(!isPlaying()); });
    connect(m_slider, &QSlider::valueChanged, this, [this](int value) {
        if (!m_following) setFrame(value);
    });
    connect(&m_timer, &QTimer::timeout, this, &Timeline::play);
    for (const auto signal : {&Session::rowsInserted, &Session::rowsRemoved}) connect(&session, signal, this, &Timeline::follow);
    connect(&session, &Session::rowChanged, this, &Timeline::follow);
    connect(&session, &Session::viewChanged, this, &Timeline::follow);
    follow();
}

double Timeline::framesPerSecond() const {
    const Row* longest = nullptr;
    for (const Row& row : m_session.rows()) {
        if (row.info && row.info->frames > 1 && (!longest || row.info->frames > longest->info->frames)) longest = &row;
    }
    return longest && longest->info->framesPerSecond > 0 ? std::clamp(longest->info->framesPerSecond, 0.1, 120.0) : kUsualRate;
}

void Timeline::setAvailable(bool available) {
    m_available = available;
    if (!available) setPlaying(false);
    follow();
}

void Timeline::setPlaying(bool playing) {
    playing = playing && m_frames > 1 && m_available;
    if (playing == isPlaying()) return;
    if (playing) m_timer.start(static_cast<int>(std::lround(1000 / framesPerSecond())));
    else m_timer.stop();
    follow();
    Q_EMIT changed();
}

void Timeline::step(int by) {
    if (m_frames < 2) return;
    setFrame((std::clamp(m_session.view().frame, 0, m_frames - 1) + by % m_frames + m_frames) % m_frames);
}

/// A frame that some cell does not show yet is waited for.
void Timeline::play() {
    const int columns = static_cast<int>(m_session.columns().size());
    for (const RowId row : m_board.visibleRows()) {
        for (int column = 0; column < columns; ++column) {
            const CellState state = m_board.cell(row, column).state;
            if (state == CellState::Running || state == CellState::Waiting) return;
        }
    }
    step(1);
}

void Timeline::setFrame(int frame) {
    ViewState view = m_session.view();
    view.frame = frame;
    m_session.setView(view);
}

void Timeline::follow() {
    const int frames = m_session.frames();
    const bool others = std::exchange(m_frames, frames) != frames;
    setVisible(frames > 1 && m_available);
    if (frames < 2 && isPlaying()) m_timer.stop();
    const int frame = std::clamp(m_session.view().frame, 0, frames - 1);
    m_following = true;
    m_slider->setRange(0, std::max(1, frames - 1));
    m_slider->setValue(frame);
    m_following = false;
    m_play->setIcon(themedIcon(isPlaying() ? QStringLiteral("pause") : QStringLiteral("play")));
    const QString name = isPlaying() ? tr("Pause") : tr("Play");
    m_play->setText(name);
    m_play->setAccessibleName(name);
    m_play->setToolTip(name);
    m_words->setText(tr("frame %1 of %2, %3 per second").arg(frame + 1).arg(frames).arg(shortNumber(std::round(framesPerSecond() * 100) / 100)));
    if (others) Q_EMIT changed();
}

}  // namespace tessera::ui
