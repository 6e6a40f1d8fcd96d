// SPDX-License-Identifier: Apache-2.0
#include "text/byte_pairs.h"

#include <algorithm>
#include <queue>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "text/time_limit.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

struct Candidate {
    int rank, left, right;  ///< places of the symbols
    int leftId, rightId;    ///< what they were; if they are not any more, this is out of date
    bool operator>(const Candidate& other) const { return rank != other.rank ? rank > other.rank : left > other.left; }
};

std::string byteName(unsigned char byte) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    return {'<', '0', 'x', digits[byte >> 4], digits[byte & 15], '>'};
}

}  // namespace

void BytePairs::addMerge(std::string_view left, std::string_view right, const std::string& where) {
    const auto refuse = [&](const std::string& what) {
        throw Failure(ErrorCode::Invalid, what + " of merge " + std::to_string(m_nextRank) + ", " + shown(left) + " and " + shown(right) + ", is not in the vocabulary", where);
    };
    const auto leftId = m_vocabulary->find(left), rightId = m_vocabulary->find(right);
    if (!leftId || !rightId) refuse("a part");
    if (!right.starts_with(m_options.prefix)) refuse("the prefix");
    const auto whole = m_vocabulary->find(std::string(left).append(right.substr(m_options.prefix.size())));
    if (!whole) refuse("the result");
    m_merges.insert_or_assign(keyOf(*leftId, *rightId), Merge{m_nextRank, *whole});
    ++m_nextRank;
}

void BytePairs::addMerge(std::string_view line, const std::string& where) {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || space == 0 || space + 1 == line.size() || line.find(' ', space + 1) != std::string_view::npos) {
        throw Failure(ErrorCode::Invalid, "merge " + std::to_string(m_nextRank) + ", " + shown(line) + ", is not two pieces with a space between them", where);
    }
    addMerge(line.substr(0, space), line.substr(space + 1), where);
}

std::vector<int> BytePairs::symbolsOf(std::string_view word) const {
    std::vector<int> symbols;
    symbols.reserve(word.size());
    bool lastUnknown = false;
    std::string symbol;
    for (std::size_t at = 0; at < word.size();) {
        const std::size_t begin = at;
        nextCodePoint(word, at);
        symbol.assign(begin > 0 ? m_options.prefix : "").append(word, begin, at - begin);
        if (at == word.size()) symbol += m_options.suffix;
        if (const auto id = m_vocabulary->find(symbol)) {
            symbols.push_back(*id);
            lastUnknown = false;
            continue;
        }
        if (m_options.byteFallback) {
            std::vector<int> bytes;
            for (const char byte : symbol) {
                if (const auto id = m_vocabulary->find(byteName(static_cast<unsigned char>(byte)))) bytes.push_back(*id);
            }
            if (bytes.size() == symbol.size()) {
                symbols.insert(symbols.end(), bytes.begin(), bytes.end());
                lastUnknown = false;
                continue;
            }
        }
        if (m_options.unknown && !(lastUnknown && m_options.fuseUnknown)) symbols.push_back(*m_options.unknown);
        lastUnknown = m_options.unknown.has_value();
    }
    return symbols;
}

void BytePairs::join(std::vector<int>& symbols) const {
    const int count = static_cast<int>(symbols.size());
    std::vector<int> next(symbols.size()), previous(symbols.size());
    for (int i = 0; i < count; ++i) {
        next[i] = i + 1;
        previous[i] = i - 1;
    }
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> candidates;
    const auto consider = [&](int left, int right) {
        if (left < 0 || right >= count) return;
        const auto found = m_merges.find(keyOf(symbols[left], symbols[right]));
        if (found != m_merges.end()) candidates.push({found->second.rank, left, right, symbols[left], symbols[right]});
    };
    for (int i = 0; i + 1 < count; ++i) consider(i, i + 1);
    constexpr int kGone = -1;
    std::vector<Candidate> round;
    std::vector<int> joined;
    for (unsigned rounds = 1; !candidates.empty(); ++rounds) {
        if (rounds % 4096 == 0) TimeLimit::check();
        round.clear();
        do {
            round.push_back(candidates.top());
            candidates.pop();
        } while (m_options.inRounds && !candidates.empty() && candidates.top().rank == round.front().rank);
        joined.clear();
        for (const Candidate& candidate : round) {
            const auto [rank, left, right, leftId, rightId] = candidate;
            if (symbols[left] != leftId || symbols[right] != rightId || next[left] != right) continue;
            symbols[left] = m_merges.find(keyOf(leftId, rightId))->second.id;
            symbols[right] = kGone;
            next[left] = next[right];
            if (next[left] < count) previous[next[left]] = left;
            joined.push_back(left);
        }
        for (const int place : joined) {
            consider(previous[place], place);
            consider(place, next[place]);
        }
    }
    std::erase(symbols, kGone);
}

void BytePairs::append(std::string_view word, std::vector<int>& ids) const {
    if (word.empty()) return;
    if (m_options.ignoreMerges) {
        if (const auto whole = m_vocabulary->find(word)) {
            ids.push_back(*whole);
            return;
        }
    }
    std::vector<int> symbols = symbolsOf(word);
    join(symbols);
    ids.insert(ids.end(), symbols.begin(), symbols.end());
}

}  // namespace tessera::text
