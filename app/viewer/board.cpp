// SPDX-License-Identifier: Apache-2.0
#include "board.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <set>

#include <tessera/bytes.h>
#include <tessera/lens_argument.h>
#include <tessera/model_reference.h>

namespace tessera::viewer {
namespace {

namespace fs = std::filesystem;

std::string endingOf(const fs::path& path) {
    std::string ending = path.extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending;
}

bool isCheckpoint(const fs::path& path) {
    static const std::set<std::string> kEndings{".safetensors", ".pt", ".pth", ".ckpt", ".bin"};
    return kEndings.contains(endingOf(path));
}

bool isPicture(const fs::path& path) {
    static const std::set<std::string> kEndings{".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".gif", ".bmp", ".ppm", ".pgm"};
    return kEndings.contains(endingOf(path));
}

/// Files of a folder, by name; nothing where it cannot be read.
std::vector<fs::path> entriesOf(const fs::path& folder) {
    std::vector<fs::path> entries;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) entries.push_back(at->path());
    std::ranges::sort(entries);
    return entries;
}

bool isModelFolder(const std::vector<fs::path>& entries) {
    return std::ranges::any_of(entries, [](const fs::path& each) { return isCheckpoint(each) || each.filename() == "config.json" || each.filename() == "vae"; });
}

}  // namespace

Board::Board(Executor executor, std::function<void()> changed) : m_executor(std::move(executor)), m_changed(std::move(changed)) {}

Board::~Board() = default;

std::optional<Error> Board::start(std::shared_ptr<Engine> engine, const std::vector<std::string>& lenses) {
    m_lensInfos = engine->lenses();
    m_modelEntries = engine->models();
    for (const std::string& text : lenses) {
        Result<Query> query = parsedLens(text, m_lensInfos);
        if (!query) return query.error();
        m_lenses.push_back({++m_lastId, query.value().lens, query.value().parameters});
    }
    m_engine = std::move(engine);
    for (ImageRow& image : m_images) image.source = m_engine->addSource({.path = image.path});
    // No model was named: the first that is built in.
    for (ModelRow& model : m_models) {
        if (model.request.reference.empty() && !m_modelEntries.empty()) model.name = model.request.reference = m_modelEntries.front().name;
    }
    std::erase_if(m_models, [](const ModelRow& model) { return model.request.reference.empty(); });
    openModels();
    update();
    return std::nullopt;
}

void Board::fail(Error error) {
    m_failure = std::move(error);
    m_changed();
}

const LensInfo* Board::infoOf(const LensRow& lens) const {
    const auto found = std::ranges::find(m_lensInfos, lens.name, &LensInfo::name);
    return found == m_lensInfos.end() ? nullptr : &*found;
}

void Board::addFiles(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
        std::error_code ignored;
        if (fs::is_directory(path, ignored)) {
            const auto entries = entriesOf(path);
            if (isModelFolder(entries)) {
                addModel({.reference = path});
                continue;
            }
            std::vector<std::string> pictures;
            for (const fs::path& each : entries) {
                if (isPicture(each)) pictures.push_back(each.string());
            }
            addFiles(pictures);
        } else if (isCheckpoint(path)) {
            addModel({.reference = path});
        } else {
            m_images.push_back({++m_lastId, path, fs::path(path).filename().string(), m_engine ? m_engine->addSource({.path = path}) : SourceId{}});
        }
    }
    m_changed();
}

void Board::removeImage(std::size_t row) {
    if (m_engine) m_engine->removeSource(m_images[row].source);
    m_images.erase(m_images.begin() + static_cast<std::ptrdiff_t>(row));
    m_changed();
}

void Board::addModel(ModelRequest request) {
    const auto same = [&](const ModelRow& model) { return model.request.reference == request.reference && model.request.precision == request.precision; };
    if (std::ranges::any_of(m_models, same)) return;
    const std::string name = fs::path(request.reference).filename().string();
    m_models.push_back({.request = request, .name = name.empty() ? request.reference : name});
    openModels();
    m_changed();
}

void Board::removeModel(std::size_t model) {
    const std::optional<ModelInfo> gone = m_models[model].info;
    m_models.erase(m_models.begin() + static_cast<std::ptrdiff_t>(model));
    const auto uses = [&](const ModelRow& other) { return other.info && gone && other.info->id == gone->id; };
    if (m_engine && gone && std::ranges::none_of(m_models, uses)) m_engine->closeModel(gone->id);
    m_changed();
}

void Board::addLens(const std::string& name) {
    m_lenses.push_back({++m_lastId, name, {}});
    m_changed();
}

void Board::removeLens(std::size_t lens) {
    m_lenses.erase(m_lenses.begin() + static_cast<std::ptrdiff_t>(lens));
    m_changed();
}

void Board::setParameter(std::size_t lens, const std::string& name, const Value& value) {
    m_lenses[lens].parameters[name] = value;
    m_changed();
}

std::vector<Board::Column> Board::columns() const {
    std::vector<Column> columns;
    for (std::size_t lens = 0; lens < m_lenses.size(); ++lens) {
        const LensInfo* info = infoOf(m_lenses[lens]);
        if (info && info->needs.empty()) columns.push_back({lens, std::nullopt});
    }
    for (std::size_t model = 0; model < m_models.size(); ++model) {
        for (std::size_t lens = 0; lens < m_lenses.size(); ++lens) {
            const LensInfo* info = infoOf(m_lenses[lens]);
            if (info && !info->needs.empty()) columns.push_back({lens, model});
        }
    }
    return columns;
}

std::string Board::lensTitleOf(const Column& column) const {
    const LensRow& lens = m_lenses[column.lens];
    std::string title = lens.name;
    std::ranges::replace(title, '_', ' ');
    if (std::ranges::count(m_lenses, lens.name, &LensRow::name) > 1) {
        for (const auto& [name, value] : lens.parameters) title += " " + name + " " + toText(value);
    }
    return title;
}

std::string Board::titleOf(const Column& column) const {
    const std::string title = lensTitleOf(column);
    if (!column.model) return title;
    const ModelRow& model = m_models[*column.model];
    const std::string name = model.info ? model.info->name : model.name;
    const auto sameName = [&](const ModelRow& other) { return (other.info ? other.info->name : other.name) == name; };
    const bool ambiguous = std::ranges::count_if(m_models, sameName) > 1;
    return title + " \u00b7 " + name + (ambiguous ? " " + (model.info ? model.info->precision : std::string(precisionName(model.request.precision))) : "");
}

Board::Key Board::keyOf(std::size_t row, const Column& column) const {
    return {m_images[row].id, m_lenses[column.lens].id, column.model ? toText(m_models[*column.model].request) : std::string()};
}

Query Board::queryOf(std::size_t row, const Column& column) const {
    const LensRow& lens = m_lenses[column.lens];
    Query query{.lens = lens.name, .cell = {.source = m_images[row].source}, .parameters = lens.parameters};
    if (column.model) query.cell.model = m_models[*column.model].info->id;
    // A lens that needs another cell gets the next picture's.
    const LensInfo* info = infoOf(lens);
    if (info && info->others == Others::Required && m_images.size() > 1) {
        query.others.push_back({.source = m_images[(row + 1) % m_images.size()].source, .model = query.cell.model});
    }
    return query;
}

void Board::openModels() {
    if (!m_engine) return;
    for (std::size_t i = 0; i < m_models.size(); ++i) {
        if (m_models[i].info || m_models[i].error || m_models[i].opening()) continue;
        const std::string name = toText(m_models[i].request);
        const auto find = [this, name]() -> ModelRow* {
            const auto found = std::ranges::find_if(m_models, [&](const ModelRow& each) { return toText(each.request) == name; });
            return found == m_models.end() ? nullptr : &*found;
        };
        Observer<ModelInfo> observer{.executor = m_executor, .onDone = {}, .onProgress = {}, .onPartial = {}};
        observer.onDone = [this, find](const Result<ModelInfo>& result) {
            ModelRow* model = find();
            if (!model) return;
            model->job.detach();
            if (result) model->info = result.value();
            if (!result && !result.cancelled()) model->error = result.error();
            m_changed();
        };
        observer.onProgress = [this, find](const Progress& progress) {
            if (ModelRow* model = find()) model->progress = progress;
            m_changed();
        };
        m_models[i].job = m_engine->openModel(m_models[i].request, std::move(observer));
    }
}

void Board::show(std::size_t firstRow, std::size_t endRow) {
    m_firstRow = firstRow;
    m_endRow = endRow;
    update();
}

void Board::update() {
    std::set<Key> wanted;
    for (std::size_t row = m_firstRow; row < std::min(m_endRow, m_images.size()); ++row) {
        for (const Column& column : columns()) {
            const Key key = keyOf(row, column);
            wanted.insert(key);
            Cell& cell = m_cells[key];
            if (!m_engine || (column.model && !m_models[*column.model].info)) continue;
            const Query query = queryOf(row, column);
            // By their bytes: NaN is no reason to ask for the same thing for ever.
            if (!cell.asked || toBytes(*cell.asked) != toBytes(query)) ask(key, query);
        }
    }
    std::erase_if(m_cells, [&](const auto& entry) { return !wanted.contains(entry.first); });
}

void Board::ask(const Key& key, const Query& query) {
    Cell& cell = m_cells[key];
    cell.job = {};
    cell.asked = query;
    cell.waiting = true;
    cell.error.reset();
    cell.progress.reset();
    if (cell.slot == 0) cell.slot = ++m_lastId;
    const std::uint64_t round = cell.round = ++m_lastId;
    const auto find = [this, key, round]() -> Cell* {
        const auto found = m_cells.find(key);
        return found == m_cells.end() || found->second.round != round ? nullptr : &found->second;
    };
    Observer<Picture> observer{.executor = m_executor, .onDone = {}, .onProgress = {}, .onPartial = {}};
    observer.onDone = [this, key, round](const Result<Picture>& result) { answered(key, round, result); };
    observer.onProgress = [this, find](const Progress& progress) {
        if (Cell* known = find()) known->progress = progress;
        m_changed();
    };
    observer.onPartial = [this, find](Picture picture) {
        if (Cell* known = find()) known->picture = std::make_shared<const Picture>(std::move(picture));
        m_changed();
    };
    cell.job = m_engine->request(query, Priority::Visible, std::move(observer), cell.slot);
}

void Board::answered(const Key& key, std::uint64_t round, const Result<Picture>& result) {
    const auto found = m_cells.find(key);
    if (found == m_cells.end() || found->second.round != round) return;
    Cell& cell = found->second;
    cell.job.detach();
    cell.waiting = false;
    if (result) {
        cell.picture = std::make_shared<const Picture>(result.value());
    } else {
        cell.picture.reset();
        cell.error = result.error();
    }
    m_changed();
}

const Cell* Board::cell(std::size_t row, const Column& column) const {
    const auto found = m_cells.find(keyOf(row, column));
    return found == m_cells.end() ? nullptr : &found->second;
}

std::string Board::wordsOf(std::size_t row, const Column& column) const {
    if (m_failure) return toLine(*m_failure);
    if (!m_engine) return "opening the engine";
    if (column.model) {
        const ModelRow& model = m_models[*column.model];
        if (model.error) return toLine(*model.error);
        if (!model.info) return "opening " + model.name + (model.progress.fraction > 0 ? " " + std::to_string(std::lround(model.progress.fraction * 100)) + " %" : "");
    }
    const Cell* known = cell(row, column);
    if (!known) return {};
    if (known->error) return toLine(*known->error);
    if (!known->waiting) return {};
    if (!known->progress || known->progress->stage.empty()) return "waiting";
    return known->progress->stage + " " + std::to_string(std::lround(known->progress->fraction * 100)) + " %";
}

bool Board::settled() const {
    if (m_failure) return true;
    if (!m_engine || std::ranges::any_of(m_models, &ModelRow::opening)) return false;
    return std::ranges::all_of(m_cells, [this](const auto& entry) {
        const Cell& cell = entry.second;
        if (cell.waiting) return false;
        const std::string& model = std::get<2>(entry.first);
        const auto failed = [&](const ModelRow& each) { return toText(each.request) == model && each.error; };
        return cell.picture || cell.error || std::ranges::any_of(m_models, failed);
    });
}

}  // namespace tessera::viewer
