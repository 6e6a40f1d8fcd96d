// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include <nlohmann/json.hpp>
#include <tessera/contact_sheet.h>
#include <tessera/files.h>
#include <tessera/model_reference.h>

#include "command.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

/// Measures that have a column of their own in metrics.csv.
constexpr std::array kMeasures{"psnr", "ssim", "ms_ssim", "flip", "lpips"};
constexpr int kThumbnailPixels = 96;

struct Options {
    std::vector<std::string> images, models, lenses{"input", "reconstruction", "difference"};
    std::string out, theme = "dark", with;
    PreprocessingOptions preprocessing;
    int cellWidth = 256, scale = 1;
};

/// A model as it was named, and what became of it.
struct ModelColumn {
    ModelRequest request;
    std::optional<ModelInfo> info;
    std::optional<Error> problem;

    std::string name() const { return info ? info->name : request.reference; }
};

struct LensColumn {
    std::string text;  ///< as it was given: "difference:kind=flip"
    Others others = Others::None;
    Query query;
    std::size_t model = 0;  ///< index of the model it is drawn by
    bool shared = false;    ///< needs no model: stands once, before all of them
};

/// One line of metrics.csv.
struct Record {
    std::string image, model, precision, lens;
    std::vector<Measure> measures;
    double seconds = 0;
    int width = 0, height = 0;
    std::optional<Error> problem;

    const Measure* measure(std::string_view name) const {
        const auto found = std::ranges::find(measures, name, &Measure::name);
        return found == measures.end() ? nullptr : &*found;
    }
    std::string grid() const { return width > 0 ? std::to_string(width) + "x" + std::to_string(height) : ""; }
};

std::string number(double value) {
    if (std::isnan(value)) return "nan";
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

/// RFC 4180.
std::string field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + '"';
}

std::string csvOf(const std::vector<Record>& records) {
    std::string text = "image,model,precision,lens,psnr,ssim,ms_ssim,flip,lpips,seconds,grid,problem\n";
    for (const Record& record : records) {
        for (const std::string& word : {record.image, record.model, record.precision, record.lens}) text += field(word) + ',';
        for (const char* name : kMeasures) {
            const Measure* measure = record.measure(name);
            text += (measure && measure->value ? number(*measure->value) : "") + ',';
        }
        text += (record.problem ? "" : number(record.seconds)) + ',' + record.grid() + ',' + field(record.problem ? toLine(*record.problem) : "") + '\n';
    }
    return text;
}

nlohmann::json jsonOf(const Record& record) {
    nlohmann::json json{{"image", record.image}, {"lens", record.lens}};
    if (!record.model.empty()) json["model"] = record.model;
    if (record.problem) {
        json["problem"] = toLine(*record.problem);
        return json;
    }
    json.update(toJson(record.measures));
    if (!record.precision.empty()) json["precision"] = record.precision;
    json.update({{"seconds", record.seconds}, {"width", record.width}, {"height", record.height}});
    return json;
}

/// What a sheet is made of and everything that it holds.
class Comparison {
public:
    Comparison(Context& context, const Options& options) : m_context(context), m_options(options) {}

    void run();

private:
    void readLenses();
    void openModels();
    void addOthers();
    std::vector<CellRef> othersOf(const LensColumn& column, const ModelColumn& model) const;
    SheetHead head() const;
    SheetRow row(const std::string& image);
    SheetRow describedRow(const std::string& image, SourceId source);
    SheetCell cell(const std::string& image, SourceId source, const LensColumn& column);
    nlohmann::json modelsJson() const;
    nlohmann::json document() const;
    void write(ContactSheetPainter& painter);
    void print() const;
    void report(const Error& error) {
        std::fprintf(stderr, "tessera: %s\n", toLine(error).c_str());
        m_context.exitCode = 1;
    }
    std::string outFile(const char* name) const { return (fs::path(m_options.out) / name).string(); }

    Context& m_context;
    const Options& m_options;
    std::vector<LensInfo> m_lensInfos;
    std::vector<ModelColumn> m_models;
    std::vector<LensColumn> m_columns;  ///< in the sheet's order
    std::vector<Record> m_records;
    std::vector<SourceId> m_board;  ///< what a picture that rests on all of them is drawn from
    std::optional<SourceId> m_with;
    nlohmann::json m_sources = nlohmann::json::array();
    std::string m_written;  ///< the sheet; empty where it was too large
};

void Comparison::readLenses() {
    m_lensInfos = m_context.engine().lenses();
    std::vector<LensColumn> shared, drawn;
    for (const std::string& text : m_options.lenses) {
        LensColumn column{.text = text, .query = parsedLens(text, m_lensInfos)};
        const LensInfo& lens = *std::ranges::find(m_lensInfos, column.query.lens, &LensInfo::name);
        if (lens.others == Others::Required && m_options.with.empty()) throw CommandError{Error{ErrorCode::Invalid, "this lens needs a second picture", "lens " + lens.name, "name it by --with"}, 2};
        column.others = lens.others;
        for (const auto& [name, value] : m_options.preprocessing.parameters()) {
            const bool takes = std::ranges::find(lens.parameters, name, &ParameterSpec::name) != lens.parameters.end();
            if (takes) column.query.parameters.emplace(name, value);
        }
        column.shared = lens.needs.empty();
        (column.shared ? shared : drawn).push_back(std::move(column));
    }
    m_columns = shared;
    for (std::size_t model = 0; model < m_models.size(); ++model) {
        for (LensColumn column : drawn) {
            column.model = model;
            m_columns.push_back(std::move(column));
        }
    }
}

void Comparison::openModels() {
    for (ModelColumn& model : m_models) {
        auto opened = await<ModelInfo>([&](auto observer) { return m_context.engine().openModel(model.request, std::move(observer)); }, "opening " + model.request.reference);
        if (opened.cancelled()) throw CommandError{opened.error()};
        if (opened) {
            model.info = std::move(opened).value();
        } else {
            model.problem = opened.error();
            report(*model.problem);
        }
    }
}

/// Sources of cells that draw from others: as on the studio's board, an aggregate rests on the first images that can be read.
void Comparison::addOthers() {
    constexpr std::size_t kMostShared = 16;
    const auto add = [this](const std::string& path) { return m_context.engine().addSource({.path = path}); };
    if (!m_options.with.empty()) m_with = add(m_options.with);
    const auto sharesBasis = [](const LensColumn& column) {
        return column.others == Others::Board && std::ranges::any_of(column.query.parameters, [](const auto& entry) { return entry.second == Value(std::string("shared")); });
    };
    if (std::ranges::none_of(m_columns, sharesBasis)) return;
    for (const std::string& image : m_options.images) {
        if (m_board.size() == kMostShared) return;
        const SourceId source = add(image);
        if (await<SourceInfo>([&](auto observer) { return m_context.engine().describeSource(source, std::move(observer)); }, image)) m_board.push_back(source);
    }
}

std::vector<CellRef> Comparison::othersOf(const LensColumn& column, const ModelColumn& model) const {
    if (!model.info) return {};
    if (m_with && (column.others == Others::Required || column.others == Others::Reference)) return {{.source = *m_with, .model = model.info->id}};
    std::vector<CellRef> others;
    if (column.others == Others::Board) {
        for (const SourceId source : m_board) others.push_back({.source = source, .model = model.info->id});
    }
    return others;
}

SheetHead Comparison::head() const {
    const auto counted = [](std::size_t count, const std::string& word) { return std::to_string(count) + " " + word + (count == 1 ? "" : "s"); };
    SheetHead head;
    head.title = counted(m_options.images.size(), "picture") + ", " + counted(m_models.size(), "model");
    head.right = "Tessera " TESSERA_VERSION " · " + m_context.engine().status().device;
    head.lines = {"PSNR and SSIM of sRGB pixels between the model's input and its output, on the grid of the input"};
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        const LensColumn& column = m_columns[i];
        const bool follows = i > 0 && m_columns[i - 1].shared == column.shared && m_columns[i - 1].model == column.model;
        if (!follows && column.shared) {
            head.groups.push_back({.name = "Source", .words = {}, .columns = {}});
        } else if (!follows) {
            const ModelColumn& model = m_models[column.model];
            const std::string words = model.info ? model.info->precision + (model.info->shape.empty() ? "" : " · " + model.info->shape) : "not opened";
            head.groups.push_back({.name = model.name(), .words = words, .columns = {}});
        }
        const LensInfo& lens = *std::ranges::find(m_lensInfos, column.query.lens, &LensInfo::name);
        head.groups.back().columns.push_back({column.query.lens, parameterWords(column.query.parameters, lens.parameters)});
    }
    return head;
}

/// Name, size and thumbnail; a file that cannot be read says so in its cells.
SheetRow Comparison::describedRow(const std::string& image, SourceId source) {
    SheetRow row;
    row.name = fs::path(image).filename().string();
    const auto described = await<SourceInfo>([&](auto observer) { return m_context.engine().describeSource(source, std::move(observer)); }, row.name);
    nlohmann::json words{{"path", image}};
    if (described) {
        const SourceInfo& info = described.value();
        row.words = info.format + " · " + std::to_string(info.width) + " × " + std::to_string(info.height) + " px";
        words.update({{"content", info.contentHash}, {"format", info.format}, {"width", info.width}, {"height", info.height}});
        const Query query{.lens = "source", .cell = {.source = source}, .parameters = {{"side", std::int64_t(kThumbnailPixels)}}};
        const auto thumbnail = await<Picture>([&](auto observer) { return m_context.engine().request(query, Priority::Batch, std::move(observer)); }, row.name);
        if (thumbnail) row.thumbnail = thumbnail.value().image;
    }
    m_sources.push_back(std::move(words));
    return row;
}

SheetCell Comparison::cell(const std::string& image, SourceId source, const LensColumn& column) {
    const ModelColumn& model = m_models[column.model];
    Record record{.image = image, .model = column.shared ? "" : model.name(), .precision = {}, .lens = column.text};
    SheetCell cell;
    if (model.problem && !column.shared) {
        record.problem = model.problem;
        cell = sheetCell(*model.problem);
    } else {
        Query query = column.query;
        query.cell.source = source;
        // A picture without a model is cut as the first one is given it.
        if (model.info) query.cell.model = model.info->id;
        query.others = othersOf(column, model);
        const auto start = std::chrono::steady_clock::now();
        Result<Picture> result = await<Picture>([&](auto observer) { return m_context.engine().request(query, Priority::Batch, std::move(observer)); },
                                                fs::path(image).filename().string() + ", " + column.text);
        record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        if (result.cancelled()) throw CommandError{result.error()};
        if (result) {
            Picture picture = std::move(result).value();
            record.measures = picture.measures;
            record.precision = picture.precision;
            record.width = picture.image.width();
            record.height = picture.image.height();
            cell = sheetCell(std::move(picture), column.query.lens);
        } else {
            record.problem = result.error();
            if (record.problem->where.empty()) record.problem->where = image;
            cell = sheetCell(result.error());
        }
    }
    m_records.push_back(std::move(record));
    return cell;
}

SheetRow Comparison::row(const std::string& image) {
    const SourceId source = m_context.engine().addSource({.path = image});
    SheetRow row = describedRow(image, source);
    std::string said;
    for (const LensColumn& column : m_columns) {
        row.cells.push_back(cell(image, source, column));
        // One line for what is wrong with a picture, not one for each of its cells; a model's was said when it was opened.
        const Record& record = m_records.back();
        if (!record.problem) continue;
        const std::string line = toLine(*record.problem);
        if (line != said && record.problem != m_models[column.model].problem) report(*record.problem);
        said = line;
    }
    m_context.engine().removeSource(source);
    return row;
}

nlohmann::json Comparison::modelsJson() const {
    nlohmann::json models = nlohmann::json::array();
    for (const ModelColumn& model : m_models) {
        nlohmann::json json{{"reference", toText(model.request)}};
        if (model.info) {
            json.update({{"name", model.info->name}, {"family", model.info->family}, {"path", model.info->path}, {"fingerprint", model.info->fingerprint},
                         {"precision", model.info->precision}, {"device", model.info->device}, {"shape", model.info->shape}});
        } else {
            json["problem"] = toLine(*model.problem);
        }
        models.push_back(std::move(json));
    }
    return models;
}

nlohmann::json Comparison::document() const {
    nlohmann::json cells = nlohmann::json::array();
    for (const Record& record : m_records) cells.push_back(jsonOf(record));
    return {{"program", "Tessera " TESSERA_VERSION}, {"device", m_context.engine().status().device}, {"models", modelsJson()}, {"sources", m_sources}, {"cells", cells}};
}

void Comparison::write(ContactSheetPainter& painter) {
    const auto dumped = [](const nlohmann::json& json, int indent) { return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace); };
    const nlohmann::json whole = document();
    const auto check = [](const std::optional<Error>& failure) {
        if (failure) throw CommandError{*failure};
    };
    check(writeTextFile(outFile("metrics.csv"), csvOf(m_records)));
    check(writeTextFile(outFile("metrics.json"), dumped(whole, 2) + '\n'));
    const Result<Image> sheet = painter.finish();
    if (!sheet) return report(sheet.error());  // the numbers are written all the same
    nlohmann::json lenses = nlohmann::json::array();
    for (const LensColumn& column : m_columns) {
        if (!column.shared && column.model > 0) break;
        nlohmann::json parameters = nlohmann::json::object();
        for (const auto& [name, value] : column.query.parameters) std::visit([&json = parameters[name]](const auto& held) { json = held; }, value);
        lenses.push_back({{"name", column.query.lens}, {"parameters", std::move(parameters)}});
    }
    const nlohmann::json words{{"program", whole["program"]}, {"device", whole["device"]}, {"models", whole["models"]}, {"lenses", lenses}, {"sources", whole["sources"]}};
    m_written = outFile("contact_sheet.png");
    check(writePngFile(m_written, sheet.value(), {{"Software", "Tessera " TESSERA_VERSION}, {"Tessera", dumped(words, -1)}}));
}

void Comparison::print() const {
    if (m_context.json) return printJson(document());
    std::size_t image = 5, model = 5, lens = 4;
    for (const Record& record : m_records) {
        image = std::max(image, fs::path(record.image).filename().string().size());
        model = std::max(model, record.model.size());
        lens = std::max(lens, record.lens.size());
    }
    const auto print = [&](const std::string& a, const std::string& b, const std::string& p, const std::string& c, const std::string& d, const std::string& e, const std::string& f) {
        std::printf("%-*s  %-*s  %-9s  %-*s  %11s  %6s  %s\n", static_cast<int>(image), a.c_str(), static_cast<int>(model), b.c_str(), p.c_str(), static_cast<int>(lens), c.c_str(), d.c_str(), e.c_str(),
                    f.c_str());
    };
    print("image", "model", "precision", "lens", "PSNR", "SSIM", "time");
    for (const Record& record : m_records) {
        char time[32];
        std::snprintf(time, sizeof time, "%6.0f ms", record.seconds * 1000);
        print(fs::path(record.image).filename().string(), record.model, record.precision, record.lens, toText(record.measure("psnr"), 2), toText(record.measure("ssim"), 3),
              record.problem ? "failed" : time);
    }
    for (const std::string& file : {m_written, outFile("metrics.csv"), outFile("metrics.json")}) {
        if (!file.empty()) std::printf("%s\n", file.c_str());
    }
}

void Comparison::run() {
    for (const std::string& list : m_options.models) {
        for (const std::string& text : splitModelList(list)) m_models.push_back({.request = parsedModelRequest(text, m_context.precision)});
    }
    if (m_models.empty()) throw CommandError{Error{ErrorCode::Invalid, "no model is named", "--models", "give one or more, separated by commas"}, 2};
    readLenses();
    makeFolder(m_options.out);
    if (access(m_options.out.c_str(), W_OK) != 0) throw CommandError{Error{ErrorCode::Unreadable, "nothing can be written into the folder", m_options.out, "choose another --out"}};
    openModels();
    addOthers();
    auto painter = ContactSheetPainter::make(head(), {.cellWidth = m_options.cellWidth, .scale = m_options.scale, .dark = m_options.theme == "dark", .resourceDirectory = m_context.options.resourceDirectory});
    if (!painter) throw CommandError{painter.error()};
    for (const std::string& image : m_options.images) painter.value().addRow(row(image));
    if (interrupted()) throw CommandError{Error{ErrorCode::Cancelled, "cancelled", {}, {}}};
    write(painter.value());
    print();
}

}  // namespace

void addCompare(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("compare", "Many images through many models: a contact sheet as PNG, the numbers as CSV and JSON");
    command->add_option("images", options->images, "Image files")->required();
    command->add_option("--models", options->models, "MODEL[@fp32|@bf16|@fp16|@auto],...: the same model may stand there in several precisions")->required()->expected(1)->take_all();
    command->add_option("--lens", options->lenses, "What to look at: NAME[:PARAM=VALUE,...]; may be given several times; without it input, reconstruction, difference")->expected(1)->take_all();
    command->add_option("--out", options->out, "Folder for contact_sheet.png, metrics.csv and metrics.json")->required();
    command->add_option("--with", options->with, "A second picture, for lenses that draw from one: blend, difference")->type_name("PICTURE");
    command->add_option("--cell-width", options->cellWidth, "Width of a picture in the sheet, in logical pixels")->capture_default_str()->check(CLI::Range(48, 4096));
    command->add_option("--scale", options->scale, "Pixels of the sheet per logical pixel")->capture_default_str()->check(CLI::IsMember({1, 2}));
    command->add_option("--theme", options->theme, "dark or light")->capture_default_str()->check(CLI::IsMember({"dark", "light"}));
    options->preprocessing.addTo(*command);
    command->callback([options, &context] { Comparison(context, *options).run(); });
}

}  // namespace tessera::cli
