// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "families/code_sampler.h"
#include "families/model_family.h"
#include "families/vila_u_language.h"
#include "quantize/codebook_quantizer.h"

namespace tessera {

/// Pictures of one prompt, drawn together: one row of the batch for each and, where they are guided, another without the prompt. What it is made of must outlive it.
class VilaUDrawing final : public Drawing {
public:
    struct Networks {
        const VilaULanguage& language;
        const VilaUDepth& depth;
        const CodebookQuantizer& codes;  ///< in float32
    };
    struct Task {
        std::vector<std::int64_t> with, without;  ///< ids of the prompt, and of none; the second empty where nothing guides
        int frames = 1, rows = 0, columns = 0, depths = 0, codebookSize = 0;
        std::vector<std::uint64_t> seeds;  ///< one for each picture
        std::vector<std::int32_t> given;   ///< as GenerateRequest's
        CodeSampler::Rule rule;

        /// Takes over what a request says of every model's drawings: seeds, given codes, and how codes are drawn.
        void follow(const GenerateRequest& request);
        std::int64_t positions() const { return std::int64_t(frames) * rows * columns; }
        /// Throws Failure(Invalid) for given codes that do not suit, and where prompt and picture are more than the `most` tokens that the language model reads.
        void check(int most) const;
    };
    VilaUDrawing(Networks networks, Task task);

    bool step(DeviceLane& lane) override;
    const Generation& drawn() const override { return m_drawn; }

    /// 0 <= u < 1 for a draw; by the seeds if nobody says otherwise.
    std::function<double(std::size_t picture, std::size_t draw)> uniform;
    /// Is shown all logits [rows,K] on the CPU, those with the prompt first, then those without.
    std::function<void(int position, int depth, const at::Tensor& logits)> watch;

private:
    std::int64_t rowsOf(std::int64_t pictures) const { return m_task.without.empty() ? pictures : 2 * pictures; }
    std::int32_t givenAt(std::int64_t position, int depth) const;
    void reach(std::int64_t position);
    at::Tensor readPrompt(ForwardPass& pass);
    void tellGiven(const at::Tensor& hidden, ForwardPass& pass);
    at::Tensor sumsOfGiven(std::int64_t count) const;
    at::Tensor drawPosition(const at::Tensor& hidden, ForwardPass& pass);
    void keep(std::size_t picture, std::int64_t position, int depth, std::int32_t code);

    Networks m_networks;
    Task m_task;
    CodeSampler m_sampler;
    std::int64_t m_prefix = 0;  ///< leading positions whose codes are all given
    std::int64_t m_next = 0;    ///< position that is drawn next
    Llama::State m_state;
    at::Tensor m_sums;  ///< [n,C] of the position before
    Generation m_drawn;
};

}  // namespace tessera
