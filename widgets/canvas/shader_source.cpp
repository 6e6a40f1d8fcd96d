// SPDX-License-Identifier: Apache-2.0
#include "canvas/shader_source.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "canvas/gl_objects.h"

namespace tessera::canvas {

std::string ShaderLibrary::text(const std::string& path) const {
    if (!m_directory.empty()) {
        std::ifstream file(m_directory + "/" + path, std::ios::binary);
        if (!file) throw DrawingFailure("the shader " + m_directory + "/" + path + " cannot be read");
        std::ostringstream content;
        content << file.rdbuf();
        return content.str();
    }
    const auto shaders = embeddedShaders();
    const auto found = std::ranges::find(shaders, std::string_view(path), &EmbeddedShader::path);
    if (found == shaders.end()) throw DrawingFailure("the program holds no shader " + path);
    return std::string(found->text);
}

void ShaderLibrary::append(std::string& result, const std::string& path, std::vector<std::string>& chain) const {
    if (std::ranges::find(chain, path) != chain.end()) throw DrawingFailure("the shader " + path + " includes itself");
    chain.push_back(path);
    constexpr std::string_view kInclude = "#include \"";
    std::istringstream lines(text(path));
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (line.starts_with(kInclude)) {
            const std::size_t end = line.find('"', kInclude.size());
            append(result, "include/" + line.substr(kInclude.size(), end - kInclude.size()), chain);
            // Messages of the compiler count lines of the file that they name.
            result += "#line " + std::to_string(number + 1) + "\n";
        } else {
            result += line + "\n";
        }
    }
    chain.pop_back();
}

std::string ShaderLibrary::source(const std::string& path, std::span<const std::string_view> defines) const {
    std::string result;
    std::vector<std::string> chain;
    append(result, path, chain);
    const std::size_t version = result.find("#version");
    if (version == std::string::npos) throw DrawingFailure("the shader " + path + " does not say its #version");
    std::string lines;
    for (const std::string_view name : defines) lines += "#define " + std::string(name) + "\n";
    result.insert(result.find('\n', version) + 1, lines);
    return result;
}

}  // namespace tessera::canvas
