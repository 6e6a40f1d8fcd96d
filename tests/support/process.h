// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tessera::test {

struct ProcessResult {
    int exitCode = -1;  ///< 128 + N when signal N ended it
    std::string out, err;
};

/// Runs a program and waits. `environment` is added to ours; `clean` starts from nothing but PATH and HOME.
ProcessResult runProcess(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment = {}, bool clean = false);

/// The command without root's right to read and write everything; itself if we are not root. Empty where that right cannot be given up.
std::vector<std::string> withoutPrivileges(std::vector<std::string> command);

/// Lines of a text, without the last empty one.
std::vector<std::string> linesOf(const std::string& text);

}  // namespace tessera::test
