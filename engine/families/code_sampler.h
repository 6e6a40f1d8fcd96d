// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <tessera/generate.h>

namespace tessera {

/// Draws codes by logits with and without a prompt, and keeps what is worth knowing of every draw. On the CPU, in float32 logits and double sums, so that equal logits and
/// uniform numbers give equal codes everywhere.
///
/// l = without + guidance * (with - without), where guidance grows from 1 by its course, over the temperature; of the top-k largest (equal ones stay) softmax; of these the likeliest whose probabilities before them
/// sum to less than top-p; of these the first, in the order of codes, whose cumulative share exceeds the uniform number.
class CodeSampler {
public:
    struct Rule {
        double guidance = 1, temperature = 1;  ///< temperature 0: the likeliest code, the lowest of equals
        int topK = 0;                          ///< 0: all
        double topP = 1;
        GuidanceCourse course = GuidanceCourse::Constant;
    };
    explicit CodeSampler(Rule rule) : m_rule(rule), m_guidance(rule.guidance) {}

    /// Guides as the course says where that share of a picture's tokens, 0 to 1, is there. Before it is told, as at the end.
    void reach(double share);
    double guidance() const { return m_guidance; }  ///< that is followed now

    /// Takes the code `given`, or draws one where that is -1, and appends what it knows to `trace`. `without` is empty where nothing guides. 0 <= uniform < 1.
    /// Throws Failure(Invalid) for logits that are no numbers.
    std::int32_t take(std::span<const float> with, std::span<const float> without, std::int32_t given, double uniform, GenerationTrace& trace);
    /// The same, of which nothing is known but the code's log probability, before top-k and top-p leave codes out.
    std::int32_t take(std::span<const float> with, std::span<const float> without, std::int32_t given, double uniform, double& logProbability);

private:
    std::int32_t taken(std::span<const float> with, std::span<const float> without, std::int32_t given, double uniform);
    std::int32_t drawn(double uniform);
    void tell(std::span<const float> with, std::span<const float> without, std::int32_t code, GenerationTrace& trace);

    Rule m_rule;
    double m_guidance;
    std::vector<float> m_logits;         ///< guided, over the temperature
    std::vector<float> m_weights;        ///< exp(logit - the largest)
    float m_most = 0;                    ///< the largest logit
    double m_sum = 0;                    ///< of the weights
    std::vector<std::int32_t> m_order;
    std::vector<float> m_sorted;
};

/// 0 <= u < 1 for one draw of a picture: by its seed and place alone, whatever is drawn beside it.
double uniformOf(std::uint64_t seed, std::uint64_t draw);

}  // namespace tessera
