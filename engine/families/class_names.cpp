// SPDX-License-Identifier: Apache-2.0
#include "families/class_names.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <numeric>

#include "core/error.h"
#include "families/image_net_names.h"
#include "text/edit_distance.h"
#include "text/unicode_text.h"

namespace tessera {
namespace {

constexpr std::size_t kNamed = 3;
constexpr int kImageNetClasses = 1000;

std::string plain(std::string_view text) {
    std::string result(text::stripped(std::string(text)));
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return c == '_' ? ' ' : static_cast<char>(std::tolower(c)); });
    return result;
}

/// Between commas, and all of it.
std::vector<std::string> synonyms(const std::string& name) {
    std::vector<std::string> result{plain(name)};
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find(',', begin), name.size());
        result.push_back(plain(std::string_view(name).substr(begin, end - begin)));
        begin = end + 1;
    }
    return result;
}

/// What one must type less or more counts less than what is another word.
int strangeness(const std::string& asked, const std::string& name) {
    int least = 1000;
    for (const std::string& each : synonyms(name)) {
        const bool inside = !each.empty() && (each.find(asked) != std::string::npos || asked.find(each) != std::string::npos);
        least = std::min(least, inside ? 1 : 1 + text::editDistance(asked, each));
    }
    return least;
}

}  // namespace

ClassNames::ClassNames(int count, std::vector<std::string> names) : m_count(count), m_names(std::move(names)) {
    if (m_names.empty() && count == kImageNetClasses) m_names = namesInLines(std::string(kImageNetNames));
}

int ClassNames::find(std::string_view prompt) const {
    const std::string asked = plain(prompt);
    int number = -1;
    const auto read = std::from_chars(asked.data(), asked.data() + asked.size(), number);
    const bool whole = !asked.empty() && read.ptr == asked.data() + asked.size() && std::ranges::all_of(asked, [](unsigned char c) { return std::isdigit(c); });
    if (whole && read.ec == std::errc() && number < m_count) return number;
    const std::string numbers = "0 to " + std::to_string(m_count - 1);
    if (whole) throw Failure(ErrorCode::Invalid, "there is no class " + asked, "generate", "use a number from " + numbers);
    for (std::size_t i = 0; i < m_names.size(); ++i) {
        if (std::ranges::count(synonyms(m_names[i]), asked) > 0) return static_cast<int>(i);
    }
    std::string quoted = "\"";
    quoted.append(prompt).append("\"");
    if (m_names.empty()) throw Failure(ErrorCode::Invalid, "this model draws classes by number, and " + quoted + " is none", "generate", "use a number from " + numbers + ", or put the names into classes.txt beside its config");
    throw Failure(ErrorCode::Invalid, "there is no class " + quoted, "generate", "the nearest are " + nearest(asked) + "; a number from " + numbers + " will do too");
}

std::string ClassNames::nearest(const std::string& asked) const {
    std::vector<std::size_t> order(m_names.size());
    std::vector<int> strange;
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (const std::string& name : m_names) strange.push_back(strangeness(asked, name));
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return strange[i]; });
    std::string text;
    for (std::size_t i = 0; i < std::min(kNamed, order.size()); ++i) text.append(i ? ", \"" : "\"").append(m_names[order[i]]).append("\" (").append(std::to_string(order[i])).append(")");
    return text;
}

std::vector<std::string> namesInLines(const std::string& text) {
    std::vector<std::string> names;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        names.emplace_back(text::stripped(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    while (!names.empty() && names.back().empty()) names.pop_back();
    return names;
}

}  // namespace tessera
