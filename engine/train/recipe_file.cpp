// SPDX-License-Identifier: Apache-2.0
#include "train/recipe_file.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>
#include <sstream>

#include <toml++/toml.h>

#include "checkpoint/yaml_text.h"
#include "core/error.h"
#include "core/hash.h"

namespace tessera::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uintmax_t kLargestRecipe = 1 << 20;

json fromToml(const toml::node& node) {
    if (const auto* table = node.as_table()) {
        json object = json::object();
        for (const auto& [key, value] : *table) object[std::string(key.str())] = fromToml(value);
        return object;
    }
    if (const auto* array = node.as_array()) {
        json list = json::array();
        for (const auto& value : *array) list.push_back(fromToml(value));
        return list;
    }
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return number->get();
    if (const auto* number = node.as_floating_point()) return number->get();
    if (const auto* truth = node.as_boolean()) return truth->get();
    return nullptr;  // dates say nothing here
}

json parsed(const fs::path& file) {
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) throw Failure(ErrorCode::NotFound, "there is no such recipe", file.string(), "give a .toml, .yaml or .json file");
    if (fs::file_size(file, ignored) > kLargestRecipe) throw Failure(ErrorCode::Unsupported, "the recipe is larger than 1 MiB", file.string(), "give a recipe");
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    const std::string ending = file.extension().string();
    try {
        if (ending == ".toml") return fromToml(toml::parse(text.str()));
        if (ending == ".yaml" || ending == ".yml") return parseYaml(text.str(), file.string());
        if (ending == ".json") return json::parse(text.str());
    } catch (const toml::parse_error& error) {
        throw Failure(ErrorCode::Invalid, "line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()), file.string(), "mend the recipe");
    } catch (const json::exception&) {
        throw Failure(ErrorCode::Invalid, "cannot be read as JSON", file.string(), "mend the recipe");
    }
    throw Failure(ErrorCode::Invalid, "a recipe ends in .toml, .yaml or .json", file.string(), "rename the file");
}

/// One table of the recipe: every key is asked for, and what nobody asked for is refused.
class Section {
public:
    Section(const json& table, std::string name, const fs::path& file) : m_table(table), m_name(std::move(name)), m_file(file) {
        if (!table.is_object()) refuse(m_name + " is no table");
    }
    bool has(const char* key) const { return m_table.contains(key); }
    double number(const char* key, double fallback, double low, double high) {
        const json* value = find(key);
        if (!value) return fallback;
        if (!value->is_number() || !(value->get<double>() >= low) || value->get<double>() > high) refuse(said(key) + " is no number from " + words(low) + " to " + words(high));
        return value->get<double>();
    }
    std::int64_t whole(const char* key, std::int64_t fallback, std::int64_t low, std::int64_t high) {
        const json* value = find(key);
        if (!value) return fallback;
        if (!value->is_number_integer() || value->get<std::int64_t>() < low || value->get<std::int64_t>() > high) refuse(said(key) + " is no whole number from " + std::to_string(low) + " to " + std::to_string(high));
        return value->get<std::int64_t>();
    }
    bool truth(const char* key, bool fallback) {
        const json* value = find(key);
        if (!value) return fallback;
        if (!value->is_boolean()) refuse(said(key) + " is neither true nor false");
        return value->get<bool>();
    }
    std::string word(const char* key, const std::string& fallback = {}) {
        const json* value = find(key);
        if (!value) return fallback;
        if (!value->is_string()) refuse(said(key) + " is no text");
        return value->get<std::string>();
    }
    std::vector<std::string> list(const char* key) {
        std::vector<std::string> words;
        const json* value = find(key);
        if (!value) return words;
        if (!value->is_array()) refuse(said(key) + " is no list");
        for (const json& each : *value) {
            if (!each.is_string()) refuse(said(key) + " holds something else than texts");
            words.push_back(each);
        }
        return words;
    }
    const json* find(const char* key) {
        m_asked.emplace_back(key);
        const auto found = m_table.find(key);
        return found == m_table.end() ? nullptr : &*found;
    }
    void finish() const {
        for (const auto& [key, value] : m_table.items()) {
            if (std::ranges::find(m_asked, key) == m_asked.end()) refuse("there is no key " + (m_name.empty() ? key : m_name + "." + key));
        }
    }
    [[noreturn]] void refuse(const std::string& what) const { throw Failure(ErrorCode::Invalid, what, m_file.string(), "mend the recipe"); }

private:
    std::string said(const char* key) const { return m_name.empty() ? key : m_name + "." + key; }
    static std::string words(double number) {
        std::ostringstream text;
        text << number;
        return text.str();
    }

    const json& m_table;
    std::string m_name;
    const fs::path& m_file;
    std::vector<std::string> m_asked;
};

Background backgroundOf(const std::string& word, const Section& section) {
    if (word == "white") return Background::White;
    if (word == "grey") return Background::Grey;
    if (word == "noise") return Background::Noise;
    if (word == "gradient") return Background::Gradient;
    section.refuse("data.backgrounds knows white, grey, noise and gradient, not " + word);
}

RecipeFile::Data dataOf(const json& table, const fs::path& file, int side) {
    Section section(table, "data", file);
    RecipeFile::Data data;
    data.path = file.parent_path() / section.word("path");
    data.weight = section.number("weight", 1, 1e-6, 1e6);
    AugmentSettings& augment = data.augment;
    augment.side = side;
    augment.smallest = section.number("smallest", augment.smallest, 1e-3, 100);
    augment.largest = section.number("largest", std::max(augment.smallest, augment.largest), 1e-3, 100);
    augment.enlargement = section.number("enlargement", augment.enlargement, 1e-3, 1e9);
    augment.centred = section.truth("centred", augment.centred);
    augment.flip = section.number("flip", augment.flip, 0, 1);
    augment.turn = section.number("turn", augment.turn, 0, 1);
    augment.swap = section.number("swap", augment.swap, 0, 1);
    augment.gamma = section.number("gamma", augment.gamma, 0, 10);
    augment.saturation = section.number("saturation", augment.saturation, 0, 1);
    if (section.has("backgrounds")) {
        augment.backgrounds.clear();
        for (const std::string& word : section.list("backgrounds")) augment.backgrounds.push_back(backgroundOf(word, section));
    }
    data.names = section.truth("names", false);
    data.only = section.list("only");
    if (!section.has("path")) section.refuse("data.path says where pictures lie, and is not there");
    section.finish();
    augment.check();
    return data;
}

std::vector<RecipeFile::Stage> stagesOf(const json* tables, const RecipeFile& recipe, Section& run, const fs::path& file) {
    if (tables && !tables->is_array()) run.refuse("run.stage is no list of tables");
    if (!tables || tables->empty()) return {{.end = recipe.steps, .side = recipe.side, .batch = recipe.batch}};
    std::vector<RecipeFile::Stage> stages;
    double done = 0;
    for (const json& table : *tables) {
        Section section(table, "run.stage", file);
        done += section.number("share", 0, 1e-9, 1);
        stages.push_back({.end = static_cast<std::int64_t>(std::llround(done * static_cast<double>(recipe.steps))),
                          .side = static_cast<int>(section.whole("side", recipe.side, 1, recipe.side)),
                          .batch = static_cast<int>(section.whole("batch", recipe.batch, 1, 65536))});
        section.finish();
    }
    if (std::abs(done - 1) > 1e-6) run.refuse("the shares of run.stage are not 1 together");
    stages.back().end = recipe.steps;
    return stages;
}

}  // namespace

RecipeFile RecipeFile::read(const fs::path& file, bool smoke) {
    json tree = parsed(file);
    if (!tree.is_object()) throw Failure(ErrorCode::Invalid, "a recipe is a table of keys", file.string(), "mend the recipe");
    const json small = tree.value("smoke", json::object());
    if (smoke && small.is_object()) {
        for (const auto& [key, value] : small.items()) {
            if (value.is_object()) tree[key].merge_patch(value);
            else if (key != "path") tree["run"][key] = value;
        }
        if (small.contains("path")) {
            json first = tree.contains("data") && tree["data"].is_array() && !tree["data"].empty() ? tree["data"][0] : json::object();
            first["path"] = small["path"];
            first.erase("only");
            tree["data"] = json::array({first});
            tree["held_out"] = {{"paths", json::array({small["path"]})}, {"names", first.value("names", json(false))}};
        }
    }
    RecipeFile result;
    result.file = file;
    result.smoke = smoke;
    Section top(tree, "", file);
    result.recipe = top.word("recipe");
    result.name = top.word("name", result.recipe);
    result.seed = static_cast<std::uint64_t>(top.whole("seed", 1, 0, std::int64_t(1) << 53));
    if (result.recipe.empty()) top.refuse("recipe says which losses, and is not there");

    const auto tableOf = [&](const char* key) -> json {
        const json* table = top.find(key);
        return table ? *table : json::object();
    };
    const json runTable = tableOf("run"), modelTable = tableOf("model"), optimiserTable = tableOf("optimiser"), heldOutTable = tableOf("held_out");
    Section run(runTable, "run", file);
    result.steps = run.whole("steps", result.steps, 1, 1'000'000'000);
    result.batch = static_cast<int>(run.whole("batch", result.batch, 1, 65536));
    result.side = static_cast<int>(run.whole("side", result.side, 1, 4096));
    result.accumulate = static_cast<int>(run.whole("accumulate", result.accumulate, 1, 4096));
    result.threads = static_cast<int>(run.whole("threads", result.threads, 1, 256));
    result.ema = run.number("ema", result.ema, 0, 0.999999);
    result.reportEvery = run.whole("report_every", result.reportEvery, 1, 1'000'000'000);
    result.evaluateEvery = run.whole("evaluate_every", result.evaluateEvery, 1, 1'000'000'000);
    result.checkpointEvery = run.whole("checkpoint_every", result.checkpointEvery, 1, 1'000'000'000);
    const std::string stored = run.word("stored", "fp32");
    if (stored != "fp32" && stored != "fp16") run.refuse("run.stored is fp32 or fp16, not " + stored);
    result.storedInHalf = stored == "fp16";
    const std::string precision = run.word("precision", "fp32");
    if (precision != "fp32" && precision != "bf16") run.refuse("run.precision is fp32 or bf16, not " + precision);
    result.precision = precision == "bf16" ? Precision::Bf16 : Precision::Fp32;
    result.stages = stagesOf(run.find("stage"), result, run, file);
    run.finish();

    Section model(modelTable, "model", file);
    const std::string start = model.word("start");
    if (const json* make = model.find("make")) result.make = *make;
    if (!result.make.is_null() && !result.make.is_object()) model.refuse("model.make is no table");
    if (start.empty() && result.make.is_null()) model.refuse("model.start names the folder of a model, and is not there");
    if (!start.empty() && !result.make.is_null()) model.refuse("model.start and model.make are both there: a model either starts from another one, or is made");
    if (!start.empty()) result.start = file.parent_path() / start;
    result.frozen = model.list("frozen");
    result.fresh = model.truth("fresh", false) || !result.make.is_null();
    model.finish();

    Section optimiser(optimiserTable, "optimiser", file);
    result.rate = optimiser.number("rate", result.rate, 0, 10);
    result.beta1 = optimiser.number("beta1", result.beta1, 0, 0.999999);
    result.beta2 = optimiser.number("beta2", result.beta2, 0, 0.999999);
    result.epsilon = optimiser.number("epsilon", result.epsilon, 1e-20, 1);
    result.decay = optimiser.number("decay", result.decay, 0, 10);
    result.clip = optimiser.number("clip", result.clip, 1e-9, 1e9);
    result.warmUp = optimiser.number("warm_up", result.warmUp, 0, 1);
    result.last = optimiser.number("last", result.last, 0, 1);
    optimiser.finish();

    const json* data = top.find("data");
    if (!data || !data->is_array() || data->empty()) top.refuse("data says what is trained on, and is not there");
    for (const json& each : *data) result.data.push_back(dataOf(each, file, result.side));

    Section heldOut(heldOutTable, "held_out", file);
    for (const std::string& path : heldOut.list("paths")) result.heldOut.push_back(file.parent_path() / path);
    result.mostHeldOut = static_cast<int>(heldOut.whole("most", result.mostHeldOut, 1, 1'000'000));
    result.heldOutNames = heldOut.truth("names", false);
    heldOut.finish();

    if (const json* settings = top.find("settings")) result.settings = *settings;
    if (!result.settings.is_object()) top.refuse("settings is no table");
    if (const auto related = result.settings.find("related"); related != result.settings.end()) {
        if (!related->is_string()) top.refuse("settings.related is no path in quotes");
        if (related->get<std::string>().empty()) result.settings.erase(related);
    }
    if (const auto related = result.settings.find("related"); related != result.settings.end()) {
        result.related = file.parent_path() / related->get<std::string>();
        *related = result.related.string();
    }
    top.find("smoke");
    top.finish();
    tree.erase("smoke");
    result.hash = Hasher().add(std::string_view(tree.dump())).finish().hex();
    return result;
}

double RecipeFile::rateAt(std::int64_t step) const {
    const double done = static_cast<double>(step), all = static_cast<double>(steps), rise = std::max(1.0, std::floor(warmUp * all));
    if (done < rise) return rate * (done + 1) / rise;
    const double share = all > rise ? (done - rise) / (all - rise) : 1;
    return rate * (last + (1 - last) * 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, share))));
}

std::size_t RecipeFile::stageAt(std::int64_t step) const {
    std::size_t stage = 0;
    while (stage + 1 < stages.size() && step >= stages[stage].end) ++stage;
    return stage;
}

}  // namespace tessera::train
