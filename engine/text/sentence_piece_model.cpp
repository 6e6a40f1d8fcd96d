// SPDX-License-Identifier: Apache-2.0
#include "text/sentence_piece_model.h"

#include <array>
#include <cstdlib>
#include <dlfcn.h>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "core/mapped_file.h"
#include "core/plugin_places.h"
#include "text/sentence_piece_plugin.h"

namespace tessera::text {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "libtessera_sentencepiece.so";
constexpr std::uint64_t kLargestModel = std::uint64_t(64) << 20;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

const SentencePiecePlugin& plugin() {
    static const SentencePiecePlugin* const table = [] {
        std::error_code ignored;
        std::string reason = "it was not built";
        for (const fs::path& path : pluginPlaces(kFileName)) {
            if (!fs::exists(path, ignored)) continue;
            int flags = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;
            // Its own symbols before those of a program that is linked to LibTorch; the sanitizers refuse that.
            if (!kSanitized) flags |= RTLD_DEEPBIND;
            void* library = dlopen(path.c_str(), flags);
            if (library == nullptr) {
                reason = dlerror();
                continue;
            }
            const auto entry = reinterpret_cast<decltype(&tessera_sentencepiece)>(dlsym(library, "tessera_sentencepiece"));
            if (entry != nullptr && entry()->abi == kSentencePieceAbi) return entry();
            reason = path.string() + " is of another version";
        }
        throw Failure(ErrorCode::Unsupported, "the SentencePiece library cannot be opened: " + reason, kFileName, "build the target tessera_sentencepiece");
    }();
    return *table;
}

}  // namespace

SentencePieceModel::SentencePieceModel(const fs::path& path) : m_where(path.string()) {
    readMapped(path, [&](const MappedFile& file) {
        read(file.bytes);
        return true;
    });
}

SentencePieceModel::SentencePieceModel(std::span<const std::byte> bytes, std::string where) : m_where(std::move(where)) { read(bytes); }

void SentencePieceModel::read(std::span<const std::byte> bytes) {
    if (bytes.size() > kLargestModel) throw Failure(ErrorCode::Invalid, "the file is larger than any SentencePiece model", m_where);
    m_userDefined = checkedSentencePieceModel(bytes, m_where);
    std::array<char, 256> reason{};
    void* model = plugin().open(bytes.data(), bytes.size(), reason.data(), reason.size());
    if (model == nullptr) throw Failure(ErrorCode::Invalid, "the SentencePiece library refuses the model: " + shown(reason.data()), m_where, "download it again");
    m_model = std::shared_ptr<void>(model, plugin().close);
}

SentencePieceModel::~SentencePieceModel() = default;

std::vector<int> SentencePieceModel::encode(std::string_view text) const {
    std::vector<int> ids;
    const auto take = [](void* to, int id) { static_cast<std::vector<int>*>(to)->push_back(id); };
    if (!plugin().encode(m_model.get(), text.data(), text.size(), take, &ids)) throw Failure(ErrorCode::Invalid, "the SentencePiece library cannot cut this text", m_where);
    return ids;
}

std::string SentencePieceModel::decode(std::span<const int> ids) const {
    std::vector<int> known;
    for (const int id : ids) {
        if (id >= 0 && id < idCount()) known.push_back(id);
    }
    std::string text;
    const auto take = [](void* to, const char* bytes, std::size_t size) { static_cast<std::string*>(to)->assign(bytes, size); };
    if (!plugin().decode(m_model.get(), known.data(), known.size(), take, &text)) throw Failure(ErrorCode::Invalid, "the SentencePiece library cannot join these ids", m_where);
    return text;
}

int SentencePieceModel::idCount() const { return plugin().idCount(m_model.get()); }

std::string SentencePieceModel::piece(int id) const {
    TESSERA_ASSERT(id >= 0 && id < idCount());
    std::string text;
    plugin().piece(m_model.get(), id, [](void* to, const char* bytes, std::size_t size) { static_cast<std::string*>(to)->assign(bytes, size); }, &text);
    return text;
}

std::optional<int> SentencePieceModel::idOf(std::string_view text) const {
    const int id = plugin().idOf(m_model.get(), text.data(), text.size());
    return id >= 0 && id < idCount() && piece(id) == text ? std::optional(id) : std::nullopt;
}

bool SentencePieceModel::isControl(int id) const { return id >= 0 && id < idCount() && plugin().isControl(m_model.get(), id); }

std::optional<int> SentencePieceModel::special(int which) const {
    const int id = plugin().special(m_model.get(), which);
    return id >= 0 && id < idCount() ? std::optional(id) : std::nullopt;
}
std::optional<int> SentencePieceModel::unknown() const { return special(0); }
std::optional<int> SentencePieceModel::begin() const { return special(1); }
std::optional<int> SentencePieceModel::end() const { return special(2); }
std::optional<int> SentencePieceModel::pad() const { return special(3); }

}  // namespace tessera::text
