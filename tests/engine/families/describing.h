// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "engine/families/model_files.h"

namespace tessera::test {

/// A picture that is put into words, and what was said on the way.
struct Told {
    Result<Description> answer;
    std::vector<Description> partial;
};
Told toldBy(Engine& engine, const DescribeRequest& request);

/// Words of one picture with one model.
struct Asking {
    Engine& engine;
    CellRef cell;

    DescribeRequest request(std::string question = {}, int most = 64) const;
    Description answer(const DescribeRequest& request) const;
    std::string refusal(const DescribeRequest& request) const;  ///< empty if there is an answer
};

/// What every describer keeps to: streaming, draws, limits. `greedy` asks for the likeliest answer, which is `text`.
void expectAsEveryDescriber(const Asking& asking, const DescribeRequest& greedy, const std::string& text);

}  // namespace tessera::test
