// SPDX-License-Identifier: GPL-3.0-or-later
#include "status_line.h"

#include <cstdio>
#include <unistd.h>

#include <QToolButton>

#include "actions.h"
#include "document.h"
#include "panels/dock_title.h"
#include "panels/stage/number_words.h"
#include "panels/word_line.h"

namespace tessera::studio {
namespace {

using ui::Word;
using Role = ui::Word::Role;

constexpr std::chrono::milliseconds kSentenceTime{8000}, kMemoryInterval{2000};

/// Bytes that this process keeps in memory, and that the machine has.
std::pair<double, double> memoryUse() {
    double resident = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        long total = 0, pages = 0;
        if (std::fscanf(file, "%ld %ld", &total, &pages) == 2) resident = double(pages) * double(sysconf(_SC_PAGESIZE));
        std::fclose(file);
    }
    return {resident, double(sysconf(_SC_PHYS_PAGES)) * double(sysconf(_SC_PAGESIZE))};
}

QString gigabytes(double bytes) {
    return ui::fixedNumber(bytes / 1e9, 1);
}

/// As much of a file's name as leaves the rest of the line its place; the end tells series apart.
QString shortName(const QString& name) {
    constexpr int kLongest = 48, kEnd = 16;
    return name.size() <= kLongest ? name : name.left(kLongest - kEnd - 1) + u'…' + name.right(kEnd);
}

}  // namespace

StatusLine::StatusLine(Document& document, Actions& actions, QWidget* parent) : QStatusBar(parent), m_document(document) {
    setSizeGripEnabled(false);
    setFixedHeight(ui::size::kStatusBar);
    setContentsMargins(8, 0, 8, 0);
    m_message = addWords(false, false);
    m_row = addWords(false, false);
    m_token = addWords(false, true);
    m_token->hide();
    m_pixel = addWords(false, true);
    m_zoom = addWords(false, true);
    m_export = addWords(true, true);
    m_export->setObjectName(QStringLiteral("exportProgress"));
    m_export->hide();
    m_jobs = addWords(true, true);
    m_cancel = ui::smallButton(actions.cancelAll, this);
    addPermanentWidget(m_cancel);
    m_device = addWords(true, true);
    m_memory = addWords(true, true);
    m_engine = addWords(true, true);
    m_memory->setToolTip(tr("Memory that this program holds, and memory of this computer"));
    m_device->setToolTip(tr("What computes, and how long the current image took from request to answer"));
    m_message->hide();
    m_silence.setSingleShot(true);
    connect(&m_silence, &QTimer::timeout, this, [this] { say({}); });
    connect(&m_memoryClock, &QTimer::timeout, this, &StatusLine::showMemory);

    connect(&document.session, &ui::Session::currentRowChanged, this, &StatusLine::showRow);
    connect(&document.session, &ui::Session::rowChanged, this, &StatusLine::showRow);
    connect(&document.session, &ui::Session::modelChanged, this, &StatusLine::showRow);
    connect(&document.session, &ui::Session::rowsInserted, this, &StatusLine::showRow);
    connect(&document.session, &ui::Session::rowsRemoved, this, &StatusLine::showRow);
    connect(&document.board, &ui::CellBoard::totalsChanged, this, &StatusLine::showJobs);
    connect(&document.drawings, &ui::DrawQueue::listChanged, this, &StatusLine::showJobs);
    connect(&document.drawings, &ui::DrawQueue::changed, this, &StatusLine::showJobs);
    connect(&document.board, &ui::CellBoard::cellChanged, this, &StatusLine::showEngine);
    connect(&document.host, &ui::EngineHost::stateChanged, this, [this] {
        showEngine();
        showRow();
    });
    connect(&document.host, &ui::EngineHost::modelChanged, this, &StatusLine::showRow);
    showRow();
    showProbe(nullptr);
    showZoom(0, false);
    showJobs();
    showEngine();
}

ui::WordLine* StatusLine::addWords(bool right, bool rule) {
    auto* words = new ui::WordLine(this);
    words->setRule(rule);
    if (right) {
        addPermanentWidget(words);
    } else {
        addWidget(words);
    }
    return words;
}

void StatusLine::say(const QString& sentence) {
    m_message->setWords({{sentence, Role::Value}});
    const bool speaks = !sentence.isEmpty();
    m_message->setVisible(speaks);
    for (ui::WordLine* words : {m_row, m_token, m_pixel, m_zoom}) words->setVisible(!speaks && !words->words().empty() && (words != m_pixel || m_token->words().empty()));
    if (speaks) m_silence.start(kSentenceTime);
}

void StatusLine::showRow() {
    const ui::Row* row = m_document.session.find(m_document.session.currentRow());
    if (row) {
        const int index = m_document.session.indexOf(row->id), count = static_cast<int>(m_document.session.rows().size());
        m_row->setWords({{shortName(row->name), Role::Value}, {count > 1 ? tr("%1 of %2").arg(index + 1).arg(count) : QString(), Role::Second}});
        return;
    }
    const auto& host = m_document.host;
    const QString model = host.model() ? QString::fromStdString(host.model()->name) : QString();
    const QString state = host.state() == ui::EngineHost::State::Failed ? tr("no engine")
                          : host.modelError()                           ? tr("no model")
                          : model.isEmpty()                             ? tr("starting")
                                                                        : tr("ready");
    m_row->setWords({{state, Role::Second}, {model.isEmpty() ? QString() : tr("· model"), Role::Second}, {model, Role::Value}});
}

void StatusLine::showProbe(const ui::StageProbe* probe) {
    std::vector<Word> words;
    if (probe) {
        words = {{tr("pixel"), Role::Second}, {QStringLiteral("%1, %2").arg(probe->x).arg(probe->y), Role::Value}};
        // What stands behind a colour that is a label.
        const ui::StageProbe::Value* value = probe->column < static_cast<int>(probe->values.size()) ? &probe->values[probe->column] : nullptr;
        if (value && value->shown < static_cast<int>(value->readings.size())) {
            words.push_back({value->readingNames[value->shown], Role::Second});
            const auto number = static_cast<double>(value->readings[value->shown]);
            words.push_back({ui::fixedNumber(number, number == std::floor(number) ? 0 : 3), Role::Value});
        }
        if (probe->pinned) words.push_back({tr("pinned"), Role::Second});
    }
    m_pixel->setWords(words);
    m_pixel->setVisible(!words.empty() && m_token->words().empty() && m_message->isHidden());
}

void StatusLine::showToken(const std::vector<Word>& words) {
    m_token->setWords(words);
    m_token->setToolTip(m_token->text());
    m_token->setVisible(!words.empty() && m_message->isHidden());
    // Where tokens are looked at, they are what the pointer is at.
    m_pixel->setVisible(words.empty() && !m_pixel->words().empty() && m_message->isHidden());
}

void StatusLine::showZoom(double zoom, bool fitted) {
    std::vector<Word> words;
    if (zoom > 0) words = {{tr("zoom"), Role::Second}, {tr("%1 %").arg(ui::fixedNumber(zoom * 100, 0)), Role::Value}, {fitted ? tr("fit") : QString(), Role::Second}};
    m_zoom->setWords(words);
    m_zoom->setVisible(!words.empty() && m_message->isHidden());
}

void StatusLine::showJobs() {
    const ui::CellBoard::Totals totals = m_document.board.totals();
    const int jobs = totals.running + totals.waiting;
    std::vector<Word> words;
    if (const auto drawing = m_document.drawings.running()) {
        const Generation& drawn = drawing->drawn;
        words = {{tr("drawing"), Role::Second}, {tr("%1 of %2").arg(drawn.drawn).arg(drawing->length()), Role::Value}};
        if (const int waiting = m_document.drawings.waiting(); waiting > 0) words.push_back({tr("%1 waiting").arg(waiting), Role::Second});
        if (drawn.tokensPerSecond > 0) words.push_back({ui::timeLeftWords((drawing->length() - drawn.drawn) * double(drawn.pictures.size()) / drawn.tokensPerSecond), Role::Second});
    } else if (jobs == 0) {
        words = {{tr("idle"), Role::Second}};
    } else {
        words = {{jobs == 1 ? tr("job") : tr("jobs"), Role::Second}, {tr("%1 running").arg(totals.running), Role::Value}};
        if (totals.waiting > 0) words.push_back({tr("%1 waiting").arg(totals.waiting), Role::Second});
        if (totals.secondsLeft) words.push_back({ui::timeLeftWords(*totals.secondsLeft), Role::Second});
    }
    if (totals.failed > 0) words.push_back({totals.failed == 1 ? tr("1 failed") : tr("%1 failed").arg(totals.failed), Role::Error});
    m_jobs->setWords(words);
    m_cancel->setVisible(jobs > 0 || !m_export->isHidden());
}

void StatusLine::showExport(int drawn, int rows) {
    const QString how = drawn < rows ? tr("row %1 of %2").arg(drawn + 1).arg(rows) : tr("writing");
    m_export->setWords({{tr("contact sheet"), Role::Second}, {how, Role::Value}});
    m_export->setVisible(rows > 0);
    showJobs();
}

void StatusLine::showEngine() {
    const auto& host = m_document.host;
    switch (host.state()) {
        case ui::EngineHost::State::Ready: m_engine->setWords({{tr("engine"), Role::Second}, {tr("local"), Role::Value}}); break;
        case ui::EngineHost::State::Failed: m_engine->setWords({{tr("engine"), Role::Second}, {tr("failed"), Role::Error}}); break;
        default: m_engine->setWords({{tr("engine"), Role::Second}, {tr("starting"), Role::Value}});
    }
    if (!host.engine()) {
        m_device->hide();
        return;
    }
    const QString device = QString::fromStdString(host.engine()->status().device);
    std::vector<Word> words{{device, Role::Value}};
    const ui::Cell& cell = m_document.board.cell(m_document.session.currentRow(), 1);
    if (cell.state == ui::CellState::Done && cell.seconds > 0) {
        words.push_back({ui::durationWords(cell.seconds), Role::Value});
        words.push_back({tr("per image"), Role::Second});
    }
    m_device->setWords(words);
    m_device->show();
}

void StatusLine::watchMemory() {
    showMemory();
    m_memoryClock.start(kMemoryInterval);
}

void StatusLine::showMemory() {
    const auto [resident, total] = memoryUse();
    m_memory->setWords({{tr("RAM"), Role::Second}, {tr("%1 / %2 GB").arg(gigabytes(resident), gigabytes(total)), Role::Value}});
}

}  // namespace tessera::studio
