// SPDX-License-Identifier: Apache-2.0
#include "families/text_source.h"

#include <algorithm>
#include <mutex>

#include "core/error.h"
#include "text/text_tokenizer.h"

namespace tessera {

struct TextSource::Opened {
    std::mutex mutex;
    std::shared_ptr<const text::TextTokenizer> tokenizer;

    std::shared_ptr<const text::TextTokenizer> get(const TextSource& source) {
        std::lock_guard lock(mutex);
        if (!tokenizer) tokenizer = text::openTokenizer(source.folder, source.rules);
        return tokenizer;
    }
};

std::shared_ptr<TextSource::Opened> TextSource::unopened() { return std::make_shared<Opened>(); }

at::Tensor TextSource::ids(const std::vector<std::string>& texts) const {
    if (texts.empty()) throw Failure(ErrorCode::Invalid, "there is no text", {}, "give at least one");
    const auto tokenizer = opened->get(*this);
    text::ContextRule rule = tokenizer->context();
    rule.length = rule.length > 0 && !padded ? std::min(rule.length, context) : context;
    std::vector<std::vector<int>> rows;
    std::size_t longest = 0;
    for (const std::string& each : texts) {
        rows.push_back(padded ? rule.row(tokenizer->pieces(each)) : rule.unpadded(tokenizer->pieces(each)));
        longest = std::max(longest, rows.back().size());
    }
    const at::Tensor ids = at::empty({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(longest)}, at::kLong);
    auto* out = ids.mutable_data_ptr<std::int64_t>();
    for (std::vector<int>& row : rows) {
        row.resize(longest, rule.pad);
        out = std::ranges::copy(row, out).out;
    }
    return ids;
}

std::vector<std::int64_t> TextSource::pieces(const std::string& text) const {
    const std::vector<int> ids = opened->get(*this)->pieces(text);
    return {ids.begin(), ids.end()};
}

std::vector<std::int64_t> TextSource::prompt(const std::string& text) const {
    const std::vector<int> ids = opened->get(*this)->ids(text);
    return {ids.begin(), ids.end()};
}

int TextSource::idCount() const { return opened->get(*this)->idCount(); }

std::optional<std::int64_t> TextSource::idOf(const std::string& piece) const {
    const auto id = opened->get(*this)->idOf(piece);
    return id ? std::optional<std::int64_t>(*id) : std::nullopt;
}

std::optional<std::int64_t> TextSource::unknown() const {
    const auto id = opened->get(*this)->specials().unknown;
    return id ? std::optional<std::int64_t>(*id) : std::nullopt;
}

std::string TextSource::text(const std::vector<std::int64_t>& ids) const {
    const std::vector<int> narrow(ids.begin(), ids.end());
    return opened->get(*this)->text(narrow);
}

}  // namespace tessera
