// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QImage>

class QOpenGLFramebufferObject;

namespace tessera::ui {

/// A framebuffer of the current OpenGL context that is read back into memory. Made, used and ended with that context current.
class FrameTarget {
public:
    FrameTarget();
    ~FrameTarget();
    FrameTarget(const FrameTarget&) = delete;
    FrameTarget& operator=(const FrameTarget&) = delete;

    /// Binds a framebuffer of that size in device pixels; what it holds is left open. False if there cannot be one.
    bool bind(QSize size);
    /// Its upper left part, as opaque pixels or with premultiplied alpha.
    QImage read(QSize part, QImage::Format format) const;

private:
    std::unique_ptr<QOpenGLFramebufferObject> m_buffer;
};

}  // namespace tessera::ui
