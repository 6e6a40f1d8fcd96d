// SPDX-License-Identifier: Apache-2.0
#include "canvas/shader_program.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tessera::canvas {
namespace {

/// Owns a compiled stage until the program is linked.
class Stage {
public:
    Stage(GLenum kind, const std::string& path, const std::string& text) : m_name(glCreateShader(kind)) {
        const char* start = text.c_str();
        glShaderSource(m_name, 1, &start, nullptr);
        glCompileShader(m_name);
        GLint compiled = 0;
        glGetShaderiv(m_name, GL_COMPILE_STATUS, &compiled);
        if (compiled) return;
        std::array<char, 2048> log{};
        glGetShaderInfoLog(m_name, log.size(), nullptr, log.data());
        glDeleteShader(m_name);
        throw DrawingFailure("the shader " + path + " does not compile: " + log.data());
    }
    ~Stage() { glDeleteShader(m_name); }
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    GLuint name() const { return m_name; }

private:
    GLuint m_name;
};

}  // namespace

ShaderProgram::ShaderProgram(const ShaderLibrary& library,
                             const std::string& vertexPath,
                             const std::string& fragmentPath,
                             std::span<const std::string_view> defines) {
    const Stage vertex(GL_VERTEX_SHADER, vertexPath, library.source(vertexPath, defines));
    const Stage fragment(GL_FRAGMENT_SHADER, fragmentPath, library.source(fragmentPath, defines));
    m_name = glCreateProgram();
    glAttachShader(m_name, vertex.name());
    glAttachShader(m_name, fragment.name());
    glLinkProgram(m_name);
    GLint linked = 0;
    glGetProgramiv(m_name, GL_LINK_STATUS, &linked);
    if (!linked) {
        std::array<char, 2048> log{};
        glGetProgramInfoLog(m_name, log.size(), nullptr, log.data());
        glDeleteProgram(std::exchange(m_name, 0));
        throw DrawingFailure("the shaders " + vertexPath + " and " + fragmentPath + " do not link: " + log.data());
    }
    GLint count = 0;
    glGetProgramiv(m_name, GL_ACTIVE_UNIFORMS, &count);
    for (GLint i = 0; i < count; ++i) {
        std::array<char, 128> name{};
        GLint size = 0;
        GLenum type = 0;
        glGetActiveUniform(m_name, static_cast<GLuint>(i), name.size(), nullptr, &size, &type, name.data());
        m_uniforms.push_back({name.data(), glGetUniformLocation(m_name, name.data())});
    }
}

ShaderProgram::~ShaderProgram() {
    if (m_name != 0 && !AbandonedContext::holds()) glDeleteProgram(m_name);
}

ShaderProgram::ShaderProgram(ShaderProgram&& other) noexcept : m_name(std::exchange(other.m_name, 0)), m_uniforms(std::move(other.m_uniforms)) {}

ShaderProgram& ShaderProgram::operator=(ShaderProgram&& other) noexcept {
    std::swap(m_name, other.m_name);
    std::swap(m_uniforms, other.m_uniforms);
    return *this;
}

GLint ShaderProgram::location(const char* name) const {
    const auto found = std::ranges::find(m_uniforms, name, &Uniform::name);
    return found == m_uniforms.end() ? -1 : found->location;
}

}  // namespace tessera::canvas
