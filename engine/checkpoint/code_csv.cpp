// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/code_csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <vector>

#include "checkpoint/file_words.h"
#include "checkpoint/whole_numbers.h"
#include "core/error.h"
#include "core/mapped_file.h"
#include "core/regular_file.h"

namespace tessera {
namespace {

constexpr std::string_view kHead = "picture,row,column", kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kSeparators = ",;\t";  ///< what spreadsheets write in one country or another
constexpr std::int64_t kMostDepths = 256, kMostSide = 1 << 20;
constexpr std::size_t kPlace = 3;  ///< numbers before the codes

std::string_view withoutMark(std::string_view text) {
    return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

/// What parts the columns under this head; nothing if it is none.
std::optional<char> separatorOf(std::string_view head) {
    for (const char separator : kSeparators) {
        std::string wanted(kHead);
        std::ranges::replace(wanted, ',', separator);
        if (head.starts_with(wanted)) return separator;
    }
    return std::nullopt;
}

/// A spreadsheet fills every line up to the widest one, and puts quotes around a text with its separator.
std::string_view withoutFilling(std::string_view line) {
    const std::size_t last = line.find_last_not_of(kSeparators);
    line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
    if (line.starts_with("\"#") && line.ends_with('"')) line = line.substr(1, line.size() - 2);
    return line;
}

class Parser {
public:
    Parser(std::string_view text, const std::string& name) : m_text(withoutMark(text)), m_name(name) {}

    CodeTable parse() {
        CodeTable table;
        std::vector<std::vector<std::int64_t>> lines;
        std::size_t depths = 0;
        while (const auto line = nextLine()) {
            const std::string_view filled = withoutFilling(*line);
            if (filled.starts_with("#")) {
                if (const std::size_t colon = filled.find(": "); colon != std::string_view::npos && colon > 2) table.words.emplace(filled.substr(2, colon - 2), filled.substr(colon + 2));
            } else if (depths == 0) {
                depths = depthsOf(filled);
            } else if (!filled.empty()) {
                lines.push_back(numbersOf(filled, kPlace + depths));
            }
        }
        if (depths == 0) refuse("this table has no head", "begin it with " + std::string(kHead) + ",depth 1");
        if (lines.empty()) refuse("this table holds no codes", "give one line per cell");
        table.codes = gridOf(std::move(lines), depths);
        return table;
    }

private:
    [[noreturn]] void refuse(const std::string& what, const std::string& action) const {
        throw Failure(ErrorCode::Invalid, what, m_line > 0 ? m_name + ", line " + std::to_string(m_line) : m_name, action);
    }

    std::optional<std::string_view> nextLine() {
        if (m_at >= m_text.size()) return std::nullopt;
        const std::size_t end = std::min(m_text.find('\n', m_at), m_text.size());
        std::string_view line = m_text.substr(m_at, end - m_at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        m_at = end + 1;
        ++m_line;
        return line;
    }

    std::size_t depthsOf(std::string_view head) {
        if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) refuse("this table is in UTF-16", "save it as CSV in UTF-8");
        const auto separator = separatorOf(head);
        if (!separator) refuse("this is no table of codes: it begins with " + shown(head), "begin it with " + std::string(kHead) + ",depth 1");
        m_separator = *separator;
        const auto depths = static_cast<std::size_t>(std::ranges::count(head.substr(kHead.size()), m_separator));
        if (depths == 0 || depths > kMostDepths) refuse("a table of codes has 1 to " + std::to_string(kMostDepths) + " depths, and this one " + std::to_string(depths), "give a column for each depth");
        return depths;
    }

    std::vector<std::int64_t> numbersOf(std::string_view line, std::size_t count) const {
        std::vector<std::int64_t> numbers;
        const char *at = line.data(), *end = line.data() + line.size();
        while (true) {
            std::int64_t number = 0;
            const auto [stop, error] = std::from_chars(at, end, number);
            if (error != std::errc() || (stop != end && *stop != m_separator)) refuse("this is no line of whole numbers: " + shown(line), "give " + std::to_string(count) + " of them, separated as in the head");
            numbers.push_back(number);
            if (stop == end) break;
            at = stop + 1;
        }
        if (numbers.size() != count) refuse("this line holds " + std::to_string(numbers.size()) + " numbers", "give " + std::to_string(count) + ", as the head has columns");
        for (std::size_t i = 0; i < kPlace; ++i) {
            if (numbers[i] < 0 || numbers[i] >= kMostSide) refuse("a place of " + std::to_string(numbers[i]) + " is none", "count pictures, rows and columns from 0");
        }
        return numbers;
    }

    HostTensor gridOf(std::vector<std::vector<std::int64_t>> lines, std::size_t depths) {
        std::ranges::sort(lines);
        std::array<std::int64_t, kPlace> sides{};
        for (const auto& line : lines) {
            for (std::size_t i = 0; i < kPlace; ++i) sides[i] = std::max(sides[i], line[i] + 1);
        }
        m_line = 0;
        const std::uint64_t cells = checkedProduct(checkedProduct(sides[0], sides[1], "codes"), sides[2], "codes");
        if (cells != lines.size()) {
            refuse("a grid of " + std::to_string(sides[0]) + " x " + std::to_string(sides[1]) + " x " + std::to_string(sides[2]) + " cells needs " + std::to_string(cells) + " lines, and there are " +
                       std::to_string(lines.size()), "give every cell of every picture once");
        }
        std::vector<std::byte> bytes(cells * depths * sizeof(std::int64_t));
        std::size_t place = 0;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (i > 0 && std::equal(lines[i].begin(), lines[i].begin() + kPlace, lines[i - 1].begin())) {
                refuse("picture " + std::to_string(lines[i][0]) + ", row " + std::to_string(lines[i][1]) + ", column " + std::to_string(lines[i][2]) + " is there twice", "give every cell once");
            }
            std::memcpy(bytes.data() + place, lines[i].data() + kPlace, depths * sizeof(std::int64_t));
            place += depths * sizeof(std::int64_t);
        }
        return {DType::I64, {sides[0], sides[1], sides[2], static_cast<std::int64_t>(depths)}, SharedBytes(std::move(bytes))};
    }

    std::string_view m_text;
    const std::string& m_name;
    std::size_t m_at = 0, m_line = 0;
    char m_separator = ',';
};

}  // namespace

std::string pictureSizeWord(const HostTensor& sizes) {
    std::string word;
    const auto* numbers = reinterpret_cast<const std::int64_t*>(sizes.bytes.data());
    for (std::int64_t i = 0; i < sizes.elements(); ++i) word += (i == 0 ? "" : i % 2 == 0 ? ", " : " ") + std::to_string(numbers[i]);
    return word;
}

HostTensor pictureSizeFrom(const std::string& word, const std::string& name) {
    std::vector<std::int64_t> numbers;
    const char *at = word.data(), *end = at + word.size();
    while (at != end) {
        std::int64_t number = 0;
        const auto [rest, error] = std::from_chars(at, end, number);
        if (error != std::errc() || number <= 0) break;
        numbers.push_back(number);
        at = rest;
        while (at != end && (*at == ' ' || *at == ',')) ++at;
    }
    if (at != end || numbers.empty() || numbers.size() % 2 != 0) {
        throw Failure(ErrorCode::Invalid, std::string("its ") + kPictureSizeWord + " is no list of heights and widths", name, "write them as \"193 257\", or leave the line out");
    }
    std::vector<std::byte> bytes(numbers.size() * sizeof(std::int64_t));
    std::memcpy(bytes.data(), numbers.data(), bytes.size());
    return {.type = DType::I64, .shape = {static_cast<std::int64_t>(numbers.size() / 2), 2}, .bytes = SharedBytes(std::move(bytes))};
}

void writeCodeCsv(const std::filesystem::path& path, const HostTensor& codes, const std::map<std::string, std::string>& words) {
    if (codes.shape.size() != 4 || codes.elements() == 0) throw Failure(ErrorCode::Invalid, "codes of shape " + shown(codes.shape) + " make no table", path.string(), "give [B, rows, columns, D]");
    std::string text;
    for (const auto& [word, value] : words) {
        std::string line = value;
        std::ranges::replace(line, '\n', ' ');
        text += "# " + word + ": " + line + "\n";
    }
    text += kHead;
    for (std::int64_t depth = 1; depth <= codes.shape[3]; ++depth) text.append(",depth ").append(std::to_string(depth));
    text += "\n";
    std::size_t index = 0;
    for (std::int64_t picture = 0; picture < codes.shape[0]; ++picture) {
        for (std::int64_t row = 0; row < codes.shape[1]; ++row) {
            for (std::int64_t column = 0; column < codes.shape[2]; ++column) {
                text += std::to_string(picture) + "," + std::to_string(row) + "," + std::to_string(column);
                for (std::int64_t depth = 0; depth < codes.shape[3]; ++depth) text.append(",").append(std::to_string(wholeNumberAt(codes, index++, "codes")));
                text += "\n";
            }
        }
    }
    TemporaryFile file(path);
    file.write(std::as_bytes(std::span(text)));
    file.sync();
    file.rename();
}

bool looksLikeCodeCsv(std::string_view text) {
    return separatorOf(withoutMark(text)).has_value();
}

CodeTable parseCodeCsv(std::string_view text, const std::string& name) {
    return Parser(text, name).parse();
}

CodeTable readCodeCsv(const std::filesystem::path& path) {
    return readMapped(path, [&](const MappedFile& file) { return parseCodeCsv({reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()}, path.string()); });
}

}  // namespace tessera
