// SPDX-License-Identifier: Apache-2.0
#include "local/model_store.h"

#include <algorithm>

#include "core/error.h"

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

std::vector<ModelEntry> ModelStore::embedded() const {
    std::vector<ModelEntry> entries;
    std::error_code error;
    for (const auto& folder : fs::directory_iterator(m_resources / "models", error)) {
        if (!folder.is_directory(error)) continue;
        ModelEntry entry;
        entry.name = folder.path().filename().string();
        entry.path = folder.path().string();
        entry.embedded = true;
        try {
            const Checkpoint checkpoint = Checkpoint::open(folder.path());
            entry.fileBytes = checkpoint.bytes();
            for (const ModelFamily* family : modelFamilies()) {
                if (!family->recognise(checkpoint)) continue;
                entry.family = family->name;
                break;
            }
        } catch (const Failure&) {
            continue;
        }
        if (!entry.family.empty()) entries.push_back(std::move(entry));
    }
    std::ranges::sort(entries, {}, &ModelEntry::name);
    return entries;
}

fs::path ModelStore::pathOf(const std::string& reference) const {
    std::error_code error;
    const bool plainName = !reference.empty() && reference.find('/') == std::string::npos;
    if (plainName && fs::is_directory(m_resources / "models" / reference, error)) return m_resources / "models" / reference;
    if (fs::exists(reference, error)) return reference;
    std::string names;
    for (const ModelEntry& entry : embedded()) names += (names.empty() ? "" : ", ") + entry.name;
    throw Failure(ErrorCode::NotFound, "no such model", reference,
                  "give the path of a checkpoint file or folder, or an embedded model" + (names.empty() ? std::string() : " (" + names + ")"));
}

namespace {

bool unchanged(const Checkpoint& checkpoint) {
    try {
        checkpoint.checkUnchanged();
        return true;
    } catch (const Failure&) {
        return false;
    }
}

}  // namespace

OpenModel ModelStore::open(const std::string& reference, Precision precision, const std::string& device) {
    const fs::path path = fs::weakly_canonical(pathOf(reference));
    const auto checkpoint = std::make_shared<const Checkpoint>(Checkpoint::open(path));
    const std::string fingerprint = checkpoint->fingerprint().hex();
    const auto known = [&]() -> const OpenModel* {
        for (const auto& [id, open] : m_models) {
            if (open.info.fingerprint == fingerprint && open.precision == precision && open.info.path == path.string() && unchanged(*open.checkpoint)) return &open;
        }
        return nullptr;
    };
    {
        std::lock_guard lock(m_mutex);
        if (const OpenModel* open = known()) return *open;
    }
    OpenModel open;
    open.model = openModelOf(*checkpoint);
    open.checkpoint = checkpoint;
    open.precision = precision;
    open.info = open.model->describe();
    open.info.name = path.filename().string();
    open.info.path = path.string();
    open.info.device = device;
    open.info.precision = nameOf(precision);
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
