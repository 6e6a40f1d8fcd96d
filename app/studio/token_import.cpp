// SPDX-License-Identifier: GPL-3.0-or-later
#include "token_import.h"

#include <algorithm>
#include <memory>

#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

#include <tessera/apply_tokens.h>

#include "bridge/qt_executor.h"
#include "document.h"

namespace tessera::studio {

/// What a file says of itself, and the rows that it becomes.
struct TokenImport::Found {
    QString path;
    TensorMap tensors;
    std::string model, fingerprint;  ///< empty if it does not say
    std::optional<Error> problem;    ///< why it could not be read
    std::vector<SourceRequest> rows;
};

namespace {

std::string wordOf(const FileWords& words, const char* name) {
    const auto found = words.find(name);
    return found == words.end() ? std::string() : found->second;
}

/// How many pictures it is of; 1 for what is no batch, which the engine refuses.
std::int64_t picturesIn(const TensorMap& tensors) {
    for (const char* name : {"codes", "latents"}) {
        if (const auto found = tensors.find(name); found != tensors.end()) return found->second.shape.size() == 4 ? found->second.shape[0] : 1;
    }
    return 1;
}

/// The tensors of one picture of a batch; none where they are of different numbers of pictures.
std::optional<TensorMap> sampleOf(const TensorMap& tensors, std::int64_t index, std::int64_t count) {
    TensorMap sample;
    for (const auto& [name, tensor] : tensors) {
        if (tensor.shape.empty() || tensor.shape[0] != count) return std::nullopt;
        HostTensor one{tensor.type, tensor.shape, {}};
        one.shape[0] = 1;
        const std::size_t bytes = tensor.bytes.size() / static_cast<std::size_t>(count);
        const auto begin = tensor.bytes.span().subspan(static_cast<std::size_t>(index) * bytes, bytes);
        one.bytes = SharedBytes(std::vector<std::byte>(begin.begin(), begin.end()));
        sample.emplace(name, std::move(one));
    }
    return sample;
}

/// As a file of its own would hold them; empty if that could not be made.
SharedBytes fileOf(const TensorMap& tensors, const FileWords& words) {
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("one.safetensors"));
    QFile file(path);
    if (!folder.isValid() || writeTensorFile(path.toStdString(), tensors, words) || !file.open(QIODevice::ReadOnly)) return {};
    const QByteArray bytes = file.readAll();
    const auto held = std::as_bytes(std::span(bytes.constData(), static_cast<std::size_t>(bytes.size())));
    return SharedBytes(std::vector<std::byte>(held.begin(), held.end()));
}

/// A row for each picture of a batch, which lies in the session itself; none for the file of one.
std::vector<SourceRequest> rowsOfBatch(const QString& path, const TensorMap& tensors, FileWords words) {
    const std::int64_t count = picturesIn(tensors);
    std::vector<SourceRequest> rows;
    if (count < 2) return rows;
    const QStringList images = QString::fromStdString(wordOf(words, "images")).split(u'\n');
    for (std::int64_t i = 0; i < count; ++i) {
        const auto sample = sampleOf(tensors, i, count);
        if (!sample) return {};
        if (images.size() == count) words["images"] = images[i].toStdString();
        SourceRequest row{.path = {}, .bytes = fileOf(*sample, words), .pixels = {}, .name = TokenImport::tr("%1, %2 of %3").arg(QFileInfo(path).fileName()).arg(i + 1).arg(count).toStdString()};
        if (row.bytes.empty()) return {};
        rows.push_back(std::move(row));
    }
    return rows;
}

QString nameOf(const QString& path) {
    return QFileInfo(path).fileName();
}

}  // namespace

TokenImport::TokenImport(Document& document, QObject* parent) : QObject(parent), m_document(document) {
    m_pool.setMaxThreadCount(1);
    connect(&document.host, &ui::EngineHost::stateChanged, this, [this] {
        if (m_document.host.state() == ui::EngineHost::State::Ready && !m_waiting.empty()) showModels(std::exchange(m_waiting, {}));
    });
}

TokenImport::~TokenImport() {
    m_pool.waitForDone();
}

TokenImport::Found TokenImport::read(const QString& path) {
    Found found{.path = path, .tensors = {}, .model = {}, .fingerprint = {}, .problem = {}, .rows = {}};
    auto tensors = readTensorFile(path.toStdString());
    if (!tensors) {
        found.problem = tensors.error();
    } else {
        found.tensors = std::move(tensors).value();
        const auto words = readFileWords(path.toStdString());
        found.model = words ? wordOf(words.value(), "model") : std::string();
        found.fingerprint = words ? wordOf(words.value(), "fingerprint") : std::string();
        found.rows = rowsOfBatch(path, found.tensors, words ? words.value() : FileWords());
        found.problem = changedOnDisk(found.tensors);
    }
    if (found.rows.empty()) found.rows.push_back({.path = path.toStdString(), .bytes = {}, .pixels = {}, .name = nameOf(path).toStdString()});
    return found;
}

void TokenImport::open(const QStringList& paths, bool replace) {
    m_pool.start([this, paths, replace, executor = ui::guiExecutor(this)] {
        auto files = std::make_shared<std::vector<Found>>();
        for (const QString& path : paths) {
            files->push_back(read(path));
            files->back().tensors.clear();  // the engine reads them itself
        }
        executor([this, files, replace] { addRows(*files, replace); });
    });
}

void TokenImport::addRows(const std::vector<Found>& files, bool replace) {
    std::vector<SourceRequest> rows;
    for (const Found& file : files) rows.insert(rows.end(), file.rows.begin(), file.rows.end());
    QUndoStack& undo = m_document.session.undoStack();
    undo.beginMacro(files.size() == 1 ? tr("open %1").arg(nameOf(files.front().path)) : tr("open %1 files of tokens").arg(files.size()));
    if (replace) m_document.session.replaceRows(std::move(rows));
    else m_document.session.addRows(std::move(rows));
    if (m_document.host.state() == ui::EngineHost::State::Ready) showModels(files);
    else m_waiting.insert(m_waiting.end(), files.begin(), files.end());
    undo.endMacro();
}

/// Each model once; what cannot be shown is told.
void TokenImport::showModels(const std::vector<Found>& files) {
    for (const Found& file : files) {
        if (file.problem || file.model.empty()) continue;
        if (const auto model = modelOf(file)) {
            showModel(*model);
        } else {
            Q_EMIT told(tr("%1 holds tokens of %2, which is neither on the board nor among the models found here: open it with Ctrl+M, and its column shows them")
                            .arg(nameOf(file.path), QString::fromStdString(file.model)));
        }
    }
}

std::optional<ui::ModelChoice> TokenImport::modelOf(const Found& file) const {
    const auto bears = [&](const ui::ModelChoice& choice) {
        const auto& info = m_document.host.modelOf(choice).info;
        if (!info) return choice.reference == file.model;
        return file.fingerprint.empty() ? info->name == file.model : info->fingerprint == file.fingerprint;
    };
    // One that is shown already, in whatever precision.
    std::vector<ui::ModelChoice> choices = ui::modelsOf(m_document.session.groups());
    std::ranges::copy(m_document.session.models(), std::back_inserter(choices));
    if (const auto shown = std::ranges::find_if(choices, bears); shown != choices.end()) return *shown;
    const auto& entries = m_document.host.models();
    const auto known = std::ranges::find_if(entries, [&](const ModelEntry& entry) { return entry.name == file.model || entry.name.ends_with('/' + file.model); });
    if (known == entries.end()) return std::nullopt;
    return ui::ModelChoice{known->name, Precision::Auto};
}

/// In a workspace of one model in the place of that one, else in columns of its own.
void TokenImport::showModel(const ui::ModelChoice& model) {
    ui::Session& session = m_document.session;
    const std::vector<ui::ModelChoice> shown = ui::modelsOf(session.groups());
    if (std::ranges::find(shown, model) != shown.end()) return;
    if (shown.size() <= 1 && ui::showsOneModel(session.workspace().kind)) return session.chooseModel(model);
    session.editColumns(tr("add model"), ui::withModel(session.groups(), model, session.nextLensId()));
}

void TokenImport::apply(const QString& path) {
    const ui::RowId row = m_document.session.currentRow();
    const ui::Column column = m_document.session.columns()[m_document.session.currentColumn()];
    if (!m_document.session.find(row)) return Q_EMIT told(tr("There is no image whose tokens could be replaced"));
    m_pool.start([this, path, row, column, executor = ui::guiExecutor(this)] {
        auto file = std::make_shared<Found>(read(path));
        executor([this, row, column, file] { applyTo(row, column, *file); });
    });
}

void TokenImport::applyTo(ui::RowId row, const ui::Column& column, const Found& file) {
    const auto grid = m_document.tokens.gridOf(row, column);
    const auto codes = file.tensors.find("codes");
    const auto refuse = [this, &file](const Error& error) { Q_EMIT told(tr("%1 changed nothing: %2").arg(nameOf(file.path), QString::fromStdString(toLine(error)))); };
    if (file.problem) return refuse(*file.problem);
    if (codes == file.tensors.end()) return refuse({ErrorCode::Invalid, tr("it holds no codes").toStdString(), {}, tr("drop it without Ctrl: it becomes a row").toStdString()});
    if (!grid) {
        const auto& why = m_document.tokens.error();
        return refuse(why ? *why : Error{ErrorCode::NotFound, tr("the codes of this cell are not read yet").toStdString(), {}, tr("try again in a moment").toStdString()});
    }
    if (!file.fingerprint.empty() && file.fingerprint != grid->fingerprint) {
        return refuse({ErrorCode::Mismatch, tr("its codes are of %1, another model").arg(QString::fromStdString(file.model)).toStdString(), {}, tr("drop it without Ctrl: it becomes a row").toStdString()});
    }
    auto edit = editTowards(*grid, codes->second);
    if (!edit) return refuse(edit.error());
    ui::ViewState view = m_document.session.view();
    view.unedited = false;  // what is changed is to be seen
    m_document.session.setView(view);
    const auto count = edit.value().changes.size();
    const ui::TokenEditPointer after = count == 0 ? nullptr : std::make_shared<const TokenEdit>(std::move(edit).value());
    m_document.session.editTokens(tr("apply tokens of %1").arg(nameOf(file.path)), row, column.model, after);
    Q_EMIT told(count == 0 ? tr("%1 holds the codes that were found").arg(nameOf(file.path)) : tr("%1 of %2 codes are those of %3 now").arg(count).arg(grid->found.size()).arg(nameOf(file.path)));
}

}  // namespace tessera::studio
