// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include <nlohmann/json.hpp>
#include <tessera/files.h>
#include <tessera/model_reference.h>
#include <tessera/sheet_contents.h>
#include <tessera/source_words.h>

#include "command.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

/// Measures that have a column of their own in metrics.csv.
constexpr std::array kMeasures{"psnr", "ssim", "ms_ssim", "flip", "lpips"};
constexpr int kThumbnailPixels = 192;  // as the studio asks for: the same sheet

struct Options {
    std::vector<std::string> images, models, lenses{"input", "reconstruction", "difference"};
    std::string out, theme = "dark", with, withModel;
    PreprocessingOptions preprocessing;
    int cellWidth = 256, scale = 1;
};

struct LensColumn {
    std::string text;  ///< as it was given: "difference:kind=flip"
    Others others = Others::None;
    Query query;
    std::size_t model = 0;  ///< index of the model it is drawn by
    bool shared = false;    ///< needs no model: stands once, before all of them

    /// Draws from the one cell that --with and --with-model name.
    bool takesOther() const { return others == Others::Required || others == Others::Reference; }
};

/// One line of metrics.csv.
struct Record {
    std::string image, model, precision, lens;
    std::string with, withModel;  ///< the other cell that it is drawn from, as far as it is not its own
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

std::string csvOf(const std::vector<Record>& records) {
    std::string text = "image,model,precision,lens,psnr,ssim,ms_ssim,flip,lpips,seconds,grid,problem,with,with_model\n";
    for (const Record& record : records) {
        for (const std::string& word : {record.image, record.model, record.precision, record.lens}) text += csvField(word) + ',';
        for (const char* name : kMeasures) {
            const Measure* measure = record.measure(name);
            text += (measure && measure->value ? csvNumber(*measure->value) : "") + ',';
        }
        text += (record.problem ? "" : csvNumber(record.seconds)) + ',' + record.grid() + ',' + csvField(record.problem ? toLine(*record.problem) : "") + ',' + csvField(record.with) + ',' + csvField(record.withModel) + '\n';
    }
    return text;
}

nlohmann::json jsonOf(const Record& record) {
    nlohmann::json json{{"image", record.image}, {"lens", record.lens}};
    if (!record.model.empty()) json["model"] = record.model;
    if (!record.with.empty()) json["with"] = record.with;
    if (!record.withModel.empty()) json["with_model"] = record.withModel;
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
    using Model = SheetContents::Model;

    void nameModels();
    void readLenses();
    void nameColumns();
    void openModels();
    void addOthers();
    std::vector<CellRef> othersOf(const std::string& image, SourceId source, const LensColumn& column) const;
    const std::optional<Error>& modelProblem(const LensColumn& column) const;
    SheetRow row(SheetContents::Source& image);
    SheetRow describedRow(SheetContents::Source& image, SourceId source);
    SheetCell cell(const std::string& image, SourceId source, const LensColumn& column);
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
    SheetContents m_contents;
    std::vector<Model>& m_models = m_contents.models;  ///< those of --models, then that of --with-model if it is none of them
    std::size_t m_modelColumns = 0;                    ///< how many of them have columns
    std::vector<LensColumn> m_columns;                 ///< in the sheet's order
    std::vector<Record> m_records;
    std::vector<SourceId> m_board;  ///< what a picture that rests on all of them is drawn from
    std::optional<SourceId> m_with;
    std::optional<std::size_t> m_withModel;
    std::string m_written;  ///< the sheet; empty where it was too large
};

void Comparison::nameModels() {
    for (const std::string& list : m_options.models) {
        for (const std::string& text : splitModelList(list)) m_models.push_back({.request = parsedModelRequest(text, m_context.precision), .info = {}});
    }
    if (m_models.empty()) throw CommandError{Error{ErrorCode::Invalid, "no model is named", "--models", "give one or more, separated by commas"}, 2};
    m_modelColumns = m_models.size();
    if (m_options.withModel.empty()) return;
    const ModelRequest request = parsedModelRequest(m_options.withModel, m_context.precision);
    const auto named = std::ranges::find(m_models, toText(request), [](const Model& model) { return toText(model.request); });
    m_withModel = static_cast<std::size_t>(named - m_models.begin());
    if (named == m_models.end()) m_models.push_back({.request = request, .info = {}});
}

void Comparison::readLenses() {
    m_contents.lenses = m_context.engine().lenses();
    std::vector<LensColumn> shared, drawn;
    bool taken = false;
    for (const std::string& text : m_options.lenses) {
        LensColumn column{.text = text, .query = parsedLens(text, m_contents.lenses)};
        const LensInfo& lens = *std::ranges::find(m_contents.lenses, column.query.lens, &LensInfo::name);
        column.others = lens.others;
        if (lens.others == Others::Required && m_options.with.empty() && m_options.withModel.empty()) {
            throw CommandError{Error{ErrorCode::Invalid, "this lens needs a second picture or model", "lens " + lens.name, "name it by --with or --with-model"}, 2};
        }
        taken |= column.takesOther();
        for (const auto& [name, value] : m_options.preprocessing.parameters()) {
            const bool takes = std::ranges::find(lens.parameters, name, &ParameterSpec::name) != lens.parameters.end();
            if (takes) column.query.parameters.emplace(name, value);
        }
        column.shared = lens.needs.empty();
        (column.shared ? shared : drawn).push_back(std::move(column));
    }
    for (const auto& [option, value] : {std::pair("--with", &m_options.with), std::pair("--with-model", &m_options.withModel)}) {
        if (!taken && !value->empty()) throw CommandError{Error{ErrorCode::Invalid, "no lens of the sheet draws from another cell", option, "leave it out or add --lens difference"}, 2};
    }
    m_columns = shared;
    for (std::size_t model = 0; model < m_modelColumns; ++model) {
        for (LensColumn column : drawn) {
            column.model = model;
            m_columns.push_back(std::move(column));
        }
    }
}

void Comparison::nameColumns() {
    for (const LensColumn& column : m_columns) {
        SheetContents::Column named{.lens = column.query.lens, .parameters = column.query.parameters, .model = column.model, .group = column.shared ? -1 : static_cast<int>(column.model), .source = column.shared};
        if (column.takesOther()) {
            named.with = m_options.with;
            if (m_withModel != column.model) named.withModel = m_withModel;
        }
        m_contents.columns.push_back(std::move(named));
    }
    for (const std::string& image : m_options.images) m_contents.sources.push_back({.path = image, .name = fs::path(image).filename().string()});
}

void Comparison::openModels() {
    for (Model& model : m_models) {
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

std::vector<CellRef> Comparison::othersOf(const std::string& image, SourceId source, const LensColumn& column) const {
    const std::optional<ModelInfo>& model = m_models[column.model].info;
    const std::optional<ModelInfo>& other = m_models[m_withModel.value_or(column.model)].info;
    if (!model || !other) return {};
    std::vector<CellRef> others;
    if (column.takesOther()) {
        // As on the studio's board, a cell is not compared with itself: it shows its own input there.
        const bool itself = (!m_with || m_options.with == image) && other->id == model->id;
        if (column.others == Others::Required || !itself) others.push_back({.source = m_with.value_or(source), .model = other->id});
    } else if (column.others == Others::Board) {
        for (const SourceId each : m_board) others.push_back({.source = each, .model = model->id});
    }
    return others;
}

/// Why a model that the column is drawn from was not opened.
const std::optional<Error>& Comparison::modelProblem(const LensColumn& column) const {
    static const std::optional<Error> none;
    if (column.shared) return none;
    const std::optional<Error>& own = m_models[column.model].problem;
    return !own && column.takesOther() && m_withModel ? m_models[*m_withModel].problem : own;
}

/// Name, size and thumbnail; a file that cannot be read says so in its cells.
SheetRow Comparison::describedRow(SheetContents::Source& image, SourceId source) {
    SheetRow row;
    row.name = image.name;
    const auto described = await<SourceInfo>([&](auto observer) { return m_context.engine().describeSource(source, std::move(observer)); }, row.name);
    if (described) {
        const SourceInfo& info = image.info.emplace(described.value());
        row.words = info.format + " · " + sizeWords(info);
        const Query query{.lens = "source", .cell = {.source = source}, .parameters = {{"side", std::int64_t(kThumbnailPixels)}}};
        const auto thumbnail = await<Picture>([&](auto observer) { return m_context.engine().request(query, Priority::Batch, std::move(observer)); }, row.name);
        if (thumbnail) row.thumbnail = thumbnail.value().image;
    }
    return row;
}

SheetCell Comparison::cell(const std::string& image, SourceId source, const LensColumn& column) {
    const Model& model = m_models[column.model];
    Record record{.image = image, .model = column.shared ? "" : model.name(), .precision = {}, .lens = column.text};
    SheetCell cell;
    if (const std::optional<Error>& problem = modelProblem(column)) {
        record.problem = problem;
        cell = sheetCell(*problem);
    } else {
        Query query = column.query;
        query.cell.source = source;
        // A picture without a model is cut as the first one is given it.
        if (model.info) query.cell.model = model.info->id;
        query.others = othersOf(image, source, column);
        if (column.takesOther() && !query.others.empty()) {
            record.with = m_options.with;
            if (m_withModel && m_withModel != column.model) record.withModel = toText(m_models[*m_withModel].request);
        }
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

SheetRow Comparison::row(SheetContents::Source& image) {
    const SourceId source = m_context.engine().addSource({.path = image.path});
    SheetRow row = describedRow(image, source);
    std::string said;
    for (const LensColumn& column : m_columns) {
        row.cells.push_back(cell(image.path, source, column));
        // One line for what is wrong with a picture, not one for each of its cells; a model's was said when it was opened.
        const Record& record = m_records.back();
        if (!record.problem) continue;
        const std::string line = toLine(*record.problem);
        if (line != said && record.problem != modelProblem(column)) report(*record.problem);
        said = line;
    }
    m_context.engine().removeSource(source);
    return row;
}

nlohmann::json Comparison::document() const {
    nlohmann::json document = nlohmann::json::parse(sheetText(m_contents));
    nlohmann::json& cells = document["cells"] = nlohmann::json::array();
    for (const Record& record : m_records) cells.push_back(jsonOf(record));
    return document;
}

void Comparison::write(ContactSheetPainter& painter) {
    const auto check = [](const std::optional<Error>& failure) {
        if (failure) throw CommandError{*failure};
    };
    check(writeTextFile(outFile("metrics.csv"), csvOf(m_records)));
    check(writeTextFile(outFile("metrics.json"), document().dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n'));
    const Result<Image> sheet = painter.finish();
    if (!sheet) return report(sheet.error());  // the numbers are written all the same
    m_written = outFile("contact_sheet.png");
    check(writePngFile(m_written, sheet.value(), {{"Software", "Tessera " TESSERA_VERSION}, {"Tessera", sheetText(m_contents)}}));
}

std::string shownName(const Record& record) {
    return oneLine(fs::path(record.image).filename().string());
}

void Comparison::print() const {
    if (m_context.json) return printJson(document());
    std::size_t image = 5, model = 5, lens = 4;
    for (const Record& record : m_records) {
        image = std::max(image, charactersOf(shownName(record)));
        model = std::max(model, charactersOf(oneLine(record.model)));
        lens = std::max(lens, charactersOf(oneLine(record.lens)));
    }
    const auto print = [&](const std::string& a, const std::string& b, const std::string& p, const std::string& c, const std::string& d, const std::string& e, const std::string& f) {
        std::printf("%s  %s  %-9s  %s  %11s  %6s  %s\n", padded(a, image).c_str(), padded(b, model).c_str(), p.c_str(), padded(c, lens).c_str(), d.c_str(), e.c_str(), f.c_str());
    };
    print("image", "model", "precision", "lens", "PSNR", "SSIM", "time");
    for (const Record& record : m_records) {
        char time[32];
        std::snprintf(time, sizeof time, "%6.0f ms", record.seconds * 1000);
        print(shownName(record), oneLine(record.model), record.precision, oneLine(record.lens), toText(record.measure("psnr"), 2), toText(record.measure("ssim"), 3),
              record.problem ? "failed" : time);
    }
    for (const std::string& file : {m_written, outFile("metrics.csv"), outFile("metrics.json")}) {
        if (!file.empty()) std::printf("%s\n", file.c_str());
    }
}

void Comparison::run() {
    nameModels();
    readLenses();
    nameColumns();
    makeFolder(m_options.out);
    if (access(m_options.out.c_str(), W_OK) != 0) throw CommandError{Error{ErrorCode::Unreadable, "nothing can be written into the folder", m_options.out, "choose another --out"}};
    openModels();
    addOthers();
    m_contents.device = m_context.engine().status().device;
    auto painter = ContactSheetPainter::make(sheetHead(m_contents), {.cellWidth = m_options.cellWidth, .scale = m_options.scale, .dark = m_options.theme == "dark", .resourceDirectory = m_context.options.resourceDirectory});
    if (!painter) throw CommandError{painter.error()};
    for (SheetContents::Source& image : m_contents.sources) painter.value().addRow(row(image));
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
    command->add_option("--with-model", options->withModel, "The difference is that to this model's reconstruction of the same picture, or of the one that --with names: MODEL[@PRECISION]")->type_name("MODEL");
    command->add_option("--cell-width", options->cellWidth, "Width of a picture in the sheet, in logical pixels")->capture_default_str()->check(CLI::Range(48, 4096));
    command->add_option("--scale", options->scale, "Pixels of the sheet per logical pixel")->capture_default_str()->check(CLI::Range(1, 2));
    command->add_option("--theme", options->theme, "dark or light")->capture_default_str()->check(CLI::IsMember({"dark", "light"}));
    options->preprocessing.addTo(*command);
    command->callback([options, &context] { Comparison(context, *options).run(); });
}

}  // namespace tessera::cli
