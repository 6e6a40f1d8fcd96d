// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/state_words.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <tessera/source_words.h>

#include "workspace/dropped_files.h"

namespace tessera::ui {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("CellState", text);
}

QString sentence(const std::string& words) {
    QString text = QString::fromStdString(words).trimmed();
    if (text.isEmpty()) return text;
    text[0] = text[0].toUpper();
    if (!text.endsWith(u'.') && !text.endsWith(u'?') && !text.endsWith(u'…')) text += u'.';
    return text;
}

/// The file's name without its folders; tensors and stages as they are.
QString placeOf(const std::string& where) {
    const QString place = QString::fromStdString(where);
    return place.startsWith(u'/') ? QFileInfo(place).fileName() : place;
}

const char* nameOf(ErrorCode code) {
    switch (code) {
        case ErrorCode::Cancelled: return "cancelled";
        case ErrorCode::NotFound: return "not found";
        case ErrorCode::Unreadable: return "unreadable";
        case ErrorCode::Unsupported: return "unsupported";
        case ErrorCode::Invalid: return "invalid";
        case ErrorCode::Mismatch: return "mismatch";
        case ErrorCode::NeedsWeights: return "needs weights";
        case ErrorCode::OutOfMemory: return "out of memory";
        case ErrorCode::DeviceLost: return "device lost";
        case ErrorCode::Internal: return "internal";
    }
    return "";
}

/// The cell's token edit is of another grid than its codes are now.
bool isOfTokenEdit(const Error& error) {
    return error.code == ErrorCode::Mismatch && error.where == "token edit";
}

StateWords errorWords(const Error& error, const CellFacts& facts) {
    StateWords words{.tone = StateWords::Tone::Error};
    words.icon = error.code == ErrorCode::NeedsWeights ? QStringLiteral("download") : QStringLiteral("error");
    words.heading = headingOf(error, facts);
    words.text = sentence(error.message);
    words.advice = sentence(error.action);
    const QString where = placeOf(error.where);
    if (!words.text.contains(where)) words.where = where;
    words.report = reportOf(error, facts);
    words.actions = actionsFor(error, facts);
    return words;
}

StateWords quiet(const QString& text, std::vector<CellAction> actions = {}) {
    StateWords words;
    words.text = text;
    words.actions = std::move(actions);
    return words;
}

}  // namespace

int columnWithSameError(const CellFacts& facts) {
    for (int i = 0; i < facts.column; ++i) {
        const Cell& other = *facts.cells[i];
        if (other.error && other.error == facts.cell().error) return i;
    }
    return -1;
}

ErrorSubject subjectOf(const Row& row) {
    if (row.info) return holdsTokens(*row.info) ? ErrorSubject::TokenFile : ErrorSubject::PictureFile;
    const QString suffix = QFileInfo(QString::fromStdString(row.request.path)).suffix().toLower();
    return tokenSuffixes().contains(suffix) ? ErrorSubject::TokenFile : ErrorSubject::PictureFile;
}

QString headingOf(const Error& error, const CellFacts& facts) {
    if (&error == commonError(facts)) return headingOf(error);
    if (facts.model().error == error) return headingOf(error, ErrorSubject::Model);
    return headingOf(error, facts.row.error == error || facts.isSource() ? subjectOf(facts.row) : ErrorSubject::Cell);
}

QString headingOf(const Error& error, ErrorSubject subject) {
    const bool ofFile = subject == ErrorSubject::PictureFile || subject == ErrorSubject::TokenFile, ofModel = subject == ErrorSubject::Model;
    switch (error.code) {
        case ErrorCode::Cancelled: return tr("Cancelled");
        case ErrorCode::NotFound: return ofFile ? tr("File not found") : ofModel ? tr("Model not found") : tr("Not found");
        case ErrorCode::Unreadable: return ofFile ? tr("File cannot be read") : ofModel ? tr("Model cannot be read") : tr("Cannot be read");
        case ErrorCode::Unsupported: return ofFile ? tr("Format not supported") : ofModel ? tr("Model not supported") : tr("Not supported");
        case ErrorCode::Invalid:
            if (subject == ErrorSubject::TokenFile) return tr("Not a valid token file");
            return ofFile ? tr("Not a valid picture") : ofModel ? tr("Not a valid checkpoint") : tr("Not valid");
        case ErrorCode::Mismatch:
            // Missing tensors as well as weights that are no numbers.
            if (ofModel) return tr("Checkpoint cannot be used");
            return isOfTokenEdit(error) ? tr("Edit does not fit") : tr("Does not fit the model");
        case ErrorCode::NeedsWeights: return tr("Weights are not here");
        case ErrorCode::OutOfMemory: return tr("Out of memory");
        case ErrorCode::DeviceLost: return tr("Device lost");
        case ErrorCode::Internal: break;
    }
    return tr("Engine error");
}

QString reportOf(const Error& error, const CellFacts& facts) {
    QStringList lines;
    const auto line = [&](const QString& name, const QString& value) {
        if (!value.isEmpty()) lines << name + QStringLiteral(": ") + value;
    };
    line(QStringLiteral("error"), QString::fromStdString(error.message));
    line(QStringLiteral("kind"), QString::fromLatin1(nameOf(error.code)));
    line(QStringLiteral("where"), placeOf(error.where));
    line(QStringLiteral("advice"), QString::fromStdString(error.action));
    line(QStringLiteral("picture"), facts.row.name);
    line(QStringLiteral("lens"), QString::fromStdString(facts.columns[facts.column].lens));
    if (const auto& model = facts.model().info) {
        line(QStringLiteral("model"), QString::fromStdString(model->name + " (" + model->family + ", " + model->precision + ")"));
        line(QStringLiteral("device"), QString::fromStdString(model->device));
    } else {
        line(QStringLiteral("model"), placeOf(facts.columns[facts.column].model.reference));
    }
    line(QStringLiteral("tessera"), QCoreApplication::applicationVersion());
    line(QStringLiteral("qt"), QString::fromLatin1(qVersion()));
    return lines.join(u'\n');
}

std::vector<CellAction> actionsFor(const Error& error, const CellFacts& facts) {
    if (facts.host.state() == EngineHost::State::Failed || error.code == ErrorCode::DeviceLost) return {CellAction::RestartEngine};
    if (facts.model().error == error) return {CellAction::ShowModels, CellAction::Retry};
    if (facts.isSource()) return {CellAction::Retry, CellAction::Remove};
    if (isOfTokenEdit(error)) return {CellAction::RevertEdit};
    switch (error.code) {
        case ErrorCode::NeedsWeights:
        case ErrorCode::Mismatch:
        case ErrorCode::Unsupported: return {CellAction::ShowModels, CellAction::Retry};
        default: return {CellAction::Retry, CellAction::ShowModels};
    }
}

const Error* commonError(const CellFacts& facts) {
    if (facts.host.state() == EngineHost::State::Failed && facts.host.error()) return &*facts.host.error();
    return nullptr;
}

std::optional<StateWords> stateOf(const CellFacts& facts) {
    const Cell& cell = facts.cell();
    if (const Error* error = commonError(facts)) {
        if (facts.leadsRow()) return errorWords(*error, facts);
        return quiet(tr("Waits for the engine."));
    }
    if (facts.row.error) {
        if (facts.leadsRow()) return errorWords(*facts.row.error, facts);
        return quiet(tr("Nothing to show without an input."));
    }
    const bool wantsModel = !facts.isSource() && (cell.state == CellState::Waiting || cell.state == CellState::Failed);
    if (wantsModel && facts.model().error) {
        if (facts.leadsGroup()) return errorWords(*facts.model().error, facts);
        return quiet(tr("Nothing to show without the model."));
    }
    switch (cell.state) {
        case CellState::Failed: {
            if (!cell.error) break;
            const int first = columnWithSameError(facts);
            if (first < 0) return errorWords(*cell.error, facts);
            // Steps of one sweep fail by themselves, for the same reason.
            if (facts.columns[first].lens == facts.columns[facts.column].lens) return quiet(tr("Same error as in column %1.").arg(first + 1));
            return quiet(tr("Nothing to show: the %1 failed.").arg(lensTitle(facts.columns[first].lens)));
        }
        case CellState::NotOffered: {
            // Another model would help only where it is this one that lacks something.
            const bool ofModel = !cell.error || !cell.error->where.empty();
            StateWords words = quiet(cell.error ? sentence(cell.error->message) : tr("This model does not offer it."), ofModel ? std::vector{CellAction::ShowModels} : std::vector<CellAction>());
            if (cell.error) words.advice = sentence(cell.error->action);
            return words;
        }
        case CellState::Cancelled: return quiet(tr("Cancelled."), {CellAction::Retry});
        case CellState::Waiting:
            if (facts.isSource()) break;
            if (facts.host.state() == EngineHost::State::Ready && !facts.model().info && !facts.model().opening) {
                return quiet(tr("No model is chosen."), {CellAction::ShowModels});
            }
            break;
        case CellState::Running:
        case CellState::Done: break;
    }
    return std::nullopt;
}

}  // namespace tessera::ui
