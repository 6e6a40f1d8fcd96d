// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::canvas {

/// One file of shaders/, as it was when the program was built.
struct EmbeddedShader {
    std::string_view path;  ///< below shaders/: "canvas/picture.vert"
    std::string_view text;
};
std::span<const EmbeddedShader> embeddedShaders();

/// Reads shaders by their path below shaders/: from a folder, or from the program where that is empty.
class ShaderLibrary {
public:
    explicit ShaderLibrary(std::string directory = {}) : m_directory(std::move(directory)) {}

    /// The text for the compiler: #include "file" lines replaced by files of shaders/include, `defines` set after #version.
    /// Throws DrawingFailure if a file is missing or includes itself.
    std::string source(const std::string& path, std::span<const std::string_view> defines = {}) const;

private:
    std::string text(const std::string& path) const;
    void append(std::string& result, const std::string& path, std::vector<std::string>& chain) const;

    std::string m_directory;
};

}  // namespace tessera::canvas
