// SPDX-License-Identifier: Apache-2.0
#include "support/text_files.h"

#include <fstream>
#include <iterator>

namespace tessera::test {

std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::vector<std::string>> recordsOf(const std::string& csv) {
    std::vector<std::vector<std::string>> records{{""}};
    bool quoted = false;
    for (std::size_t i = 0; i < csv.size(); ++i) {
        if (quoted && csv[i] == '"' && i + 1 < csv.size() && csv[i + 1] == '"') records.back().back() += csv[i++];
        else if (csv[i] == '"') quoted = !quoted;
        else if (!quoted && csv[i] == ',') records.back().emplace_back();
        else if (!quoted && csv[i] == '\n') records.push_back({""});
        else records.back().back() += csv[i];
    }
    records.pop_back();
    return records;
}

}  // namespace tessera::test
