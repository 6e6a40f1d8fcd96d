// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>

#include <QByteArray>

#include <tessera/generate.h>

namespace tessera::ui {

/// A trace as the history keeps it: exact, its numbers' bytes sorted by their weight and deflated. Empty for a trace of no codes.
QByteArray bytesOfTrace(const GenerationTrace& trace);
/// Of at most so many codes; nothing for bytes that hold no such trace.
std::optional<GenerationTrace> traceFromBytes(const QByteArray& bytes, std::size_t mostCodes);

}  // namespace tessera::ui
