// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/cell_face.h"

#include <algorithm>

#include <QCoreApplication>

#include "panels/stage/measure_words.h"
#include "panels/stage/number_words.h"
#include "panels/stage/state_words.h"

namespace tessera::ui {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("CellFace", text);
}

double secondsOf(std::chrono::steady_clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

bool opening(const CellFacts& facts) {
    return facts.host.state() == EngineHost::State::Opening || facts.model().opening;
}

BusyWords busyOf(const CellFacts& facts) {
    const Cell& cell = facts.cell();
    const bool waitsForModel = cell.state == CellState::Waiting && opening(facts) && !facts.row.error;
    if (cell.state != CellState::Running && !waitsForModel) return {};
    if (cell.since == std::chrono::steady_clock::time_point{}) return {};
    BusyWords busy{.phase = busyPhase(facts.now - cell.since)};
    if (cell.state == CellState::Running) {
        busy.step = QString::fromStdString(cell.progress.stage);
        busy.fraction = cell.progress.fraction;
        if (cell.progress.secondsLeft) busy.timeLeft = timeLeftWords(*cell.progress.secondsLeft);
    } else if (facts.model().opening) {
        busy.step = tr("opening the model");
        busy.fraction = facts.model().progress.fraction;
        if (facts.model().progress.secondsLeft) busy.timeLeft = timeLeftWords(*facts.model().progress.secondsLeft);
    } else {
        busy.step = tr("starting the engine");
    }
    if (busy.step.isEmpty()) busy.step = tr("working");
    busy.step[0] = busy.step[0].toUpper();
    return busy;
}

std::optional<BadgeWords> failureBadge(const CellFacts& facts) {
    const Cell& cell = facts.cell();
    const Error* error = cell.error && cell.state == CellState::Failed ? &*cell.error : nullptr;
    if (!error && facts.row.error) error = &*facts.row.error;
    if (!error && !facts.isSource() && cell.outdated && facts.model().error) error = &*facts.model().error;
    if (!error) return std::nullopt;
    return BadgeWords{BadgeWords::Tone::Error, QStringLiteral("error"), headingOf(*error, facts), reportOf(*error, facts), actionsFor(*error, facts)};
}

std::optional<BadgeWords> noteBadge(const Picture& picture) {
    for (const Note& note : picture.notes) {
        if (note.kind != Note::Kind::Warning) continue;
        const QString text = QString::fromStdString(note.text);
        return BadgeWords{BadgeWords::Tone::Warning, QStringLiteral("warning"), text, text, {}};
    }
    return std::nullopt;
}

std::optional<BadgeWords> staleBadge(const CellFacts& facts, BusyPhase phase) {
    const Cell& cell = facts.cell();
    if (!cell.outdated) return std::nullopt;
    if (cell.state == CellState::Cancelled) {
        return BadgeWords{BadgeWords::Tone::Plain, QStringLiteral("retry"), tr("stale: cancelled"),
                          tr("The picture belongs to the request before; the newer one was cancelled."), {CellAction::Retry}};
    }
    if (const Error* error = commonError(facts)) {
        return BadgeWords{BadgeWords::Tone::Plain, QStringLiteral("retry"), tr("stale: engine gone"), reportOf(*error, facts), {CellAction::RestartEngine}};
    }
    // A result that follows at once replaces the picture without a word.
    if (phase == BusyPhase::Hidden && cell.state != CellState::Waiting) return std::nullopt;
    return BadgeWords{BadgeWords::Tone::Plain, {}, tr("previous result"), tr("The picture belongs to the request before; the newer one is under way."), {}};
}

std::optional<BadgeWords> badgeOf(const CellFacts& facts, BusyPhase phase) {
    const Picture& picture = *facts.cell().picture;
    if (auto badge = failureBadge(facts)) return badge;
    if (auto badge = noteBadge(picture)) return badge;
    if (auto badge = staleBadge(facts, phase)) return badge;
    if (picture.partial) return BadgeWords{BadgeWords::Tone::Plain, {}, tr("preview"), tr("A quick, coarser picture; the exact one follows."), {}};
    return std::nullopt;
}

/// Left words and numbers while there is no finished picture; false if the picture speaks for itself.
bool stateCaption(const CellFacts& facts, CellFace& face) {
    const Cell& cell = facts.cell();
    const auto left = [&](const QString& text, Word::Role role = Word::Role::Second) { face.caption.left = {{text, role}}; };
    if (const Error* error = commonError(facts); error && !face.picture) {
        left(facts.leadsRow() ? headingOf(*error) : tr("waiting"), facts.leadsRow() ? Word::Role::Error : Word::Role::Second);
        return true;
    }
    const bool wantsModel = !facts.isSource() && (cell.state == CellState::Waiting || cell.state == CellState::Failed);
    if (wantsModel && facts.model().error && !face.picture && !facts.row.error) {
        left(facts.leadsGroup() ? headingOf(*facts.model().error, facts) : tr("no model"), facts.leadsGroup() ? Word::Role::Error : Word::Role::Second);
        return true;
    }
    if (facts.row.error && !face.picture) {
        left(facts.leadsRow() ? headingOf(*facts.row.error, facts) : tr("no input"), facts.leadsRow() ? Word::Role::Error : Word::Role::Second);
        return true;
    }
    switch (cell.state) {
        case CellState::Failed:
            if (const int cause = columnWithSameError(facts); cause >= 0 && !face.picture) {
                left(tr("no %1").arg(lensTitle(facts.columns[cause].lens)));
                return true;
            }
            left(cell.error ? headingOf(*cell.error, facts) : tr("failed"), Word::Role::Error);
            if (cell.seconds > 0) face.caption.numbers = {{{tr("after %1").arg(durationWords(cell.seconds)), Word::Role::Second}}};
            return true;
        case CellState::Cancelled: left(tr("cancelled")); return !face.picture || cell.outdated;
        // Where no model is named, it is the row or the column that lacks something.
        case CellState::NotOffered: left(cell.error && cell.error->where.empty() ? tr("nothing to show") : tr("not offered by this model")); return true;
        case CellState::Running:
            if (face.busy.phase == BusyPhase::Hidden) return !face.picture;
            left(tr("running"));
            face.caption.numbers = {{{durationWords(secondsOf(facts.now - cell.since)), Word::Role::Second}}};
            return true;
        case CellState::Waiting: left(tr("waiting")); return !face.picture;
        case CellState::Done: return false;
    }
    return false;
}

/// Numbers, or what is there instead of them, in words.
QString toldOf(const CellFace& face) {
    if (face.state) return face.state->heading.isEmpty() ? face.state->text : face.state->heading + QStringLiteral(": ") + face.state->text;
    const auto line = [](const std::vector<Word>& words) {
        QStringList parts;
        for (const Word& word : words) parts << word.text;
        return parts.join(u' ');
    };
    QStringList parts;
    if (!face.caption.left.empty()) parts << line(face.caption.left);
    for (const auto& number : face.caption.numbers) parts << line(number);
    if (face.busy.phase != BusyPhase::Hidden) parts << face.busy.step;
    if (face.badge) parts << face.badge->text;
    return parts.join(QStringLiteral(", "));
}

QString cellName(const CellFacts& facts, const CellFace& face) {
    QStringList parts{lensTitle(facts.columns[facts.column].lens), facts.row.name};
    if (!facts.isSource() && facts.model().info) parts.insert(1, QString::fromStdString(facts.model().info->name));
    if (face.state) {
        parts << (face.state->heading.isEmpty() ? face.state->text : face.state->heading + QStringLiteral(": ") + face.state->text);
    } else {
        for (const auto& number : face.caption.numbers) {
            QStringList words;
            for (const Word& word : number) words << word.text;
            parts << words.join(u' ');
        }
        if (face.busy.phase != BusyPhase::Hidden) parts << face.busy.step;
        if (face.badge) parts << face.badge->text;
    }
    return parts.join(QStringLiteral(", "));
}

}  // namespace

CellFace faceOf(const CellFacts& facts) {
    const Cell& cell = facts.cell();
    CellFace face;
    face.picture = cell.picture && !cell.picture->image.empty();
    face.busy = busyOf(facts);
    if (face.picture) {
        face.badge = badgeOf(facts, face.busy.phase);
        const bool beingMade = cell.state == CellState::Running || cell.state == CellState::Done;
        face.dimmed = cell.outdated && !beingMade && facts.flipped == Flip::None;
    } else {
        face.state = stateOf(facts);
    }
    if (!stateCaption(facts, face)) captionOf(facts, face);
    if (facts.flipped != Flip::None && face.picture) {
        face.caption.left = {{facts.flipped == Flip::Original ? tr("shows the input") : tr("shows the reference"), Word::Role::Second}};
        face.caption.numbers.clear();
    }
    if (facts.unedited && face.picture) face.caption.left.insert(face.caption.left.begin(), {tr("unedited"), Word::Role::Strong});
    face.toolTip = face.picture ? measureToolTip(facts) : QString();
    face.name = cellName(facts, face);
    face.told = toldOf(face);
    return face;
}

QString lensTitle(const std::string& lens) {
    // The engine's names are the field's terms, and are written as people write them.
    return QString::fromStdString(lens).replace(u'_', u' ');
}

QString actionText(CellAction action) {
    switch (action) {
        case CellAction::Retry: return tr("Retry");
        case CellAction::Remove: return tr("Remove");
        case CellAction::ShowModels: return tr("Show models");
        case CellAction::RestartEngine: return tr("Restart engine");
        case CellAction::RevertEdit: return tr("Revert edit");
    }
    return {};
}

}  // namespace tessera::ui
