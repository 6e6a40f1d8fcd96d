// SPDX-License-Identifier: Apache-2.0
#include "support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace tessera::test {

ProcessResult runProcess(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment, bool clean) {
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    const pid_t child = fork();
    if (child == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        if (clean) {
            const std::string path = getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin", home = getenv("HOME") ? getenv("HOME") : "/";
            clearenv();
            setenv("PATH", path.c_str(), 1);
            setenv("HOME", home.c_str(), 1);
        }
        for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
        std::vector<char*> arguments;
        for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
        arguments.push_back(nullptr);
        execvp(arguments[0], arguments.data());
        _exit(127);
    }
    close(out[1]);
    close(err[1]);
    ProcessResult result;
    std::array<pollfd, 2> streams{pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}};
    for (int open = 2; open > 0;) {
        poll(streams.data(), streams.size(), -1);
        for (std::size_t i = 0; i < streams.size(); ++i) {
            if (!streams[i].revents) continue;
            std::array<char, 4096> buffer;
            const ssize_t count = read(streams[i].fd, buffer.data(), buffer.size());
            if (count > 0) {
                (i == 0 ? result.out : result.err).append(buffer.data(), static_cast<std::size_t>(count));
            } else {
                close(streams[i].fd);
                streams[i] = {-1, 0, 0};
                --open;
            }
        }
    }
    int status = 0;
    waitpid(child, &status, 0);
    result.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

std::vector<std::string> withoutPrivileges(std::vector<std::string> command) {
    if (geteuid() != 0) return command;
    const std::vector<std::string> drop{"setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search"};
    std::vector<std::string> probe = drop;
    probe.push_back("true");
    if (runProcess(probe).exitCode != 0) return {};
    command.insert(command.begin(), drop.begin(), drop.end());
    return command;
}

std::vector<std::string> linesOf(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

}  // namespace tessera::test
