// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <epoxy/gl.h>

#include <stdexcept>
#include <utility>

namespace tessera::canvas {

/// What could not be drawn, as a sentence; never leaves the canvas as an exception.
struct DrawingFailure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// While one lives, this thread's GL objects are forgotten instead of freed: their context is gone, and the names may be another one's.
class AbandonedContext {
public:
    AbandonedContext() { ++s_depth; }
    ~AbandonedContext() { --s_depth; }
    AbandonedContext(const AbandonedContext&) = delete;
    AbandonedContext& operator=(const AbandonedContext&) = delete;
    static bool holds() { return s_depth > 0; }

private:
    static inline thread_local int s_depth = 0;
};

/// Owns one GL name; made and destroyed with the context current.
template <void (*make)(GLuint*), void (*destroy)(GLuint)>
class GlObject {
public:
    GlObject() { make(&m_name); }
    ~GlObject() {
        if (m_name != 0 && !AbandonedContext::holds()) destroy(m_name);
    }
    GlObject(GlObject&& other) noexcept : m_name(std::exchange(other.m_name, 0)) {}
    GlObject& operator=(GlObject&& other) noexcept {
        std::swap(m_name, other.m_name);
        return *this;
    }
    GLuint name() const { return m_name; }

private:
    GLuint m_name = 0;
};

// Not epoxy's names themselves: those are macros over function pointers.
namespace gl {
inline void makeTexture(GLuint* name) { glGenTextures(1, name); }
inline void destroyTexture(GLuint name) { glDeleteTextures(1, &name); }
inline void makeBuffer(GLuint* name) { glGenBuffers(1, name); }
inline void destroyBuffer(GLuint name) { glDeleteBuffers(1, &name); }
inline void makeVertexArray(GLuint* name) { glGenVertexArrays(1, name); }
inline void destroyVertexArray(GLuint name) { glDeleteVertexArrays(1, &name); }
inline void makeSampler(GLuint* name) { glGenSamplers(1, name); }
inline void destroySampler(GLuint name) { glDeleteSamplers(1, &name); }
}  // namespace gl

using GlTexture = GlObject<gl::makeTexture, gl::destroyTexture>;
using GlBuffer = GlObject<gl::makeBuffer, gl::destroyBuffer>;
using GlVertexArray = GlObject<gl::makeVertexArray, gl::destroyVertexArray>;
using GlSampler = GlObject<gl::makeSampler, gl::destroySampler>;

}  // namespace tessera::canvas
