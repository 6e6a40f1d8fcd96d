// SPDX-License-Identifier: Apache-2.0
#include "text/sentence_piece_plugin.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <sentencepiece_processor.h>

namespace {

using sentencepiece::SentencePieceProcessor;
using tessera::text::SentencePiecePlugin;

const SentencePieceProcessor& of(const void* model) { return *static_cast<const SentencePieceProcessor*>(model); }

void tell(const std::string& reason, char* to, std::size_t room) {
    if (room == 0) return;
    const std::size_t size = std::min(reason.size(), room - 1);
    std::memcpy(to, reason.data(), size);
    to[size] = '\0';
}

// No exception may leave this library: it is opened with symbols of its own.

void* open(const void* bytes, std::size_t size, char* reason, std::size_t room) {
    try {
        auto model = std::make_unique<SentencePieceProcessor>();
        const auto status = model->LoadFromSerializedProto({static_cast<const char*>(bytes), size});
        if (status.ok()) return model.release();
        tell(status.ToString(), reason, room);
    } catch (const std::exception& exception) {
        tell(exception.what(), reason, room);
    } catch (...) {
        tell("the library gives no reason", reason, room);
    }
    return nullptr;
}

void close(void* model) { delete static_cast<SentencePieceProcessor*>(model); }

int idCount(const void* model) { return of(model).GetPieceSize(); }

bool encode(const void* model, const char* text, std::size_t size, void (*take)(void*, int), void* to) {
    try {
        std::vector<int> ids;
        if (!of(model).Encode({text, size}, &ids).ok()) return false;
        for (const int id : ids) take(to, id);
        return true;
    } catch (...) {
        return false;
    }
}

bool decode(const void* model, const int* ids, std::size_t count, void (*take)(void*, const char*, std::size_t), void* to) {
    try {
        std::string text;
        if (!of(model).Decode(std::vector<int>(ids, ids + count), &text).ok()) return false;
        take(to, text.data(), text.size());
        return true;
    } catch (...) {
        return false;
    }
}

void piece(const void* model, int id, void (*take)(void*, const char*, std::size_t), void* to) {
    const std::string& text = of(model).IdToPiece(id);
    take(to, text.data(), text.size());
}

bool isControl(const void* model, int id) { return of(model).IsControl(id); }

int idOf(const void* model, const char* text, std::size_t size) { return of(model).PieceToId({text, size}); }

int special(const void* model, int which) {
    switch (which) {
        case 0: return of(model).unk_id();
        case 1: return of(model).bos_id();
        case 2: return of(model).eos_id();
        default: return of(model).pad_id();
    }
}

constexpr SentencePiecePlugin kTable = {tessera::text::kSentencePieceAbi, open, close, idCount, encode, decode, piece, isControl, idOf, special};

}  // namespace

const tessera::text::SentencePiecePlugin* tessera_sentencepiece() { return &kTable; }
