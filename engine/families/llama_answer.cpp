// SPDX-License-Identifier: Apache-2.0
#include "families/llama_answer.h"

#include <algorithm>

#include "core/error.h"
#include "layers/few_threads.h"

namespace tessera {

void checkAnswerFits(const Llama::Shape& shape, std::int64_t prompt, int most) {
    if (prompt + most <= shape.positions) return;
    throw Failure(ErrorCode::Invalid, "question and answer would have more than the " + std::to_string(shape.positions) + " tokens that this model reads", "describe",
                  "ask for a shorter answer, or ask less");
}

LlamaAnswer::LlamaAnswer(const Llama& llama, Words words, at::Tensor prompt, const DescribeRequest& request, DeviceLane& lane)
    : m_llama(llama), m_words(words), m_next(request), m_most(request.maxTokens), m_x(std::move(prompt)) {
    checkAnswerFits(llama.shape(), m_x.size(1), m_most);
    m_state = llama.begin(1, m_x.size(1) + m_most);
    lane.checkStopped();
}

bool LlamaAnswer::step(DeviceLane& lane) {
    const c10::InferenceMode inference;
    const FewThreads few(m_llama.flops(static_cast<double>(m_x.size(1))), lane.device());
    ForwardPass pass(lane, m_llama.flops(static_cast<double>(m_x.size(1))));
    pass.begin(m_said.tokens == 0 ? "reading the question" : "answering");
    at::Tensor logits = m_llama.logits(m_llama.read(m_x, m_state, pass).select(1, -1)).select(0, 0);
    if (m_ids.empty() && !m_words.mayBeNone) logits = logits.index_fill(0, at::tensor(m_words.ends, at::kLong).to(logits.device()), logits.min());
    const std::int64_t id = m_next.pick(logits);
    ++m_said.tokens;
    m_said.finished = std::ranges::find(m_words.ends, id) != m_words.ends.end();
    if (m_said.finished) return false;
    m_ids.push_back(id);
    m_said.text = m_words.source.text(m_ids);
    m_x = m_llama.embedded(at::full({1, 1}, id, at::TensorOptions().dtype(at::kLong).device(m_x.device())));
    return m_said.tokens < m_most;
}

}  // namespace tessera
