// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "families/llama.h"
#include "families/model_family.h"
#include "families/next_token.h"
#include "families/text_source.h"

namespace tessera {

/// What a LLaMA says after a prompt, token by token. What it is made of must outlive it.
class LlamaAnswer final : public Telling {
public:
    struct Words {
        const TextSource& source;
        const std::vector<std::int64_t>& ends;  ///< any of these ids ends an answer
        bool mayBeNone = true;  ///< an answer without a word is one
    };
    /// prompt [1,L,W] as Llama reads it. Throws Failure(Invalid) where prompt and answer together are more than the model reads.
    LlamaAnswer(const Llama& llama, Words words, at::Tensor prompt, const DescribeRequest& request, DeviceLane& lane);

    bool step(DeviceLane& lane) override;
    const Description& said() const override { return m_said; }

private:
    const Llama& m_llama;
    Words m_words;
    NextToken m_next;
    int m_most;
    at::Tensor m_x;  ///< [1,L,W], what is read next
    Llama::State m_state;
    std::vector<std::int64_t> m_ids;
    Description m_said;
};

/// Failure(Invalid) unless a prompt of so many tokens and an answer of at most `most` are within what the model reads.
void checkAnswerFits(const Llama::Shape& shape, std::int64_t prompt, int most);

}  // namespace tessera
