// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Compiles an inline loop twice, for any x86-64 and for AVX2 with FMA, and picks one by what the processor has.
///
///   template <typename T> [[gnu::always_inline]] inline void addRows(const T* from, float* to, int count) { ... }
///   TESSERA_WIDE(addRows)           // defines addRowsFast(same arguments)
#if defined(__x86_64__)
namespace tessera {
inline bool hasWideVectors() {
    static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return has;
}
}  // namespace tessera
#define TESSERA_WIDE(function)                                                              \
    template <typename... Arguments>                                                        \
    __attribute__((target("avx2,fma"), noinline)) void function##Wide(Arguments... arguments) { \
        function(arguments...);                                                             \
    }                                                                                       \
    template <typename... Arguments>                                                        \
    __attribute__((noinline)) void function##Plain(Arguments... arguments) {                \
        function(arguments...);                                                             \
    }                                                                                       \
    template <typename... Arguments>                                                        \
    void function##Fast(Arguments... arguments) {                                           \
        if (tessera::hasWideVectors()) function##Wide(arguments...);                        \
        else function##Plain(arguments...);                                                 \
    }
#else
#define TESSERA_WIDE(function)                          \
    template <typename... Arguments>                    \
    void function##Fast(Arguments... arguments) {       \
        function(arguments...);                         \
    }
#endif
