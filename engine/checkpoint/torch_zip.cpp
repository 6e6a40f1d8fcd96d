// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/torch_zip.h"

#include <algorithm>
#include <optional>

#include "checkpoint/file_words.h"
#include "checkpoint/unpickler.h"
#include "checkpoint/zip_archive.h"
#include "core/error.h"
#include "core/mapped_file.h"

namespace tessera {
namespace {

constexpr std::uint64_t kLargestPickle = std::uint64_t(1) << 28, kLargestExpansion = std::uint64_t(1) << 26;
constexpr const char* kDamaged = "the file is damaged: download or save it again";

/// The archive's folder: the file's stem in new files, "archive" in older ones.
std::string rootOf(const ZipArchive& archive, const std::string& name) {
    std::optional<std::string> root;
    for (const auto& [path, entry] : archive.entries()) {
        if (path != "data.pkl" && !path.ends_with("/data.pkl")) continue;
        if (root) throw Failure(ErrorCode::Invalid, "the archive holds more than one data.pkl", name, "open a file that torch.save made");
        root = path.substr(0, path.size() - std::string_view("data.pkl").size());
    }
    if (!root) throw Failure(ErrorCode::Invalid, "the zip archive holds no data.pkl, so torch.save did not make it", name, "open a file that torch.save made");
    if (archive.find(*root + "constants.pkl"))
        throw Failure(ErrorCode::Unsupported, "this is a TorchScript program, not a state dict", name, "load it with torch.jit.load and save its state_dict()");
    return *root;
}

bool isBigEndian(ZipArchive& archive, const std::string& root, const std::string& name) {
    const ZipArchive::Entry* entry = archive.find(root + "byteorder");
    if (!entry) return false;
    const SharedBytes text = archive.read(*entry, 64);
    const std::string_view order(reinterpret_cast<const char*>(text.data()), text.size());
    if (order != "big" && order != "little") throw Failure(ErrorCode::Unsupported, "the archive names an unknown byte order", name, "save it again with torch.save");
    return order == "big";
}

/// Storage records, each read once however many tensors share it.
class Storages {
public:
    Storages(ZipArchive& archive, std::string folder, std::string name) : m_archive(archive), m_folder(std::move(folder)), m_name(std::move(name)) {}

    const SharedBytes& of(const std::string& key) {
        const auto it = m_records.find(key);
        if (it != m_records.end()) return it->second;
        const ZipArchive::Entry* entry = m_archive.find(m_folder + key);
        if (!entry) throw Failure(ErrorCode::Invalid, "the storage record " + shown(key) + " is missing", m_name, kDamaged);
        return m_records.emplace(key, m_archive.read(*entry, entry->size)).first->second;
    }

private:
    ZipArchive& m_archive;
    std::string m_folder, m_name;
    std::map<std::string, SharedBytes> m_records;
};

/// A view of `storage`: no copy, whatever the strides are.
StoredTensor view(const PickledTensor& tensor, const SharedBytes& storage, bool bigEndian, const std::string& name, const std::string& file) {
    const std::uint64_t width = byteSize(tensor.type);
    if (checkedProduct(tensor.storageElements, width, file) > storage.size()) {
        throw Failure(ErrorCode::Invalid, "tensor " + shown(name) + " needs more bytes than its storage record " + shown(tensor.storage) + " holds", file, kDamaged);
    }
    StoredTensor stored{.type = tensor.type, .shape = tensor.shape, .strides = tensor.strides};
    // Zero strides let a few bytes claim any size; whoever reads such a tensor would allocate it.
    const std::uint64_t dense = checkedProduct(static_cast<std::uint64_t>(stored.elements()), width, file);
    if (dense > std::max<std::uint64_t>(storage.size(), kLargestExpansion)) {
        throw Failure(ErrorCode::Invalid, "tensor " + shown(name) + " repeats its storage to a shape of " + shown(tensor.shape), file, kDamaged);
    }
    stored.owner = std::make_shared<const SharedBytes>(storage);
    stored.data = storage.data() + (tensor.reach == 0 ? 0 : tensor.offset * width);
    stored.byteSwapped = bigEndian && width > 1;
    return stored;
}

}  // namespace

TorchZip parseTorchZip(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const std::string& name) {
    refuseForeign(bytes, name);
    ZipArchive archive(bytes, std::move(owner), name);
    const std::string root = rootOf(archive, name);
    const SharedBytes pickle = archive.read(*archive.find(root + "data.pkl"), kLargestPickle);
    const bool bigEndian = isBigEndian(archive, root, name);
    Storages storages(archive, root + "data/", name);
    Unpickled unpickled = unpickle(pickle.span(), name);
    TorchZip zip{.sections = {}, .settings = std::move(unpickled.settings)};
    for (const auto& [section, tensors] : unpickled.tensors) {
        for (const auto& [path, tensor] : tensors) zip.sections[section].emplace(path, view(tensor, storages.of(tensor.storage), bigEndian, path, name));
    }
    return zip;
}

TorchZip readTorchZip(const std::filesystem::path& path) {
    return readMapped(path, [&](const MappedFile& file) { return parseTorchZip(file.bytes, file.owner, path.string()); });
}

}  // namespace tessera
