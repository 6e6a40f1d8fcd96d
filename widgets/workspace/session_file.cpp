// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/session_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <QBuffer>
#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QImage>
#include <QSaveFile>

#include <tessera/model_reference.h>

#include "workspace/session_json.h"

namespace tessera::ui {
namespace {

constexpr const char* kFormatKey = "tessera_session";
constexpr qint64 kLargestFile = qint64(1) << 30;
constexpr std::size_t kMostRows = 100'000, kMostColumns = 4096, kMostTokenChanges = 10'000'000;
constexpr double kMostZoom = 1e6;
constexpr float kMostExposure = 8, kMostGain = 1024;
constexpr int kMostCellWidth = 8192;

template <typename T>
struct Word {
    T value;
    const char* word;
};

constexpr std::array kPrecisionWords{Word{Precision::Auto, "auto"}, Word{Precision::Fp32, "fp32"}, Word{Precision::Bf16, "bf16"}, Word{Precision::Fp16, "fp16"}};
constexpr std::array kSamplingWords{Word{canvas::Sampling::Automatic, "automatic"}, Word{canvas::Sampling::Nearest, "nearest"}, Word{canvas::Sampling::Bilinear, "bilinear"}};
constexpr std::array kRangeWords{Word{FieldRange::Declared, "declared"}, Word{FieldRange::Column, "column"}, Word{FieldRange::Cell, "cell"}};
constexpr std::array kCompareWords{Word{canvas::Compare::None, "side_by_side"}, Word{canvas::Compare::Wipe, "wipe"}, Word{canvas::Compare::Onion, "onion"}, Word{canvas::Compare::Difference, "difference"}};
constexpr std::array kWipeWords{Word{canvas::WipeLine::Upright, "upright"}, Word{canvas::WipeLine::Level, "level"}};
constexpr std::array kBrushWords{Word{FieldMapping::Colour, "colour"}, Word{FieldMapping::Absolute, "absolute"}, Word{FieldMapping::Signed, "signed"}, Word{FieldMapping::Squared, "squared"},
                                 Word{FieldMapping::Flip, "flip"}, Word{FieldMapping::Scalar, "scalar"}, Word{FieldMapping::Ssim, "ssim"}};
constexpr std::array kDifferenceWords{Word{FieldMapping::Absolute, "absolute"}, Word{FieldMapping::Signed, "signed"}, Word{FieldMapping::Squared, "squared"}};

template <typename T, std::size_t N>
const char* wordOf(const std::array<Word<T>, N>& words, T value) {
    for (const Word<T>& each : words) {
        if (each.value == value) return each.word;
    }
    return words.front().word;
}

/// A word that is not known, of a later version, means the first.
template <typename T, std::size_t N>
T valueOf(const std::array<Word<T>, N>& words, const JsonNode& node, const char* key, T otherwise) {
    if (!node.has(key)) return otherwise;
    const std::string word = node[key].text();
    for (const Word<T>& each : words) {
        if (word == each.word) return each.value;
    }
    return words.front().value;
}

// What is written.

class Writer {
public:
    Writer(const QString& folder, const KeepBeside& beside) : m_folder(folder), m_beside(beside) {}

    Json session(const SavedSession& saved) const {
        const SessionState& state = saved.state;
        Json json{{kFormatKey, kSessionFormat}, {"rows", Json::array()}, {"workspaces", Json::object()}};
        for (const Row& each : state.rows) json["rows"].push_back(row(each));
        for (const Workspace& each : state.workspaces) json["workspaces"][std::string(keyOf(each.kind))] = workspace(each);
        json["current"] = {{"workspace", std::string(keyOf(state.workspace))}, {"row", state.currentRow}, {"column", state.currentColumn}};
        json["view"] = view(state.view);
        for (const auto& [cell, edit] : state.tokenEdits) json["token_edits"].push_back(tokenEdit(cell, *edit));
        if (!saved.savedAs.isEmpty()) json["saved_as"] = saved.savedAs.toStdString();
        if (saved.modified) json["modified"] = true;
        return json;
    }

private:
    /// Under "path" as seen from the file, under "absolute" as seen from everywhere.
    void putPath(Json& json, const std::string& path) const {
        const QString absolute = QString::fromStdString(path);
        if (!m_beside) json["path"] = QDir(m_folder).relativeFilePath(absolute).toStdString();
        json["absolute"] = path;
    }

    Json row(const Row& row) const {
        Json json{{"name", row.name.toStdString()}};
        if (!row.request.path.empty()) {
            putPath(json, row.request.path);
            if (!row.savedHash.empty()) json["content"] = row.savedHash;
        } else if (m_beside) {
            json["beside"] = m_beside(row.request).toStdString();
        } else {
            json["image"] = pastedBytes(row.request).toBase64().toStdString();
        }
        return json;
    }

    Json model(const ModelChoice& choice) const {
        Json json = Json::object();
        if (QDir::isAbsolutePath(QString::fromStdString(choice.reference))) {
            putPath(json, choice.reference);
        } else {
            json["name"] = choice.reference;
        }
        json["precision"] = wordOf(kPrecisionWords, choice.precision);
        if (choice.int8Weights) json["int8"] = true;
        return json;
    }

    static Json rowIndex(RowId row) { return row == kGoneRow ? Json(-1) : Json(static_cast<quint64>(row) - 1); }

    Json lens(const LensColumn& lens) const {
        Json json{{"id", static_cast<std::uint32_t>(lens.id)}, {"lens", lens.lens}};
        for (const auto& [name, value] : lens.parameters) json["parameters"][name] = jsonOf(value);
        if (const auto& sweep = lens.sweep) {
            Json values = Json::array();
            for (const Value& value : sweep->values) values.push_back(jsonOf(value));
            json["sweep"] = {{"parameter", sweep->parameter}, {"values", values}, {"current", sweep->current}, {"folded", sweep->folded}};
        }
        if (lens.with) {
            json["with"] = Json::object();
            if (lens.with->row) json["with"]["row"] = rowIndex(*lens.with->row);
            if (lens.with->model) json["with"]["model"] = model(*lens.with->model);
        }
        return json;
    }

    Json workspace(const Workspace& workspace) const {
        const BoardForm& form = workspace.form;
        Json json{{"board", {{"grid", form.grid}, {"transposed", form.transposed}, {"cell_width", form.cellWidth}}}, {"edited", workspace.touched}, {"groups", Json::array()}};
        for (const ModelGroup& group : workspace.groups) {
            Json entry = Json::object();
            if (group.model) entry["model"] = model(*group.model);
            if (group.folded) entry["folded"] = true;
            entry["lenses"] = Json::array();
            for (const LensColumn& each : group.lenses) entry["lenses"].push_back(lens(each));
            json["groups"].push_back(std::move(entry));
        }
        return json;
    }

    Json tokenEdit(const EditedCell& cell, const TokenEdit& edit) const {
        Json codes = Json::array();
        for (const TokenEdit::Change& change : edit.changes) codes.push_back({change.row, change.column, change.depth, change.code});
        return {{"row", rowIndex(cell.row)}, {"model", model({cell.model, Precision::Auto})}, {"grid", {edit.rows, edit.columns, edit.depths}}, {"codes", std::move(codes)}};
    }

    static Json view(const ViewState& view) {
        Json json{{"centre", {view.camera.centreX, view.camera.centreY}},
                  {"zoom", view.camera.zoom},
                  {"sampling", wordOf(kSamplingWords, view.sampling)},
                  {"exposure", view.exposureStops},
                  {"gain", view.gain},
                  {"range", wordOf(kRangeWords, view.range)},
                  {"logarithmic", view.logarithmic},
                  {"clipping", view.clipping},
                  {"values", view.values},
                  {"pixel_grid", view.pixelGrid},
                  {"token_grid", view.tokenGrid},
                  {"compare", wordOf(kCompareWords, view.compare)},
                  {"wipe", view.wipe},
                  {"frame", view.frame},
                  {"wipe_line", wordOf(kWipeWords, view.wipeLine)},
                  {"onion", view.onion},
                  {"difference", wordOf(kDifferenceWords, view.differenceBy)}};
        if (const auto& place = view.reference) {
            json["reference"] = {{"lens", static_cast<std::uint32_t>(place->column.lens)}, {"step", place->column.step}};
            if (place->row) json["reference"]["row"] = rowIndex(*place->row);
        }
        if (view.brush) {
            json["brush"] = {view.brush->first, view.brush->second};
            json["brushed"] = wordOf(kBrushWords, view.brushed);
            if (!view.brushedLens.empty()) json["brushed_lens"] = view.brushedLens;
        }
        return json;
    }

    QString m_folder;
    const KeepBeside& m_beside;
};

// What is read.

SharedBytes shared(QByteArray bytes) {
    auto owner = std::make_shared<const QByteArray>(std::move(bytes));
    return SharedBytes(owner, reinterpret_cast<const std::byte*>(owner->constData()), static_cast<std::size_t>(owner->size()));
}

class Reader {
public:
    explicit Reader(const QString& folder) : m_folder(folder) {}

    SavedSession session(const JsonNode& node) const {
        SavedSession saved;
        SessionState& state = saved.state;
        for (const JsonNode& each : node["rows"].items(kMostRows)) {
            state.rows.push_back(row(each));
            state.rows.back().id = RowId{state.rows.size()};
        }
        const int rows = static_cast<int>(state.rows.size());
        for (const auto& [key, each] : node["workspaces"].members()) {
            // One that this version does not know: of a later one.
            if (const auto kind = workspaceFromKey(key)) state.workspaces.push_back(workspace(*kind, each, rows));
        }
        if (node.has("current")) {
            const JsonNode current = node["current"];
            state.workspace = workspaceFromKey(current.text("workspace")).value_or(WorkspaceKind::Reconstruct);
            state.currentRow = static_cast<int>(current.integer("row", -1, rows - 1, rows - 1));
            state.currentColumn = static_cast<int>(current.integer("column", 0, std::int64_t(kMostColumns), 1));
        }
        if (node.has("view")) state.view = view(node["view"], rows);
        if (node.has("token_edits")) {
            for (const JsonNode& each : node["token_edits"].items(kMostRows)) {
                const EditedCell cell{rowNamed(each["row"], rows), model(each["model"]).reference};
                state.tokenEdits[cell] = std::make_shared<const TokenEdit>(tokenEdit(each));
            }
        }
        saved.savedAs = QString::fromStdString(node.text("saved_as"));
        saved.modified = node.flag("modified");
        return saved;
    }

private:
    std::string path(const JsonNode& node) const {
        const QString absolute = QString::fromStdString(node.text("absolute"));
        if (!node.has("path")) return absolute.toStdString();
        const QString here = QDir::cleanPath(QDir(m_folder).absoluteFilePath(node["path"].string()));
        return (absolute.isEmpty() || QFileInfo::exists(here) || !QFileInfo::exists(absolute) ? here : absolute).toStdString();
    }

    Row row(const JsonNode& node) const {
        Row row;
        if (node.has("path") || node.has("absolute")) {
            row.request.path = path(node);
            if (row.request.path.empty()) node.refuse("has an empty path");
            row.savedHash = node.text("content");
        } else if (node.has("beside")) {
            const QString name = node["beside"].string();
            if (name.isEmpty() || name.contains(u'/') || name.startsWith(u'.')) node.refuse("names no file beside it");
            QFile file(QDir(m_folder).filePath(name));
            // One that is gone is an empty file to the engine, which says so in its cell.
            row.request.bytes = shared(file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray());
            if (row.request.bytes.empty()) row.request.path = file.fileName().toStdString();
        } else {
            const auto bytes = QByteArray::fromBase64Encoding(QByteArray::fromStdString(node["image"].text()), QByteArray::AbortOnBase64DecodingErrors);
            if (!bytes || (*bytes).isEmpty()) node.refuse("holds no image");
            row.request.bytes = shared(*bytes);
        }
        row.request.name = node.text("name", QFileInfo(QString::fromStdString(row.request.path)).fileName().toStdString());
        row.name = QString::fromStdString(row.request.name);
        return row;
    }

    ModelChoice model(const JsonNode& node) const {
        ModelChoice choice{.reference = {}, .precision = valueOf(kPrecisionWords, node, "precision", Precision::Auto), .int8Weights = node.flag("int8")};
        choice.reference = node.has("path") || node.has("absolute") ? path(node) : node["name"].text();
        return choice;
    }

    /// An index that no row has stays one, so that "that row is gone" does not become "each cell's own row".
    static RowId rowNamed(const JsonNode& node, int rows) {
        const std::int64_t index = node.integer(-1, rows);
        return index < 0 || index >= rows ? kGoneRow : RowId{quint64(index) + 1};
    }

    LensColumn lens(const JsonNode& node, int rows) const {
        LensColumn lens{.id = LensColumnId(node.integer("id", 0, std::numeric_limits<std::uint32_t>::max(), 0)), .lens = node["lens"].text()};
        if (node.has("parameters")) {
            for (const auto& [name, value] : node["parameters"].members()) {
                if (!value.isNull()) lens.parameters.insert_or_assign(name, value.value());
            }
        }
        if (node.has("sweep")) {
            const JsonNode sweep = node["sweep"];
            lens.sweep = Sweep{.parameter = sweep["parameter"].text()};
            for (const JsonNode& value : sweep["values"].items(kMostColumns)) {
                if (!value.isNull()) lens.sweep->values.push_back(value.value());
            }
            if (lens.sweep->values.empty()) sweep.refuse("has no values");
            lens.sweep->current = static_cast<int>(sweep.integer("current", 0, std::int64_t(lens.sweep->values.size()) - 1, 0));
            lens.sweep->folded = sweep.flag("folded");
        }
        if (node.has("with")) {
            const JsonNode with = node["with"];
            lens.with = Companion();
            if (with.has("row")) lens.with->row = rowNamed(with["row"], rows);
            if (with.has("model")) lens.with->model = model(with["model"]);
        }
        return lens;
    }

    Workspace workspace(WorkspaceKind kind, const JsonNode& node, int rows) const {
        Workspace workspace{.kind = kind, .form = initialForm(kind), .touched = node.flag("edited", true)};
        if (node.has("board")) {
            const JsonNode board = node["board"];
            BoardForm& form = workspace.form;
            form = {board.flag("grid", form.grid), board.flag("transposed"), static_cast<int>(board.integer("cell_width", 0, kMostCellWidth, 0))};
        }
        for (const JsonNode& entry : node["groups"].items(kMostColumns)) {
            ModelGroup group{.folded = entry.flag("folded")};
            if (entry.has("model")) group.model = model(entry["model"]);
            for (const JsonNode& each : entry["lenses"].items(kMostColumns)) group.lenses.push_back(lens(each, rows));
            if (group.lenses.empty()) entry.refuse("has no lens");
            workspace.groups.push_back(std::move(group));
        }
        if (workspace.groups.empty()) node.refuse("has no columns");
        if (columnsOf(workspace.groups).size() > kMostColumns) node.refuse("has more columns than any that Tessera writes");
        return workspace;
    }

    static TokenEdit tokenEdit(const JsonNode& node) {
        const auto numbers = [](const JsonNode& list, std::size_t count, std::int64_t low) {
            std::vector<std::int32_t> result;
            for (const JsonNode& each : list.items(count)) result.push_back(static_cast<std::int32_t>(each.integer(low, std::numeric_limits<std::int32_t>::max())));
            if (result.size() != count) list.refuse("is too short");
            return result;
        };
        const auto grid = numbers(node["grid"], 3, 1);
        TokenEdit edit{.rows = grid[0], .columns = grid[1], .depths = grid[2], .changes = {}};
        for (const JsonNode& each : node["codes"].items(kMostTokenChanges)) {
            const auto change = numbers(each, 4, -1);
            edit.changes.push_back({change[0], change[1], change[2], change[3]});
        }
        return edit;
    }

    static ViewState view(const JsonNode& node, int rows) {
        ViewState view;
        if (node.has("centre")) {
            const auto centre = node["centre"].items(2);
            if (centre.size() != 2) node["centre"].refuse("is no place");
            view.camera.centreX = centre[0].number(0, 1);
            view.camera.centreY = centre[1].number(0, 1);
        }
        const auto share = [&node](const char* key, float otherwise) { return static_cast<float>(node.number(key, 0, 1, otherwise)); };
        view.camera.zoom = node.number("zoom", 0, kMostZoom, 0);
        view.sampling = valueOf(kSamplingWords, node, "sampling", view.sampling);
        view.exposureStops = static_cast<float>(node.number("exposure", -kMostExposure, kMostExposure, 0));
        view.gain = static_cast<float>(node.number("gain", 1 / kMostGain, kMostGain, 1));
        view.range = valueOf(kRangeWords, node, "range", view.range);
        view.logarithmic = node.flag("logarithmic", view.logarithmic);
        view.clipping = node.flag("clipping", view.clipping);
        view.values = node.flag("values", view.values);
        view.pixelGrid = node.flag("pixel_grid", view.pixelGrid);
        view.tokenGrid = node.flag("token_grid", view.tokenGrid);
        view.compare = valueOf(kCompareWords, node, "compare", view.compare);
        view.wipe = share("wipe", view.wipe);
        view.frame = static_cast<int>(node.integer("frame", 0, 1 << 24, 0));
        view.wipeLine = valueOf(kWipeWords, node, "wipe_line", view.wipeLine);
        view.onion = share("onion", view.onion);
        view.differenceBy = valueOf(kDifferenceWords, node, "difference", view.differenceBy);
        if (node.has("reference")) {
            const JsonNode place = node["reference"];
            view.reference = ReferencePlace{.column = {LensColumnId(place["lens"].integer(0, std::numeric_limits<std::uint32_t>::max())), static_cast<int>(place.integer("step", 0, std::int64_t(kMostColumns), 0))}};
            if (place.has("row")) view.reference->row = rowNamed(place["row"], rows);
        }
        if (node.has("brush")) {
            const auto ends = node["brush"].items(2);
            if (ends.size() != 2) node["brush"].refuse("is no range");
            constexpr double most = std::numeric_limits<float>::max();
            view.brushed = valueOf(kBrushWords, node, "brushed", view.brushed);
            if (node.has("brushed_lens")) view.brushedLens = node["brushed_lens"].text();
            view.brush = std::pair(static_cast<float>(ends[0].number(-most, most)), static_cast<float>(ends[1].number(-most, most)));
        }
        return view;
    }

    QString m_folder;
};

QString tr(const char* text) {
    return QCoreApplication::translate("SessionFile", text);
}

Error problem(ErrorCode code, const QString& what, const QString& path, const QString& action = {}) {
    return {.code = code, .message = what.toStdString(), .where = path.toStdString(), .action = action.toStdString()};
}

}  // namespace

QByteArray pastedBytes(const SourceRequest& request) {
    if (!request.bytes.empty()) return QByteArray(reinterpret_cast<const char*>(request.bytes.data()), qsizetype(request.bytes.size()));
    const Image& pixels = request.pixels;
    if (pixels.empty()) return {};
    const int width = pixels.width(), height = pixels.height(), channels = pixels.channels();
    QImage image;
    if (const auto* samples = std::get_if<SharedArray<std::uint8_t>>(&pixels.samples()); samples && channels != 1) {
        const auto format = channels == 4 ? QImage::Format_RGBA8888 : QImage::Format_RGB888;
        image = QImage(samples->data(), width, height, qsizetype(width) * channels, format);
    } else {
        image = QImage(width, height, QImage::Format_RGBA64);
        for (int y = 0; y < height; ++y) {
            auto* line = reinterpret_cast<QRgba64*>(image.scanLine(y));
            const auto sample = [&](int x, int channel) { return static_cast<quint16>(std::lround(std::clamp(pixels.at(x, y, channel), 0.0F, 1.0F) * 65535)); };
            for (int x = 0; x < width; ++x) {
                const int last = channels >= 3 ? 2 : 0;
                line[x] = QRgba64::fromRgba64(sample(x, 0), sample(x, last / 2), sample(x, last), channels == 4 ? sample(x, 3) : 65535);
            }
        }
    }
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "PNG");
    return bytes;
}

QByteArray sessionText(const SavedSession& session, const QString& folder, const KeepBeside& beside) {
    const Json json = Writer(folder, beside).session(session);
    return QByteArray::fromStdString(json.dump(1, '\t', false, Json::error_handler_t::replace) + '\n');
}

Result<SavedSession> sessionFromText(const QByteArray& text, const QString& path) {
    const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
    if (json.is_discarded() && text.left(256).contains(kFormatKey)) {
        return problem(ErrorCode::Unreadable, tr("the session file is damaged: it breaks off or is no JSON any more"), path, tr("take a copy of it that is whole"));
    }
    if (!json.is_object() || !json.contains(kFormatKey)) return problem(ErrorCode::Unsupported, tr("this is no session of Tessera"), path, tr("open a .tessera file"));
    try {
        const JsonNode root(json, {});
        const std::int64_t format = root[kFormatKey].integer(0, std::numeric_limits<int>::max());
        if (format > kSessionFormat) {
            return problem(ErrorCode::Unsupported, tr("the session was saved by a newer Tessera, in format %1; this one reads up to %2").arg(format).arg(kSessionFormat), path, tr("open it with that Tessera"));
        }
        if (format < 1) throw Damage{"its format is no number that was ever given"};
        return Reader(QFileInfo(path).absolutePath()).session(root);
    } catch (const Damage& damage) {
        return problem(ErrorCode::Unreadable, tr("the session file is damaged: %1").arg(QString::fromStdString(damage.what)), path, tr("take a copy of it that is whole"));
    }
}

std::optional<Error> writeSession(const QString& path, const SavedSession& session, const KeepBeside& beside) {
    const QByteArray text = sessionText(session, QFileInfo(path).absolutePath(), beside);
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit()) return {};
    return problem(ErrorCode::Unreadable, tr("the session was not saved: %1").arg(file.errorString()), path, tr("save it in another place"));
}

Result<SavedSession> readSession(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return problem(file.exists() ? ErrorCode::Unreadable : ErrorCode::NotFound, tr("the session cannot be read: %1").arg(file.errorString()), path);
    if (file.size() > kLargestFile) return problem(ErrorCode::Unsupported, tr("this is no session of Tessera: it is larger than 1 GiB"), path, tr("open a .tessera file"));
    return sessionFromText(file.readAll(), path);
}

}  // namespace tessera::ui
