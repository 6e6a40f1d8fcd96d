// SPDX-License-Identifier: Apache-2.0
#include <tessera/sheet_contents.h>

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>
#include <tessera/model_reference.h>

namespace tessera {
namespace {

constexpr const char* kProgram = "Tessera " TESSERA_VERSION;

std::string counted(std::size_t count, const std::string& word) {
    return std::to_string(count) + ' ' + word + (count == 1 ? "" : "s");
}

std::vector<ParameterSpec> specsOf(const SheetContents& contents, const std::string& lens) {
    const auto found = std::ranges::find(contents.lenses, lens, &LensInfo::name);
    return found == contents.lenses.end() ? std::vector<ParameterSpec>() : found->parameters;
}

/// The same, but the swept parameter is nobody's initial value.
std::vector<ParameterSpec> toldOf(const SheetContents& contents, const SheetContents::Column& column) {
    std::vector<ParameterSpec> specs = specsOf(contents, column.lens);
    for (ParameterSpec& spec : specs) {
        if (spec.name == column.swept && !std::holds_alternative<std::string>(spec.initial)) spec.initial = std::string();
    }
    return specs;
}

SheetGroup groupOf(const SheetContents& contents, const SheetContents::Column& column) {
    if (column.source) return {.name = "Source", .words = {}, .columns = {}};
    if (!column.model) return {.name = "No model", .words = {}, .columns = {}};
    const SheetContents::Model& model = contents.models[*column.model];
    const std::string words = model.info ? model.info->precision + (model.info->shape.empty() ? "" : " · " + model.info->shape) : "not opened";
    return {.name = model.name(), .words = words, .columns = {}};
}

/// The model's name, with its precision where the sheet shows it in several.
std::string labelOf(const SheetContents& contents, std::size_t index) {
    const SheetContents::Model& model = contents.models[index];
    const auto same = std::ranges::count_if(contents.models, [&](const SheetContents::Model& other) { return other.request.reference == model.request.reference; });
    return same > 1 && model.info ? model.name() + ' ' + model.info->precision : model.name();
}

std::string otherWords(const SheetContents& contents, const SheetContents::Column& column) {
    std::string words = column.withModel ? labelOf(contents, *column.withModel) : "";
    if (!column.with.empty()) words += (words.empty() ? "" : ", ") + std::filesystem::path(column.with).filename().string();
    return words.empty() ? words : " with " + words;
}

nlohmann::json jsonOf(const SheetContents::Model& model) {
    nlohmann::json json{{"reference", toText(model.request)}};
    if (const auto& info = model.info) {
        json.update({{"name", info->name}, {"family", info->family}, {"path", info->path}, {"fingerprint", info->fingerprint},
                     {"precision", info->precision}, {"device", info->device}, {"shape", info->shape}});
    } else if (model.problem) {
        json["problem"] = toLine(*model.problem);
    }
    return json;
}

nlohmann::json jsonOf(const SheetContents::Column& column, const SheetContents& contents) {
    ParameterSet whole = column.parameters;
    for (const ParameterSpec& spec : specsOf(contents, column.lens)) whole.emplace(spec.name, spec.initial);
    nlohmann::json parameters = nlohmann::json::object();
    for (const auto& [name, value] : whole) std::visit([&json = parameters[name]](const auto& held) { json = held; }, value);
    nlohmann::json json{{"name", column.lens}, {"parameters", std::move(parameters)}};
    if (column.model) json["model"] = toText(contents.models[*column.model].request);
    if (column.withModel) json["with_model"] = toText(contents.models[*column.withModel].request);
    if (!column.with.empty()) json["with"] = column.with;
    return json;
}

nlohmann::json jsonOf(const SheetContents::Source& source) {
    nlohmann::json json{{"path", source.path}, {"name", source.name}};
    if (const auto& info = source.info) json.update({{"content", info->contentHash}, {"format", info->format}, {"width", info->width}, {"height", info->height}});
    return json;
}

}  // namespace

SheetHead sheetHead(const SheetContents& contents) {
    SheetHead head;
    head.title = counted(contents.sources.size(), "picture") + ", " + counted(contents.models.size(), "model");
    head.right = kProgram + (contents.device.empty() ? "" : " · " + contents.device);
    head.lines = {"PSNR and SSIM of sRGB pixels between the model's input and its output, on the grid of the input"};
    const SheetContents::Column* before = nullptr;
    for (const SheetContents::Column& column : contents.columns) {
        if (!before || before->group != column.group) head.groups.push_back(groupOf(contents, column));
        head.groups.back().columns.push_back({column.lens + otherWords(contents, column), parameterWords(column.parameters, toldOf(contents, column))});
        before = &column;
    }
    return head;
}

std::string sheetText(const SheetContents& contents) {
    nlohmann::json models = nlohmann::json::array(), lenses = nlohmann::json::array(), sources = nlohmann::json::array();
    for (const SheetContents::Model& model : contents.models) models.push_back(jsonOf(model));
    for (const SheetContents::Column& column : contents.columns) lenses.push_back(jsonOf(column, contents));
    for (const SheetContents::Source& source : contents.sources) sources.push_back(jsonOf(source));
    const nlohmann::json json{{"program", kProgram}, {"device", contents.device}, {"models", models}, {"lenses", lenses}, {"sources", sources}};
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace tessera
