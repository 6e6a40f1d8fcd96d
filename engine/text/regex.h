// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::text {

/// A part of a text, in bytes.
struct Span {
    std::size_t begin = 0, end = 0;
    std::size_t size() const { return end - begin; }
    std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
    bool operator==(const Span&) const = default;
};

/// A Unicode pattern by PCRE2; "\s" is White_Space, as Rust, Oniguruma and Python's regex read it. Thread-safe once made.
///
/// A pattern out of a file that needs too long ends in Failure(Unsupported), never in a hang.
class Regex {
public:
    /// Where a pattern comes from: ours are known to take linear time, and are not watched.
    enum class Origin { File, Ours, OursInAnyCase };
    /// Throws Failure(Invalid) that names `where` for what is no pattern.
    Regex(std::string_view pattern, const std::string& where, Origin origin = Origin::File);
    ~Regex();
    Regex(Regex&&) noexcept;

    /// The first match at or behind `from` that is not empty. The text is valid UTF-8.
    std::optional<Span> find(std::string_view text, std::size_t from = 0) const;
    /// All of them, from left to right, none over another.
    std::vector<Span> all(std::string_view text) const;
    /// Every match replaced by the same text.
    std::string replaced(std::string_view text, std::string_view by) const;

private:
    struct Code;
    struct Search;
    std::optional<Span> next(std::string_view text, std::size_t from, Search& search) const;
    std::unique_ptr<Code> m_code;
    std::string m_where;
    bool m_watched;
};

}  // namespace tessera::text
