// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/frame_target.h"

#include <QOpenGLContext>
#include <QOpenGLFramebufferObject>
#include <QOpenGLFunctions>

namespace tessera::ui {
namespace {

// As QImage lays its pixels out, whatever the machine's order of bytes.
constexpr GLenum kBgra = 0x80E1, kWholeWords = 0x8367;  // GL_BGRA, GL_UNSIGNED_INT_8_8_8_8_REV

}  // namespace

FrameTarget::FrameTarget() = default;
FrameTarget::~FrameTarget() = default;

bool FrameTarget::bind(QSize size) {
    if (size.isEmpty()) return false;
    if (!m_buffer || m_buffer->size() != size) m_buffer = std::make_unique<QOpenGLFramebufferObject>(size);
    return m_buffer->bind();
}

QImage FrameTarget::read(QSize part, QImage::Format format) const {
    QImage image(part.boundedTo(m_buffer->size()), format);
    if (image.isNull()) return image;
    QOpenGLFunctions* gl = QOpenGLContext::currentContext()->functions();
    gl->glPixelStorei(GL_PACK_ALIGNMENT, 4);
    // OpenGL counts rows from below.
    gl->glReadPixels(0, m_buffer->height() - image.height(), image.width(), image.height(), kBgra, kWholeWords, image.bits());
    image.mirror();
    return image;
}

}  // namespace tessera::ui
