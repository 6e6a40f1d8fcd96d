// SPDX-License-Identifier: Apache-2.0
#include "train/data/named_dataset.h"

#include <algorithm>
#include <utility>

#include "core/error.h"

namespace tessera::train {
namespace {

class NamedDataset final : public StoredDataset {
public:
    NamedDataset(std::unique_ptr<const StoredDataset> all, std::vector<std::size_t> places) : m_all(std::move(all)), m_places(std::move(places)) {}

    std::size_t size() const override { return m_places.size(); }
    std::string path(std::size_t index) const override { return m_all->path(m_places[index]); }
    std::string name(std::size_t index) const override { return m_all->name(m_places[index]); }
    std::string place(std::size_t index) const override { return m_all->place(m_places[index]); }
    ExampleTexts texts(std::size_t index) const override { return m_all->texts(m_places[index]); }
    SharedBytes file(std::size_t index) const override { return m_all->file(m_places[index]); }

private:
    std::unique_ptr<const StoredDataset> m_all;
    std::vector<std::size_t> m_places;
};

}  // namespace

std::unique_ptr<const StoredDataset> openNamed(const std::filesystem::path& path, const std::vector<std::string>& beginnings) {
    std::unique_ptr<const StoredDataset> all = openDataset(path);
    if (beginnings.empty()) return all;
    std::vector<std::size_t> places;
    std::vector<bool> fits(beginnings.size());
    for (std::size_t i = 0; i < all->size(); ++i) {
        const std::string file = std::filesystem::path(all->name(i)).filename().string();
        bool chosen = false;
        for (std::size_t k = 0; k < beginnings.size(); ++k) {
            if (!file.starts_with(beginnings[k])) continue;
            chosen = fits[k] = true;
        }
        if (chosen) places.push_back(i);
    }
    if (const auto none = std::ranges::find(fits, false); none != fits.end()) {
        throw Failure(ErrorCode::NotFound, "no picture's name begins with " + beginnings[static_cast<std::size_t>(none - fits.begin())], path.string(), "check data.only, or leave it out");
    }
    return std::make_unique<NamedDataset>(std::move(all), std::move(places));
}

}  // namespace tessera::train
