// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tessera {

/// The classes that a model draws: by number from 0 and, where they are known, by name.
class ClassNames {
public:
    ClassNames() = default;
    /// `names` is empty, or has one for each class; a name may be several between commas, any of which will do.
    /// Of exactly 1000 classes without names of their own those are ImageNet's (ILSVRC-2012, in the usual order), which models of that many classes are trained on; one that is not says so by names of its own.
    ClassNames(int count, std::vector<std::string> names);

    int count() const { return m_count; }
    const std::vector<std::string>& names() const { return m_names; }
    /// The class that a prompt means, whatever its case. Throws Failure(Invalid) that says what there is: the names nearest to it.
    int find(std::string_view prompt) const;

private:
    std::string nearest(const std::string& asked) const;

    int m_count = 0;
    std::vector<std::string> m_names;
};

/// Lines of a text file without those that are empty at its end.
std::vector<std::string> namesInLines(const std::string& text);

}  // namespace tessera
