// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace tessera {

/// Why a job gave no value. `message` is one sentence for a person, `where` the file, tensor or stage, `action` what to do.
enum class ErrorCode { Cancelled, NotFound, Unreadable, Unsupported, Invalid, Mismatch, NeedsWeights, OutOfMemory, DeviceLost, Internal };

struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;  ///< what happened, without a trailing full stop
    std::string where;    ///< file, tensor or stage; may be empty
    std::string action;   ///< what the person can do; may be empty
    bool operator==(const Error&) const = default;
};

/// "what (where): what to do", one line, as the command line prints it.
std::string toLine(const Error& error);

/// A value or the reason why there is none. Reading the wrong side is a bug and aborts.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return m_state.index() == 0; }
    bool cancelled() const { return !*this && error().code == ErrorCode::Cancelled; }
    const T& value() const& { return *std::get_if<0>(&m_state); }
    T& value() & { return *std::get_if<0>(&m_state); }
    T&& value() && { return std::move(*std::get_if<0>(&m_state)); }
    const Error& error() const { return *std::get_if<1>(&m_state); }

private:
    std::variant<T, Error> m_state;
};

}  // namespace tessera
