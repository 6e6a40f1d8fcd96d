// SPDX-License-Identifier: Apache-2.0
#include "text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/error.h"
#include "text/time_limit.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

constexpr std::size_t kLongestPattern = 64 * 1024;

struct Watch {
    TimeLimit::Clock::time_point end = TimeLimit::end();
    unsigned count = 0;

    bool isOver() { return ++count % 256 == 0 && TimeLimit::Clock::now() > end; }
};

// PCRE2's own limit counts no steps within a repeated character, where a pattern like "a*a*c" spends its time: it is asked at every item instead.
int stopWhenOver(pcre2_callout_block*, void* watch) { return static_cast<Watch*>(watch)->isOver() ? PCRE2_ERROR_CALLOUT : 0; }

/// PCRE2's own "\s" holds U+180E, which is no space since Unicode 6.3.
std::string withWhiteSpace(std::string_view pattern) {
    constexpr std::string_view inside = R"(\x{9}-\x{d}\x{85}\p{Z})";
    std::string result;
    int depth = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '[') ++depth;
        if (c == ']' && depth > 0) --depth;
        if (c != '\\' || i + 1 == pattern.size()) {
            result += c;
            continue;
        }
        const char escaped = pattern[++i];
        if (escaped == 's') result.append(depth > 0 ? "" : "[").append(inside).append(depth > 0 ? "" : "]");
        else if (escaped == 'S' && depth == 0) result.append("[^").append(inside).append("]");
        else result.append({'\\', escaped});
    }
    return result;
}

std::string messageOf(int code) {
    PCRE2_UCHAR text[256];
    pcre2_get_error_message(code, text, sizeof text);
    return reinterpret_cast<const char*>(text);
}

}  // namespace

struct Regex::Code {
    std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> pattern{nullptr, &pcre2_code_free};
};

/// What one search over a text needs, and when it has to be done.
struct Regex::Search {
    explicit Search(const Regex& regex)
        : match(pcre2_match_data_create_from_pattern(regex.m_code->pattern.get(), nullptr), &pcre2_match_data_free),
          context(pcre2_match_context_create(nullptr), &pcre2_match_context_free) {
        if (!match || !context) throw std::bad_alloc();
        if (regex.m_watched) TimeLimit::check();
        pcre2_set_heap_limit(context.get(), 64 * 1024);  // KiB
        if (regex.m_watched) pcre2_set_callout(context.get(), stopWhenOver, &watch);
    }
    std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match;
    std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)> context;
    Watch watch;
};

Regex::Regex(std::string_view pattern, const std::string& where, Origin origin) : m_code(std::make_unique<Code>()), m_where(where), m_watched(origin == Origin::File) {
    if (pattern.size() > kLongestPattern) throw Failure(ErrorCode::Unsupported, "a pattern of " + std::to_string(pattern.size()) + " bytes is too long", where);
    checkUtf8(pattern, where);
    const std::string written = withWhiteSpace(pattern);
    int error = 0;
    PCRE2_SIZE offset = 0;
    const std::uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | (m_watched ? PCRE2_AUTO_CALLOUT : 0) | (origin == Origin::OursInAnyCase ? PCRE2_CASELESS : 0);
    m_code->pattern.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(written.data()), written.size(), options, &error, &offset, nullptr));
    if (!m_code->pattern) throw Failure(ErrorCode::Invalid, "the pattern cannot be read: " + messageOf(error), where);
    pcre2_jit_compile(m_code->pattern.get(), PCRE2_JIT_COMPLETE);  // without it, the interpreter is used
}

Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;

std::optional<Span> Regex::next(std::string_view text, std::size_t from, Search& search) const {
    while (from <= text.size()) {
        const auto match = [&](std::uint32_t options) {
            return pcre2_match(m_code->pattern.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, options, search.match.get(), search.context.get());
        };
        int found = match(PCRE2_NO_UTF_CHECK);
        if (found == PCRE2_ERROR_JIT_STACKLIMIT) found = match(PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT);
        if (found == PCRE2_ERROR_NOMATCH) return std::nullopt;
        if (found == PCRE2_ERROR_CALLOUT || found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_DEPTHLIMIT || found == PCRE2_ERROR_HEAPLIMIT) {
            throw Failure(ErrorCode::Unsupported, "the pattern takes too long on this text", m_where, "shorten the text");
        }
        if (found < 0) throw Failure(ErrorCode::Unsupported, "the pattern does not work on this text: " + messageOf(found), m_where, "shorten the text");
        const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(search.match.get());
        if (ends[1] > ends[0]) return Span{ends[0], ends[1]};
        // An empty match, or one that "\K" turned around: look behind it.
        from = std::max<std::size_t>(from, ends[1]);
        if (from == text.size()) return std::nullopt;
        nextCodePoint(text, from);
    }
    return std::nullopt;
}

std::optional<Span> Regex::find(std::string_view text, std::size_t from) const {
    Search search(*this);
    return next(text, from, search);
}

std::vector<Span> Regex::all(std::string_view text) const {
    std::vector<Span> matches;
    Search search(*this);
    for (std::size_t at = 0; at < text.size();) {
        const auto match = next(text, at, search);
        if (!match) break;
        // "\K" in a lookbehind can begin before the last match's end.
        if (match->begin >= at) matches.push_back(*match);
        at = std::max(at + 1, match->end);
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    }
    return matches;
}

std::string Regex::replaced(std::string_view text, std::string_view by) const {
    std::string result;
    std::size_t at = 0;
    for (const Span& match : all(text)) {
        result.append(text, at, match.begin - at).append(by);
        checkLength(result.size());
        at = match.end;
    }
    return result.append(text, at);
}

}  // namespace tessera::text
