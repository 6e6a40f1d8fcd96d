// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include <tessera/result.h>

namespace tessera {

/// Thrown inside the engine for hostile files and failed devices; turned into Result at the public edge.
class Failure : public std::exception {
public:
    explicit Failure(Error error);
    Failure(ErrorCode code, std::string message, std::string where = {}, std::string action = {});
    const Error& error() const { return m_error; }
    const char* what() const noexcept override { return m_line.c_str(); }

private:
    Error m_error;
    std::string m_line;
};

/// Thrown when a stop was asked for; not an error of anybody.
struct Cancelled : std::exception {
    const char* what() const noexcept override { return "cancelled"; }
};

/// a * b, or Failure(Invalid) naming `what` when it does not fit: for sizes that files claim.
std::uint64_t checkedProduct(std::uint64_t a, std::uint64_t b, const std::string& what);
std::uint64_t checkedSum(std::uint64_t a, std::uint64_t b, const std::string& what);

[[noreturn]] void assertFailed(const char* condition, const char* file, int line);

}  // namespace tessera

/// Our bug, not the user's: prints and aborts, in every build.
#define TESSERA_ASSERT(condition) ((condition) ? void() : ::tessera::assertFailed(#condition, __FILE__, __LINE__))
