// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/torch_zip.h"

#include <algorithm>
#include <optional>

#include "checkpoint/unpickler.h"
#include "checkpoint/zip_archive.h"
#include "core/error.h"
#include "core/regular_file.h"

namespace tessera {
namespace {

constexpr std::uint64_t kLargestPickle = std::uint64_t(1) << 28;

using Sections = std::map<std::string, std::map<std::string, StoredTensor>>;

/// The archive's folder: the file's stem in new files, "archive" in older ones.
std::string rootOf(const ZipArchive& archive, const std::string& name) {
    std::optional<std::string> root;
    for (const auto& [path, entry] : archive.entries()) {
        if (path != "data.pkl" && !path.ends_with("/data.pkl")) continue;
        if (root) throw Failure(ErrorCode::Invalid, "the archive holds more than one data.pkl", name, "give a file that torch.save made");
        root = path.substr(0, path.size() - std::string_view("data.pkl").size());
    }
    if (!root) throw Failure(ErrorCode::Invalid, "the zip archive holds no data.pkl, so torch.save did not make it", name, "give a file that torch.save made");
    return *root;
}

bool isBigEndian(const ZipArchive& archive, const std::string& root, const std::string& name) {
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
    Storages(const ZipArchive& archive, std::string folder, std::string name) : m_archive(archive), m_folder(std::move(folder)), m_name(std::move(name)) {}

    const SharedBytes& of(const std::string& key) {
        const auto it = m_records.find(key);
        if (it != m_records.end()) return it->second;
        const ZipArchive::Entry* entry = m_archive.find(m_folder + key);
        if (!entry) throw Failure(ErrorCode::Invalid, "the storage record " + key + " is missing", m_name, "the file is damaged; get it again");
        return m_records.emplace(key, m_archive.read(*entry, entry->size)).first->second;
    }

private:
    const ZipArchive& m_archive;
    std::string m_folder, m_name;
    std::map<std::string, SharedBytes> m_records;
};

/// Elements from the storage's start to the last one that the tensor reaches, 0 for an empty tensor.
std::uint64_t reach(const PickledTensor& tensor, const std::string& name) {
    if (std::ranges::find(tensor.shape, 0) != tensor.shape.end()) return 0;
    std::uint64_t last = tensor.offset;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        const auto steps = static_cast<std::uint64_t>(tensor.shape[i]) - 1;
        last = checkedSum(last, checkedProduct(steps, static_cast<std::uint64_t>(tensor.strides[i]), name), name);
    }
    return checkedSum(last, 1, name);
}

StoredTensor view(const PickledTensor& tensor, const SharedBytes& storage, bool bigEndian, const std::string& name, const std::string& file) {
    const std::uint64_t elements = reach(tensor, file), width = byteSize(tensor.type);
    if (checkedProduct(elements, width, file) > storage.size()) {
        throw Failure(ErrorCode::Invalid, "tensor " + name + " needs more bytes than its storage record " + tensor.storage + " holds", file,
                      "the file is damaged; get it again");
    }
    StoredTensor stored{.type = tensor.type, .shape = tensor.shape, .strides = tensor.strides};
    stored.owner = std::make_shared<const SharedBytes>(storage);
    stored.data = storage.data() + (elements == 0 ? 0 : tensor.offset * width);
    stored.byteSwapped = bigEndian && width > 1;
    return stored;
}

}  // namespace

Sections parseTorchZip(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const std::string& name) {
    const ZipArchive archive(bytes, std::move(owner), name);
    const std::string root = rootOf(archive, name);
    const SharedBytes pickle = archive.read(*archive.find(root + "data.pkl"), kLargestPickle);
    const bool bigEndian = isBigEndian(archive, root, name);
    Storages storages(archive, root + "data/", name);
    Sections sections;
    for (const auto& [section, tensors] : unpickleTensors(pickle.span(), name)) {
        for (const auto& [path, tensor] : tensors) sections[section].emplace(path, view(tensor, storages.of(tensor.storage), bigEndian, path, name));
    }
    return sections;
}

Sections readTorchZip(const std::filesystem::path& path) {
    const MappedFile file = mapFile(path);
    return parseTorchZip(file.bytes, file.owner, path.string());
}

}  // namespace tessera
