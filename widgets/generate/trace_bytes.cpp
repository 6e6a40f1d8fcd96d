// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/trace_bytes.h"

#include <cstring>
#include <vector>

#include <QDataStream>
#include <QtEndian>

namespace tessera::ui {
namespace {

constexpr quint32 kVersion = 1;
constexpr std::size_t kNumber = 4, kHead = 3 * kNumber;  // bytes of each number; of version, codes, whether guidance's gain is there

/// Bytes of one weight lie together: those of small codes and of like exponents take hardly any room then.
template <typename T>
void put(QByteArray& bytes, const std::vector<T>& values) {
    static_assert(sizeof(T) == kNumber);
    const auto* from = reinterpret_cast<const char*>(values.data());
    for (std::size_t weight = 0; weight < kNumber; ++weight) {
        for (std::size_t i = 0; i < values.size(); ++i) bytes.append(from[i * kNumber + weight]);
    }
}

template <typename T>
void take(const char*& at, std::vector<T>& values, std::size_t count) {
    static_assert(sizeof(T) == kNumber);
    values.resize(count);
    auto* to = reinterpret_cast<char*>(values.data());
    for (std::size_t weight = 0; weight < kNumber; ++weight) {
        for (std::size_t i = 0; i < count; ++i) to[i * kNumber + weight] = *at++;
    }
}

std::size_t rawSize(std::size_t codes, bool gain) {
    return kHead + kNumber * codes * (3 + (gain ? 1 : 0) + 2 * GenerationTrace::kAlternatives);
}

}  // namespace

QByteArray bytesOfTrace(const GenerationTrace& trace) {
    if (trace.size() == 0) return {};
    QByteArray bytes;
    bytes.reserve(static_cast<qsizetype>(rawSize(trace.size(), !trace.guidanceGain.empty())));
    QDataStream head(&bytes, QIODevice::WriteOnly);
    head << kVersion << static_cast<quint32>(trace.size()) << static_cast<quint32>(!trace.guidanceGain.empty());
    put(bytes, trace.probability);
    put(bytes, trace.rank);
    put(bytes, trace.entropy);
    put(bytes, trace.guidanceGain);
    put(bytes, trace.alternatives);
    put(bytes, trace.alternativeProbabilities);
    return qCompress(bytes);
}

std::optional<GenerationTrace> traceFromBytes(const QByteArray& bytes, std::size_t mostCodes) {
    // The size of what is inflated stands in front: no more room is made than a trace can take.
    if (bytes.size() < static_cast<qsizetype>(kNumber) || qFromBigEndian<quint32>(bytes.constData()) > rawSize(mostCodes, true)) return {};
    const QByteArray raw = qUncompress(bytes);
    QDataStream head(raw);
    quint32 version = 0, codes = 0, gain = 0;
    head >> version >> codes >> gain;
    if (head.status() != QDataStream::Ok || version != kVersion || codes > mostCodes || gain > 1 || static_cast<std::size_t>(raw.size()) != rawSize(codes, gain == 1)) return {};
    const char* at = raw.constData() + kHead;
    GenerationTrace trace;
    take(at, trace.probability, codes);
    take(at, trace.rank, codes);
    take(at, trace.entropy, codes);
    if (gain == 1) take(at, trace.guidanceGain, codes);
    take(at, trace.alternatives, std::size_t{codes} * GenerationTrace::kAlternatives);
    take(at, trace.alternativeProbabilities, std::size_t{codes} * GenerationTrace::kAlternatives);
    return trace;
}

}  // namespace tessera::ui
