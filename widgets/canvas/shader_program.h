// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "canvas/gl_objects.h"
#include "canvas/shader_source.h"

namespace tessera::canvas {

/// A vertex and a fragment shader of shaders/, linked. Needs the context current throughout its life.
class ShaderProgram {
public:
    /// Paths below shaders/. Throws DrawingFailure with the compiler's words.
    ShaderProgram(const ShaderLibrary& library,
                  const std::string& vertexPath,
                  const std::string& fragmentPath,
                  std::span<const std::string_view> defines = {});
    ~ShaderProgram();
    ShaderProgram(ShaderProgram&& other) noexcept;
    ShaderProgram& operator=(ShaderProgram&& other) noexcept;

    void use() const { glUseProgram(m_name); }
    /// Of the program in use; a name that the compiler dropped is ignored.
    void set(const char* name, int value) const { glUniform1i(location(name), value); }
    void set(const char* name, float x) const { glUniform1f(location(name), x); }
    void set(const char* name, float x, float y) const { glUniform2f(location(name), x, y); }
    void set(const char* name, float x, float y, float z, float w) const { glUniform4f(location(name), x, y, z, w); }

private:
    GLint location(const char* name) const;

    GLuint m_name = 0;
    struct Uniform {
        std::string name;
        GLint location = -1;
    };
    std::vector<Uniform> m_uniforms;
};

}  // namespace tessera::canvas
