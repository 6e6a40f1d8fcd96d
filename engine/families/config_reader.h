// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace tessera {

/// Reads an upstream config strictly: a key of the wrong type or out of range is a Failure(Invalid) that names the key and the file.
/// Keys that are absent (or null, where a default is given) take the default.
class ConfigReader {
public:
    ConfigReader(nlohmann::json config, std::string file);

    /// The object under `key`, which must be there. Messages name its keys with the path to them: "model.params.embed_dim".
    ConfigReader below(const std::string& key) const;
    std::string nameOf(const std::string& key) const { return m_path + key; }

    bool has(const std::string& key) const;  ///< present and not null
    std::string text(const std::string& key, const std::string& fallback) const;
    bool flag(const std::string& key, bool fallback) const;
    int integer(const std::string& key, int fallback, int low, int high) const;
    int integer(const std::string& key, int low, int high) const;  ///< the key must be there
    double number(const std::string& key, double fallback) const;
    double positive(const std::string& key, double fallback) const;  ///< greater than 0
    /// "mlp_ratio" times the width, cut to a whole number as upstream does.
    int mlpWidth(int width) const;
    /// Failure(Unsupported) for a word other than the one that Tessera computes; an absent key is that.
    void expect(const std::string& key, const std::string& word) const;
    void checkHeads(int heads, int width) const;  ///< heads divide channels
    std::vector<int> integers(const std::string& key, const std::vector<int>& fallback, int low, int high) const;
    /// One number for all of `count`, or a list of as many; the key must be there.
    std::vector<int> integersEach(const std::string& key, int count, int low, int high) const;
    std::vector<std::string> texts(const std::string& key, const std::vector<std::string>& fallback) const;
    const std::string& file() const { return m_file; }

    /// A path that stays below the folder it is looked up in.
    static bool staysBelow(const std::filesystem::path& path);

    /// Failure(Invalid) about this config.
    [[noreturn]] void refuse(const std::string& message) const;

private:
    const nlohmann::json* find(const std::string& key) const;

    nlohmann::json m_config;
    std::string m_file, m_path;
};

}  // namespace tessera
