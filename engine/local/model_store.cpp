// SPDX-License-Identifier: Apache-2.0
#include "local/model_store.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "core/error.h"
#include "families/tokenizer_beside.h"
#include "families/int8_weights.h"
#include "local/model_search.h"
#include "store/hub_cache.h"

namespace tessera {
namespace fs = std::filesystem;

std::string nameOf(Precision precision) {
    switch (precision) {
        case Precision::Auto: return "auto";
        case Precision::Fp32: return "fp32";
        case Precision::Bf16: return "bf16";
        case Precision::Fp16: return "fp16";
    }
    return {};
}

namespace {

ModelEntry entryOf(const FoundModel& found, std::string name, bool embedded) {
    return {.name = std::move(name), .family = found.family, .path = found.path.string(), .fileBytes = found.fileBytes, .embedded = embedded};
}

/// Files and folders that upstream calls alike in every checkpoint.
bool saysNothing(const fs::path& part) {
    static const std::set<std::string> words{"model", "models", "checkpoint", "checkpoints", "ckpt", "ckpts", "weights", "vae", "last", "pytorch_model", "diffusion_pytorch_model", "open_clip_model", "open_clip_pytorch_model", "masked_generator", "flow_generator"};
    std::string word = part.stem().string();
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return words.contains(word);
}

/// The end of the path that tells it from others: "FLUX.1-dev/vae", "my-run/last.ckpt".
std::string nameOf(const fs::path& path) {
    fs::path name = path.filename(), folder = path.parent_path();
    while (!name.empty() && saysNothing(*name.begin()) && folder.has_filename()) {
        name = folder.filename() / name;
        folder = folder.parent_path();
    }
    return name.string();
}

/// What names a checkpoint's content: with that of the tokenizer that it draws for.
std::string fingerprintOf(const Checkpoint& checkpoint) {
    const auto tokenizer = tokenizerBeside(checkpoint);
    std::error_code error;
    if (!tokenizer || !fs::exists(*tokenizer, error)) return checkpoint.fingerprint().hex();
    const Hash128 own = checkpoint.fingerprint(), other = Checkpoint::open(*tokenizer).fingerprint();
    return Hasher().add(std::string_view(own.hex())).add(std::string_view(other.hex())).finish().hex();
}

/// "a, b and 3 more".
std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t kNamed = 5;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i) text += (i ? ", " : "") + names[i];
    if (names.size() > kNamed) text += " and " + std::to_string(names.size() - kNamed) + " more";
    return text;
}

/// Links are left as they are: the config lies beside the link, not beside the blob that it leads to.
fs::path absolutePath(const fs::path& path) {
    const fs::path absolute = fs::absolute(path).lexically_normal();
    return absolute.filename().empty() ? absolute.parent_path() : absolute;
}

/// A relative path that stays below the folder it is looked up in.
bool staysBelow(const fs::path& path) {
    return !path.empty() && path.is_relative() && std::ranges::find(path, fs::path("..")) == path.end();
}

}  // namespace

std::vector<ModelEntry> ModelStore::embedded() const {
    std::vector<ModelEntry> entries;
    std::error_code error;
    for (const auto& folder : fs::directory_iterator(m_resources / "models", error)) {
        if (!folder.is_directory(error)) continue;
        const auto found = identify(folder.path());
        if (!found) continue;
        entries.push_back(entryOf(*found, folder.path().filename().string(), true));
        for (const FoundModel& each : generatorsOf(folder.path())) entries.push_back(entryOf(each, each.path.lexically_relative(m_resources / "models").string(), true));
    }
    std::ranges::sort(entries, {}, &ModelEntry::name);
    return entries;
}

std::vector<ModelEntry> ModelStore::list() const {
    std::vector<ModelEntry> entries = embedded();
    std::set<fs::path> known;
    const auto add = [&](const FoundModel& found, const std::string& name) {
        std::error_code error;
        if (known.insert(fs::weakly_canonical(found.path, error)).second) entries.push_back(entryOf(found, name, false));
    };
    for (const fs::path& folder : modelFolders()) {
        for (const FoundModel& found : modelsBelow(folder)) {
            const fs::path name = found.path.lexically_relative(folder);
            add(found, name == "." ? found.path.filename().string() : name.string());
        }
    }
    for (const HubCache::Repository& repository : HubCache().models()) {
        if (const auto found = identify(repository.snapshot)) add(*found, repository.id);
    }
    return entries;
}

fs::path ModelStore::pathOf(const std::string& reference) const {
    std::error_code error;
    if (reference.empty()) throw Failure(ErrorCode::Invalid, "the model's name is empty", "\"\"", "give a name from the list of models, or the path of a checkpoint");
    // A name, or that of a generator inside: "tessera-mini/masked_generator".
    const bool plainName = reference != "." && staysBelow(reference) && std::distance(fs::path(reference).begin(), fs::path(reference).end()) <= 2;
    if (plainName && fs::is_directory(m_resources / "models" / reference, error)) return m_resources / "models" / reference;
    // A path that may not be looked at is one all the same: opening it says why.
    if (fs::exists(reference, error) || error == std::errc::permission_denied) return HubCache::snapshotFor(reference);
    if (staysBelow(reference)) {
        for (const fs::path& folder : modelFolders()) {
            if (fs::exists(folder / reference, error)) return HubCache::snapshotFor(folder / reference);
        }
    }
    const HubCache hub;
    if (const auto snapshot = hub.find(reference)) return *snapshot;
    std::vector<std::string> names;
    for (const ModelEntry& entry : embedded()) names.push_back(entry.name);
    throw Failure(ErrorCode::NotFound, "no such model", reference,
                  "give the path of a checkpoint file or folder, the id of a repository in " + hub.root().string() +
                      (names.empty() ? std::string() : ", or an embedded model (" + listed(names) + ")"));
}

namespace {

/// The checkpoint behind a path: of a folder that is none itself the only one in it; throws Failure if there are more.
std::shared_ptr<const Checkpoint> checkpointAt(const fs::path& path) {
    auto checkpoint = std::make_shared<const Checkpoint>(Checkpoint::open(path));
    const bool known = std::ranges::any_of(modelFamilies(), [&](const ModelFamily* family) { return family->recognise(*checkpoint).has_value(); });
    std::error_code error;
    if ((known && !gathersSeveral(*checkpoint)) || !fs::is_directory(path, error)) return checkpoint;
    const std::vector<FoundModel> found = modelsBelow(path);
    // What a config at the top describes may be a larger model that the one in there is a part of.
    const bool described = std::ranges::any_of(checkpoint->textFiles(), [](const std::string& text) { return text.find('/') == std::string::npos; });
    if (found.size() == 1 && !known && !described) return std::make_shared<const Checkpoint>(Checkpoint::open(found.front().path));
    if (found.size() < 2) return checkpoint;
    std::vector<std::string> names;
    for (const FoundModel& each : found) names.push_back(each.path.lexically_relative(path).string());
    throw Failure(ErrorCode::Invalid, "this folder holds " + std::to_string(found.size()) + " models", path.string(), "open one of them: " + listed(names));
}

bool unchanged(const Checkpoint& checkpoint) {
    try {
        checkpoint.checkUnchanged();
        return true;
    } catch (const Failure&) {
        return false;
    }
}

}  // namespace

OpenModel ModelStore::open(const std::string& reference, Precision precision, bool asked, bool int8Weights, const std::string& device) {
    const auto checkpoint = checkpointAt(absolutePath(pathOf(reference)));
    const fs::path& path = checkpoint->path();
    const std::string fingerprint = fingerprintOf(*checkpoint);
    const auto encodes = [&](const ModelInfo& info) { return info.codes.depths() > 0 && !asked ? Precision::Fp32 : precision; };
    const auto known = [&]() -> const OpenModel* {
        for (const auto& [id, open] : m_models) {
            const bool likewise = open.int8Weights == int8Weights && (open.recorded || (open.precision == precision && open.encodePrecision == encodes(open.info)));
            if (open.info.fingerprint == fingerprint && likewise && open.info.path == path.string() && unchanged(*open.checkpoint)) return &open;
        }
        return nullptr;
    };
    {
        std::lock_guard lock(m_mutex);
        if (const OpenModel* open = known()) return *open;
    }
    OpenModel open;
    std::unique_ptr<Model> model = openModelOf(*checkpoint);
    if (int8Weights) {
        auto* keeper = dynamic_cast<Int8Weights*>(model.get());
        if (!keeper) throw Failure(ErrorCode::Unsupported, "this model has no language model whose weights could be kept as int8", path.string(), "open it without int8, or a whole VILA-U with it");
        keeper->keepInt8();
    }
    open.model = std::move(model);
    open.int8Weights = int8Weights;
    open.checkpoint = checkpoint;
    open.info = open.model->describe();
    if (const Generator* generator = open.model->capabilities().generate) open.info.drawing = generator->info();
    open.recorded = !open.info.precision.empty();
    open.info.name = HubCache::idOfSnapshot(path).value_or(nameOf(path));
    open.info.path = path.string();
    open.info.device = device;
    if (!open.recorded) {
        open.precision = precision;
        open.info.precision = nameOf(precision);
        open.encodePrecision = encodes(open.info);
        open.info.encodePrecision = nameOf(open.encodePrecision);
    }
    open.info.int8Weights = int8Weights;
    open.info.fileBytes = checkpoint->bytes();
    open.info.fingerprint = fingerprint;
    std::lock_guard lock(m_mutex);
    // Another way of writing the same path may have been quicker.
    if (const OpenModel* other = known()) return *other;
    open.info.id = ModelId{m_next++};
    m_models.emplace(open.info.id, open);
    return open;
}

void ModelStore::close(ModelId model) {
    std::lock_guard lock(m_mutex);
    m_models.erase(model);
}

OpenModel ModelStore::get(ModelId model) const {
    std::lock_guard lock(m_mutex);
    const auto it = m_models.find(model);
    if (it == m_models.end()) throw Failure(ErrorCode::NotFound, "this model is not open", {}, "open it first");
    return it->second;
}

}  // namespace tessera
