// SPDX-License-Identifier: Apache-2.0
#include "train/data/kept_dataset.h"

#include <mutex>
#include <utility>

namespace tessera::train {
namespace {

class KeptDataset : public Dataset {
public:
    KeptDataset(std::shared_ptr<const Dataset> dataset, std::uint64_t mostBytes) : m_dataset(std::move(dataset)), m_room(mostBytes), m_kept(m_dataset->size()) {}

    std::size_t size() const override { return m_kept.size(); }

    Example read(std::size_t index) const override {
        {
            const std::scoped_lock lock(m_mutex);
            if (!m_kept[index].picture.empty()) return m_kept[index];
        }
        Example example = m_dataset->read(index);
        const std::scoped_lock lock(m_mutex);
        if (Example& kept = m_kept[index]; kept.picture.empty() && example.picture.byteSize() <= m_room) {
            m_room -= example.picture.byteSize();
            kept = example;
        }
        return example;
    }

private:
    std::shared_ptr<const Dataset> m_dataset;
    mutable std::mutex m_mutex;  ///< for all below
    mutable std::uint64_t m_room;
    mutable std::vector<Example> m_kept;  ///< without a picture: not kept
};

}  // namespace

std::unique_ptr<const Dataset> keptInMemory(std::shared_ptr<const Dataset> dataset, std::uint64_t mostBytes) {
    return std::make_unique<KeptDataset>(std::move(dataset), mostBytes);
}

}  // namespace tessera::train
