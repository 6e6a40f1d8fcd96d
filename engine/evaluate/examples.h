// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "train/data/dataset.h"

namespace tessera::evaluation {

/// Pictures of several places one after another.
class Examples {
public:
    /// Each a picture's file, or what openDataset() takes. Throws Failure in one sentence.
    explicit Examples(const std::vector<std::string>& paths);

    std::size_t size() const { return m_size; }
    std::string path(std::size_t index) const;
    /// Throws Failure.
    SharedBytes file(std::size_t index) const;
    /// What the picture shows: its first text, unless that is said to be no name. Empty where there is none. Throws Failure.
    std::string name(std::size_t index) const;

private:
    struct Part {
        std::size_t begin = 0;
        std::unique_ptr<const train::StoredDataset> dataset;
    };
    void add(std::unique_ptr<const train::StoredDataset> dataset);
    const Part& partOf(std::size_t index) const;

    std::vector<Part> m_parts;
    std::size_t m_size = 0;
};

}  // namespace tessera::evaluation
