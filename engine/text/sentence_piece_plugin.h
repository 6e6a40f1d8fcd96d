// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace tessera::text {

/// What libtessera_sentencepiece.so gives to whoever opens it: the SentencePiece library behind plain functions.
///
/// It lies in a library of its own because libsentencepiece exports symbols that LibTorch has too, with other types behind them: its FLAGS_minloglevel is an object
/// where libc10's is an int, and its protobuf is older. Linked into the engine, one of them would write over the other.
struct SentencePiecePlugin {
    int abi = 0;  ///< kSentencePieceAbi, or this is another version's table

    /// Null, and a reason of at most `room` bytes with its zero, for bytes that are no model.
    void* (*open)(const void* bytes, std::size_t size, char* reason, std::size_t room) = nullptr;
    void (*close)(void* model) = nullptr;
    int (*idCount)(const void* model) = nullptr;
    /// Calls `take` for every id of the text; false if the library gave up.
    bool (*encode)(const void* model, const char* text, std::size_t size, void (*take)(void* to, int id), void* to) = nullptr;
    /// Calls `take` once with the text of these ids, all of which are below idCount.
    bool (*decode)(const void* model, const int* ids, std::size_t count, void (*take)(void* to, const char* text, std::size_t size), void* to) = nullptr;
    /// Calls `take` once with the piece of an id below idCount.
    void (*piece)(const void* model, int id, void (*take)(void* to, const char* text, std::size_t size), void* to) = nullptr;
    bool (*isControl)(const void* model, int id) = nullptr;
    int (*idOf)(const void* model, const char* piece, std::size_t size) = nullptr;  ///< the unknown id for what is no piece
    int (*special)(const void* model, int which) = nullptr;                       ///< 0 unknown, 1 begin, 2 end, 3 pad; -1 where there is none
};

constexpr int kSentencePieceAbi = 1;

}  // namespace tessera::text

/// The library's one symbol. Any thread.
extern "C" __attribute__((visibility("default"))) const tessera::text::SentencePiecePlugin* tessera_sentencepiece();
