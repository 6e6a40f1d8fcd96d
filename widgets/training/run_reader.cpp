// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/run_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>

namespace tessera::ui {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uintmax_t kLogAtOnce = 4 << 20, kMessagesAtOnce = 256 << 10, kLargestJson = 64 << 20;
constexpr std::size_t kMessageLines = 500, kLongestMessage = 2000;

json readJson(const fs::path& path) {
    std::error_code failed;
    if (fs::file_size(path, failed) > kLargestJson || failed) return {};
    std::ifstream file(path);
    json content = json::parse(file, nullptr, false);
    return content.is_object() ? content : json();
}

std::string wordOf(const json& from, const char* key) {
    const auto found = from.find(key);
    return found != from.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t wholeOf(const json& from, const char* key) {
    const auto found = from.find(key);
    return found != from.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

bool truthOf(const json& from, const char* key) {
    const auto found = from.find(key);
    return found != from.end() && found->is_boolean() && found->get<bool>();
}

std::int64_t writerOf(const fs::path& folder) {
    const int file = open((folder / "run.lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    const bool held = fcntl(file, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    close(file);
    return held ? whole.l_pid : 0;
}

std::vector<RunSample> samplesIn(const fs::path& folder) {
    std::vector<RunSample> samples;
    std::error_code failed;
    for (fs::directory_iterator each(folder, failed), end; !failed && each != end; each.increment(failed)) {
        long long step = 0;
        int read = 0;
        const std::string name = each->path().filename().string();
        if (std::sscanf(name.c_str(), "step-%lld.png%n", &step, &read) == 1 && read == static_cast<int>(name.size())) samples.push_back({.step = step, .path = each->path().string()});
    }
    std::ranges::sort(samples, {}, &RunSample::step);
    return samples;
}

/// "step 3 of 12  0.31 s a step", or a line of a report, which has the losses and the rate between.
std::optional<RunProgress> progressIn(const std::string& line) {
    long long step = 0, steps = 0;
    if (std::sscanf(line.c_str(), "step %lld of %lld", &step, &steps) != 2) return std::nullopt;
    RunProgress progress{.step = step, .steps = steps};
    const std::size_t end = line.rfind(" s a step"), begin = end == std::string::npos ? end : line.rfind(' ', end - 1);
    if (begin != std::string::npos) std::sscanf(line.c_str() + begin, "%lf", &progress.secondsPerStep);
    return progress;
}

/// Another one once the file is another one; files are replaced whole.
std::string stampOf(const fs::path& path) {
    struct stat about {};
    if (stat(path.c_str(), &about) != 0) return "-";
    return std::to_string(about.st_ino) + ' ' + std::to_string(about.st_size) + ' ' + std::to_string(about.st_mtim.tv_sec) + '.' + std::to_string(about.st_mtim.tv_nsec);
}

/// What its JSON files say.
RunFacts parsedFacts(const fs::path& folder) {
    RunFacts facts;
    const json recipe = readJson(folder / "recipe.json");
    facts.begun = recipe.is_object() && recipe.contains("hash");
    facts.recipe = wordOf(recipe, "recipe");
    facts.name = wordOf(recipe, "name");
    facts.recipeFile = wordOf(recipe, "file");
    facts.smoke = truthOf(recipe, "smoke");
    facts.steps = wholeOf(recipe, "steps");
    if (const json report = readJson(folder / "report.json"); report.is_object()) facts.report = RunFacts::Report{.step = wholeOf(report, "step"), .finished = truthOf(report, "finished")};
    return facts;
}

RunFacts withFiles(RunFacts facts, const fs::path& folder) {
    std::error_code ignored;
    facts.checkpoint = fs::exists(folder / "checkpoint.safetensors", ignored);
    // The model is whole once there is a report.
    if (facts.report && fs::is_directory(folder / "model", ignored)) facts.model = (folder / "model").string();
    facts.writer = writerOf(folder);
    return facts;
}

}  // namespace

RunFacts readRunFacts(const fs::path& folder) {
    return withFiles(parsedFacts(folder), folder);
}

std::string RunReader::Tail::next(const fs::path& path, std::uintmax_t most) {
    began = more = false;
    const int opened = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about {};
    if (opened < 0 || fstat(opened, &about) != 0) {
        if (opened >= 0) close(opened);
        began = read > 0;
        read = 0;
        return {};
    }
    const auto size = static_cast<std::uintmax_t>(about.st_size);
    if (size < read || (read > 0 && about.st_ino != file)) {
        read = 0;
        began = true;
    }
    file = about.st_ino;
    std::string bytes(static_cast<std::size_t>(std::min(size - read, most)), '\0');
    const ssize_t got = pread(opened, bytes.data(), bytes.size(), static_cast<off_t>(read));
    close(opened);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    read += bytes.size();
    more = read < size;
    return bytes;
}

RunSnapshot RunReader::read() {
    RunSnapshot snapshot;
    // A report can be long: it is parsed once.
    if (std::string stamp = stampOf(m_folder / "recipe.json") + '/' + stampOf(m_folder / "report.json"); stamp != m_stamp) {
        m_stamp = std::move(stamp);
        m_parsed = parsedFacts(m_folder);
    }
    snapshot.facts = withFiles(m_parsed, m_folder);
    readLog(snapshot);
    readMessages();
    snapshot.samples = samplesIn(m_folder / "samples");
    snapshot.messages = m_messages;
    snapshot.progress = m_progress;
    return snapshot;
}

void RunReader::readLog(RunSnapshot& snapshot) {
    const std::string bytes = m_logTail.next(m_folder / "log.csv", kLogAtOnce);
    if (!bytes.empty() || m_logTail.began) {
        auto log = m_logTail.began ? std::make_shared<RunLog>() : std::make_shared<RunLog>(*m_log);
        log->add(bytes);
        m_log = std::move(log);
    }
    snapshot.log = m_log;
    snapshot.complete = !m_logTail.more;
}

void RunReader::readMessages() {
    std::string bytes;
    do {
        bytes = m_messagesTail.next(m_folder / kMessages, kMessagesAtOnce);
        if (m_messagesTail.began) {
            m_messages.clear();
            m_messageRest.clear();
            m_progress.reset();
        }
        for (const char c : bytes) {
            if (c != '\n') {
                if (m_messageRest.size() < kLongestMessage) m_messageRest += c;
                continue;
            }
            if (const auto progress = progressIn(m_messageRest)) m_progress = progress;
            m_messages.push_back(std::exchange(m_messageRest, {}));
        }
        if (m_messages.size() > kMessageLines) m_messages.erase(m_messages.begin(), m_messages.end() - kMessageLines);
    } while (m_messagesTail.more && !bytes.empty());
}

}  // namespace tessera::ui
