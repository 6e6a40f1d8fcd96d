// SPDX-License-Identifier: Apache-2.0
#include "core/error.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace tessera {

std::string toLine(const Error& error) {
    std::string line = error.message.empty() ? std::string("something failed without saying why") : error.message;
    if (!error.where.empty()) line += " (" + error.where + ")";
    if (!error.action.empty()) line += ": " + error.action;
    for (char& c : line) {
        if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    }
    return line;
}

Failure::Failure(Error error) : m_error(std::move(error)), m_line(toLine(m_error)) {}

Failure::Failure(ErrorCode code, std::string message, std::string where, std::string action)
    : Failure(Error{code, std::move(message), std::move(where), std::move(action)}) {}

std::uint64_t checkedProduct(std::uint64_t a, std::uint64_t b, const std::string& what) {
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) {
        throw Failure(ErrorCode::Invalid, "a size does not fit into 64 bits", what, "the file is damaged: download or save it again");
    }
    return product;
}

std::uint64_t checkedSum(std::uint64_t a, std::uint64_t b, const std::string& what) {
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) {
        throw Failure(ErrorCode::Invalid, "a size does not fit into 64 bits", what, "the file is damaged: download or save it again");
    }
    return sum;
}

void assertFailed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: this must hold and does not: %s\n", file, line, condition);
    std::abort();
}

}  // namespace tessera
