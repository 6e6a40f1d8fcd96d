// SPDX-License-Identifier: Apache-2.0
#include "train/new_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>

#include <tessera/files.h>

#include "checkpoint/safetensors.h"
#include "core/error.h"
#include "device/torch_bridge.h"
#include "train/losses.h"
#include "train/parameters.h"

namespace tessera::train {
namespace {

namespace fs = std::filesystem;
using at::Tensor;
using nlohmann::json;

constexpr double kEmbedding = 0.02;  // deviation of embeddings and positions, as CLIP's and GPT's
constexpr int kUnknown = 100;        // of BERT's numbering, as [CLS] 101 to [MASK] 103
constexpr std::size_t kMostPieces = 1 << 20;

bool endsResidual(std::string_view name) {
    constexpr std::array<std::string_view, 8> kOutputs{"o_proj.weight", "out_proj.weight", "c_proj.weight", "attn.proj.weight", "mlp.fc2.weight", "conv2.weight", "proj_out.weight", "down_proj.weight"};
    return std::ranges::any_of(kOutputs, [name](std::string_view end) { return name.ends_with(end); });
}

/// How many numbers an output sums: matrices that are multiplied from the right keep them on their first side.
double fanIn(std::string_view name, const std::vector<std::int64_t>& shape) {
    if (shape.size() == 2 && (name.ends_with(".proj") || name.ends_with("text_projection"))) return static_cast<double>(shape[0]);
    double product = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) product *= static_cast<double>(shape[i]);
    return std::max(1.0, product);
}

}  // namespace

NewModel::NewModel(fs::path folder, json make, fs::path recipe, json settings, std::uint64_t seed)
    : m_folder(std::move(folder)), m_make(std::move(make)), m_recipe(std::move(recipe)), m_settings(std::move(settings)), m_draws(seed) {}

ConfigReader NewModel::table(const std::vector<std::string>& known, const std::string& below) const {
    const ConfigReader whole = ConfigReader(json{{"model", {{"make", m_make}}}}, m_recipe.string()).below("model").below("make");
    const ConfigReader reader = below.empty() ? whole : whole.below(below);
    const json& table = below.empty() ? m_make : m_make.at(below);
    for (const auto& [key, value] : table.items()) {
        if (std::ranges::find(known, key) == known.end()) reader.refuse("there is no key " + reader.nameOf(key));
    }
    return reader;
}

std::string NewModel::text(const std::string& key) const {
    const auto found = m_make.find(key);
    if (found == m_make.end()) return {};
    if (!found->is_string()) throw Failure(ErrorCode::Invalid, "model.make." + key + " is no text", m_recipe.string(), "mend the recipe");
    return found->get<std::string>();
}

fs::path NewModel::path(const std::string& key) const {
    const std::string path = text(key);
    return path.empty() ? fs::path() : (m_recipe.parent_path() / path).lexically_normal();
}

void NewModel::write(const std::string& file, const json& config) const {
    fs::create_directories((m_folder / file).parent_path());
    if (const auto failure = writeTextFile((m_folder / file).string(), config.dump(1) + '\n')) throw Failure(*failure);
}

json NewModel::config(const std::string& file) const { return Checkpoint::jsonOf(m_folder / file); }

void NewModel::copy(const fs::path& from, const std::string& file) const {
    std::error_code failed;
    fs::create_directories((m_folder / file).parent_path(), failed);
    if (!failed) fs::copy_file(from, m_folder / file, fs::copy_options::overwrite_existing, failed);
    if (failed) throw Failure(ErrorCode::NotFound, "a part of the new model cannot be copied: " + failed.message(), from.string(), "check the paths in the recipe's [model.make]");
}

bool forgetWeightsElsewhere(const fs::path& folder) {
    const fs::path file = folder / "config.json";
    if (!fs::exists(file)) return false;
    json config = Checkpoint::jsonOf(file);
    if (!config.is_object() || config.erase("weights_of") == 0) return false;
    if (const auto failure = writeTextFile(file.string(), config.dump(1) + '\n')) throw Failure(*failure);
    return true;
}

void NewModel::takeOver(const fs::path& from, const std::string& folder) const {
    for (const auto& entry : fs::directory_iterator(from)) {
        const fs::path name = entry.path().filename();
        if (name == "config.json" || name.extension() == ".safetensors") copy(entry.path(), folder + "/" + name.string());
    }
    if (!forgetWeightsElsewhere(m_folder / folder)) return;
    const Checkpoint checkpoint = Checkpoint::open(from);
    TensorMap tensors;
    for (const auto& [name, stored] : checkpoint.files().front().sections.at("")) tensors.emplace(name, stored.toHost());
    writeSafetensors(m_folder / folder / "model.safetensors", tensors);
}

std::vector<std::string> NewModel::vocabulary() const {
    const fs::path from = path("vocabulary");
    if (from.empty()) throw Failure(ErrorCode::Invalid, "model.make.vocabulary names a list of word pieces, and is not there", m_recipe.string(), "give the vocab.txt of packaging/make-vocabulary");
    std::ifstream file(from);
    if (!file) throw Failure(ErrorCode::NotFound, "there is no such vocabulary", from.string(), "make one with packaging/make-vocabulary");
    std::vector<std::string> pieces;
    for (std::string line; std::getline(file, line) && pieces.size() < kMostPieces;) pieces.push_back(line);
    if (pieces.size() <= kUnknown || pieces[kUnknown] != "[UNK]") {
        throw Failure(ErrorCode::Invalid, "this is no list of word pieces in BERT's numbering: line " + std::to_string(kUnknown + 1) + " should be [UNK]", from.string(), "make one with packaging/make-vocabulary");
    }
    return pieces;
}

void NewModel::writeTokenizer(const std::string& folder, const std::vector<std::string>& pieces, int context) const {
    json ids = json::object(), added = json::array();
    for (std::size_t id = 0; id < pieces.size(); ++id) ids[pieces[id]] = id;
    for (const char* name : {"[PAD]", "[UNK]"}) {
        if (ids.contains(name)) added.push_back({{"id", ids[name]}, {"content", name}, {"single_word", false}, {"lstrip", false}, {"rstrip", false}, {"normalized", false}, {"special", true}});
    }
    const std::string in = folder.empty() ? "" : folder + "/";
    write(in + "tokenizer.json", {{"version", "1.0"},
                                  {"truncation", nullptr},
                                  {"padding", nullptr},
                                  {"added_tokens", added},
                                  {"normalizer", {{"type", "BertNormalizer"}, {"clean_text", true}, {"handle_chinese_chars", true}, {"strip_accents", nullptr}, {"lowercase", true}}},
                                  {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
                                  {"post_processor", nullptr},
                                  {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", false}}},
                                  {"model", {{"type", "WordPiece"}, {"unk_token", "[UNK]"}, {"continuing_subword_prefix", "##"}, {"max_input_chars_per_word", 100}, {"vocab", ids}}}});
    write(in + "tokenizer_config.json", {{"tokenizer_class", "PreTrainedTokenizerFast"}, {"pad_token", "[PAD]"}, {"unk_token", "[UNK]"}, {"model_max_length", context}});
}

Tensor newTensor(const std::string& name, const std::vector<std::int64_t>& shape, Draws& draws, double residual) {
    const Tensor like = at::empty(shape);
    if (name.ends_with("class_embedding")) return draws.normal(shape) * kEmbedding;
    if (name.ends_with("bias")) return at::zeros(shape);
    if (shape.size() < 2) return at::ones(shape);
    if (!isDecayed(name, like)) return draws.normal(shape) * kEmbedding;
    return draws.normal(shape) * ((endsResidual(name) ? residual : 1) / std::sqrt(fanIn(name, shape)));
}

TensorsByName newTensors(const Shapes& shapes, Draws& draws, int blocks, const std::map<std::string, double>& fixed) {
    const double residual = 1 / std::sqrt(2.0 * std::max(1, blocks));
    TensorsByName tensors;
    for (const auto& [name, shape] : shapes) {
        const auto number = fixed.find(name);
        tensors[name] = number == fixed.end() ? newTensor(name, shape, draws, residual) : at::full(shape, number->second);
    }
    return tensors;
}

void writeTensors(const fs::path& file, const TensorsByName& tensors) {
    fs::create_directories(file.parent_path());
    TensorMap host;
    for (const auto& [name, tensor] : tensors) host[name] = hostFromTensor(tensor.contiguous());
    writeSafetensors(file, host, {{"format", "pt"}});
}

void makePerceptual(NewModel& model, const std::vector<int>& channels) {
    const std::string config = "perceptual/config.json";
    if (!channels.empty()) {
        json layers = json::array();
        for (std::size_t i = 0; i < channels.size(); ++i) layers.push_back({{"out", channels[i]}, {"kernel", 3}, {"stride", i == 0 ? 1 : 2}, {"padding", 1}});
        model.write(config, {{"format", "tessera-perceptual"}, {"version", 1}, {"layers", layers}});
    }
    if (!fs::exists(model.folder() / config)) return;
    const std::vector<PerceptualLoss::Layer> layers = PerceptualLoss::layersOf(model.config(config));
    const Weights wanted = Weights::wanted();
    PerceptualLoss(wanted, layers);
    std::map<std::string, double> fixed;
    for (std::size_t i = 0; i < layers.size(); ++i) fixed["lin" + std::to_string(i) + ".model.1.weight"] = 1.0 / static_cast<double>(layers.size());
    writeTensors(model.folder() / "perceptual/model.safetensors", newTensors(wanted.wantedShapes(), model.draws(), 0, fixed));
}

}  // namespace tessera::train
