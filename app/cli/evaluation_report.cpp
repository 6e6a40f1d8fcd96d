// SPDX-License-Identifier: Apache-2.0
#include "evaluation_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

#include "command.h"

namespace tessera::cli {
namespace {

using nlohmann::json;

const EvaluationFigure* figureOf(const ModelEvaluation& model, std::string_view name) {
    const auto found = std::ranges::find(model.figures, name, &EvaluationFigure::name);
    return found == model.figures.end() ? nullptr : &*found;
}

double share(std::size_t part, std::size_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : std::numeric_limits<double>::quiet_NaN();
}

/// Of a share of so many.
double standardErrorOf(double share, std::size_t count) {
    return std::sqrt(share * (1 - share) / static_cast<double>(count));
}

json finite(double value) {
    return std::isfinite(value) ? json(value) : json();
}

json toJson(const EvaluationFigure& figure) {
    json result{{"mean", finite(figure.mean)}, {"standard_error", finite(figure.standardError)}, {"count", figure.count}};
    if (figure.infinite > 0) result["infinite"] = figure.infinite;
    return result;
}

json toJson(const LatentUse& use) {
    return {{"mean", finite(use.mean)}, {"std", finite(use.deviation)}, {"min", finite(use.least)}, {"max", finite(use.largest)}};
}

template <typename... Arguments>
std::string formatted(const char* pattern, Arguments... arguments) {
    std::array<char, 256> text{};
    std::snprintf(text.data(), text.size(), pattern, arguments...);
    return text.data();
}

/// "31.87 ± 0.61", or "-".
std::string meanText(const EvaluationFigure* figure, int decimals) {
    if (!figure) return "-";
    if (figure->count == 0) return "inf";
    const std::string mean = formatted("%.*f", decimals, figure->mean);
    return figure->count > 1 ? mean + " ± " + formatted("%.*f", decimals, figure->standardError) : mean;
}

std::string percentText(double share) {
    return std::isfinite(share) ? formatted("%.1f %%", share * 100) : "-";
}

/// "61.3 ± 2.0 %", or "-".
std::string percentText(const EvaluationFigure& figure) {
    if (figure.count < 2) return percentText(figure.count > 0 ? figure.mean : std::numeric_limits<double>::quiet_NaN());
    return formatted("%.1f ± %.1f %%", figure.mean * 100, figure.standardError * 100);
}

/// Columns as wide as their widest entry; the first to the left, the others to the right.
void printTable(const std::vector<std::vector<std::string>>& lines) {
    std::vector<std::size_t> widths(lines.front().size(), 0);
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], charactersOf(line[i]));
    }
    for (const auto& line : lines) {
        std::string text = padded(line.front(), widths.front());
        for (std::size_t i = 1; i < line.size(); ++i) text += "  " + std::string(widths[i] - charactersOf(line[i]), ' ') + line[i];
        text.erase(text.find_last_not_of(' ') + 1);
        std::printf("%s\n", text.c_str());
    }
}

void printModels(const EvaluationRequest& request, const EvaluationReport& report) {
    const auto anyHas = [&](const char* name) { return std::ranges::any_of(report.models, [&](const ModelEvaluation& each) { return figureOf(each, name); }); };
    const bool pixels = anyHas("psnr"), rates = anyHas("bits_per_pixel"), names = std::ranges::any_of(report.models, [](const ModelEvaluation& each) { return each.zeroShot.has_value(); }),
               collages = std::ranges::any_of(report.models, [](const ModelEvaluation& each) { return each.collages.has_value(); });
    std::vector<std::vector<std::string>> lines{{"model", "precision", "pictures"}};
    const auto add = [](std::vector<std::string>& line, bool wanted, std::initializer_list<std::string> words) {
        if (wanted) line.insert(line.end(), words);
    };
    add(lines[0], pixels, {"PSNR / dB", "SSIM", "L1"});
    add(lines[0], rates, {"bit/px"});
    add(lines[0], names, {"top-1", "top-5", "of names"});
    add(lines[0], collages, {"collage tokens", "quarters"});
    for (std::size_t i = 0; i < report.models.size(); ++i) {
        const ModelEvaluation& model = report.models[i];
        const EvaluationFigure* rate = figureOf(model, "bits_per_pixel");
        const ZeroShotUse use = model.zeroShot.value_or(ZeroShotUse{});
        std::vector<std::string> line{oneLine(request.models[i].name), model.precision.empty() ? "-" : model.precision, std::to_string(model.pictures)};
        add(line, pixels, {meanText(figureOf(model, "psnr"), 2), meanText(figureOf(model, "ssim"), 4), meanText(figureOf(model, "l1"), 4)});
        add(line, rates, {rate ? formatted("%.4f", rate->mean) : "-"});
        add(line, names, {percentText(share(use.top1, use.pictures)), percentText(share(use.top5, use.pictures)), model.zeroShot ? std::to_string(use.names) : "-"});
        const CollageUse collage = model.collages.value_or(CollageUse{});
        add(line, collages, {percentText(collage.found), percentText(share(collage.inPlace, collage.drawings))});
        lines.push_back(std::move(line));
    }
    printTable(lines);
}

void printDepths(const ModelEvaluation& model) {
    const bool pixels = figureOf(model, "psnr_depth_1") != nullptr;
    if (!pixels && model.codes.empty()) return;
    std::vector<std::vector<std::string>> lines{{"depth"}};
    if (pixels) lines[0].insert(lines[0].end(), {"PSNR / dB", "SSIM"});
    if (!model.codes.empty()) lines[0].insert(lines[0].end(), {"codewords used", "entropy / bit", "perplexity"});
    for (int depth = 1; figureOf(model, "psnr_depth_" + std::to_string(depth)) || depth <= static_cast<int>(model.codes.size()); ++depth) {
        const std::string suffix = "_depth_" + std::to_string(depth);
        std::vector<std::string> line{std::to_string(depth)};
        if (pixels) line.insert(line.end(), {meanText(figureOf(model, "psnr" + suffix), 2), meanText(figureOf(model, "ssim" + suffix), 4)});
        if (!model.codes.empty()) {
            const CodeUse& use = model.codes[static_cast<std::size_t>(depth) - 1];
            line.insert(line.end(), {std::to_string(use.used) + " of " + std::to_string(use.codewords), formatted("%.3f", use.entropy), formatted("%.1f", use.perplexity)});
        }
        lines.push_back(std::move(line));
    }
    printTable(lines);
    if (model.codes.empty()) return;
    std::printf("%lld cells; %lld codewords in no picture", static_cast<long long>(model.cells), static_cast<long long>(model.deadCodewords));
    if (model.entropyBitsPerPixel) std::printf("; %.4f bit/px by the codes' entropy", *model.entropyBitsPerPixel);
    std::printf("\n");
}

void printDetails(const EvaluationRequest& request, const ModelInfo& info, const ModelEvaluation& model) {
    std::printf("\n%s%s\n", oneLine(info.name).c_str(), model.precision.empty() ? "" : (", " + model.precision).c_str());
    printDepths(model);
    for (const double strength : request.strengths) {
        const std::string suffix = formatted("_strength_%g", strength);
        if (figureOf(model, "psnr" + suffix)) std::printf("noise of strength %g: PSNR %s dB, SSIM %s\n", strength, meanText(figureOf(model, "psnr" + suffix), 2).c_str(), meanText(figureOf(model, "ssim" + suffix), 4).c_str());
    }
    if (model.latents) {
        const auto [low, high] = std::ranges::minmax(model.channels, {}, &LatentUse::deviation);
        std::printf("latents: mean %.4g, deviation %.4g (channels %.4g to %.4g), %.4g to %.4g", model.latents->mean, model.latents->deviation, low.deviation, high.deviation, model.latents->least, model.latents->largest);
        if (const EvaluationFigure* kl = figureOf(model, "kl")) std::printf("; KL %s nats a picture", meanText(kl, 0).c_str());
        std::printf("\n");
    }
    if (model.collages) {
        const CollageUse& use = *model.collages;
        std::printf("%zu %s of four: of %lld drawn tokens %s are most like their own name (chance %.0f %%); %zu of %zu names have their own quarter\n", use.collages, use.collages == 1 ? "collage" : "collages",
                    static_cast<long long>(use.tokens), percentText(use.found).c_str(), CollageUse::chance * 100, use.inPlace, use.drawings);
    }
    for (const std::string& note : model.notes) std::printf("%s\n", note.c_str());
    if (model.failed > 0) std::printf("%zu left out\n", model.failed);
}

}  // namespace

std::string evaluationHeader(const std::vector<std::string>& columns) {
    std::string line = "image,model,precision,width,height";
    for (const std::string& column : columns) line += ',' + column;
    return line + ",name,name_rank,likeliest,problem\n";
}

std::string evaluationLine(const EvaluationRow& row, const std::string& model, const std::vector<std::string>& columns) {
    std::string line = csvField(row.image) + ',' + csvField(model) + ',' + csvField(row.precision) + ',' + (row.problem ? "," : std::to_string(row.width) + ',' + std::to_string(row.height));
    for (const std::string& column : columns) {
        const auto measure = std::ranges::find(row.measures, column, &Measure::name);
        line += ',' + (measure != row.measures.end() && measure->value ? csvNumber(*measure->value) : std::string());
    }
    line += ',' + csvField(row.name) + ',' + (row.nameRank > 0 ? std::to_string(row.nameRank) : std::string()) + ',' + csvField(row.likeliest);
    return line + ',' + csvField(row.problem ? toLine(*row.problem) : std::string()) + '\n';
}

std::string evaluationSummary(const EvaluationRequest& request, const EvaluationReport& report) {
    std::string text = "model,precision,measure,mean,standard_error,count\n";
    for (std::size_t i = 0; i < report.models.size(); ++i) {
        const ModelEvaluation& model = report.models[i];
        const auto add = [&](const std::string& measure, double mean, std::optional<double> error, std::int64_t count) {
            text += csvField(request.models[i].name) + ',' + csvField(model.precision) + ',' + measure + ',' + (std::isfinite(mean) ? csvNumber(mean) : "") + ',' + (error && std::isfinite(*error) ? csvNumber(*error) : "") + ',' +
                    std::to_string(count) + '\n';
        };
        for (const EvaluationFigure& figure : model.figures) add(figure.name, figure.mean, figure.standardError, static_cast<std::int64_t>(figure.count));
        for (std::size_t depth = 0; depth < model.codes.size(); ++depth) {
            const CodeUse& use = model.codes[depth];
            const std::string suffix = "_depth_" + std::to_string(depth + 1);
            add("codewords" + suffix, static_cast<double>(use.codewords), {}, model.cells);
            add("codewords_used" + suffix, static_cast<double>(use.used), {}, model.cells);
            add("codewords_dead" + suffix, static_cast<double>(use.dead()), {}, model.cells);
            add("entropy" + suffix, use.entropy, {}, model.cells);
            add("perplexity" + suffix, use.perplexity, {}, model.cells);
        }
        if (!model.codes.empty()) add("codewords_dead", static_cast<double>(model.deadCodewords), {}, model.cells);
        if (model.entropyBitsPerPixel) add("entropy_bits_per_pixel", *model.entropyBitsPerPixel, {}, model.cells);
        if (model.latents) {
            const auto pictures = static_cast<std::int64_t>(model.pictures);
            for (const auto& [name, value] : {std::pair("latent_mean", model.latents->mean), {"latent_std", model.latents->deviation}, {"latent_min", model.latents->least}, {"latent_max", model.latents->largest}}) add(name, value, {}, pictures);
        }
        if (model.zeroShot) {
            for (const auto& [name, count] : {std::pair("top1", model.zeroShot->top1), {"top5", model.zeroShot->top5}}) {
                const double part = share(count, model.zeroShot->pictures);
                add(name, part, standardErrorOf(part, model.zeroShot->pictures), static_cast<std::int64_t>(model.zeroShot->pictures));
            }
        }
        if (model.collages) {
            const CollageUse& use = *model.collages;
            const double part = share(use.inPlace, use.drawings);
            const auto collages = static_cast<std::int64_t>(use.collages);
            add(use.found.name, use.found.mean, use.found.standardError, static_cast<std::int64_t>(use.found.count));
            add("collage_quarters", part, standardErrorOf(part, use.drawings), static_cast<std::int64_t>(use.drawings));
            add("collage_token_count", static_cast<double>(use.tokens), {}, collages);
            add("collage_chance", CollageUse::chance, {}, collages);
        }
    }
    return text;
}

json toJson(const EvaluationRow& row, const std::string& model) {
    json result{{"image", row.image}, {"model", model}};
    if (row.problem) {
        result["problem"] = toLine(*row.problem);
        return result;
    }
    result.update(toJson(row.measures));
    result.update({{"precision", row.precision}, {"width", row.width}, {"height", row.height}});
    if (row.nameRank > 0) result.update({{"name", row.name}, {"name_rank", row.nameRank}, {"likeliest", row.likeliest}});
    return result;
}

json toJson(const EvaluationRequest& request, const EvaluationReport& report) {
    json document{{"pictures", report.pictures}, {"total", report.total}, {"unreadable", report.unreadable}, {"finished", report.finished}, {"seconds", report.seconds}, {"models", json::array()}};
    for (std::size_t i = 0; i < report.models.size(); ++i) {
        const ModelInfo& info = request.models[i];
        const ModelEvaluation& model = report.models[i];
        json entry{{"model", info.name}, {"fingerprint", info.fingerprint}, {"precision", model.precision}, {"encode_precision", info.encodePrecision}, {"device", info.device}, {"pictures", model.pictures}, {"failed", model.failed},
                   {"figures", json::object()}, {"notes", model.notes}};
        for (const EvaluationFigure& figure : model.figures) entry["figures"][figure.name] = toJson(figure);
        if (!model.codes.empty()) {
            entry["cells"] = model.cells;
            entry["codewords_dead"] = model.deadCodewords;
            entry["depths"] = json::array();
            for (const CodeUse& use : model.codes) entry["depths"].push_back({{"codewords", use.codewords}, {"used", use.used}, {"dead", use.dead()}, {"entropy", use.entropy}, {"perplexity", use.perplexity}});
        }
        if (model.entropyBitsPerPixel) entry["entropy_bits_per_pixel"] = *model.entropyBitsPerPixel;
        if (model.latents) {
            entry["latents"] = toJson(*model.latents);
            for (const LatentUse& channel : model.channels) entry["latents"]["channels"].push_back(toJson(channel));
        }
        if (model.zeroShot) {
            const ZeroShotUse& use = *model.zeroShot;
            entry["zero_shot"] = {{"names", use.names}, {"pictures", use.pictures}, {"top1", finite(share(use.top1, use.pictures))}, {"top5", finite(share(use.top5, use.pictures))}};
        }
        if (model.collages) {
            const CollageUse& use = *model.collages;
            entry["collages"] = {{"collages", use.collages}, {"failed", use.failed}, {"tokens", toJson(use.found)}, {"token_count", use.tokens}, {"drawings", use.drawings}, {"in_place", use.inPlace},
                                 {"quarters", finite(share(use.inPlace, use.drawings))}, {"chance", CollageUse::chance}};
        }
        document["models"].push_back(std::move(entry));
    }
    return document;
}

void printEvaluation(const EvaluationRequest& request, const EvaluationReport& report) {
    printModels(request, report);
    for (std::size_t i = 0; i < report.models.size(); ++i) printDetails(request, request.models[i], report.models[i]);
    std::printf("\n%zu %s in %.1f s, %.2f a second", report.pictures, report.pictures == 1 ? "picture" : "pictures", report.seconds, static_cast<double>(report.pictures) / std::max(report.seconds, 1e-9));
    if (report.unreadable > 0) std::printf("; %zu could not be measured", report.unreadable);
    std::printf("; ± is the standard error of the mean over pictures\n");
}

}  // namespace tessera::cli
