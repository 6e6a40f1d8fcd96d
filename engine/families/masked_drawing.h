// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "families/code_sampler.h"
#include "families/maskgit_network.h"
#include "families/model_family.h"

namespace tessera {

/// Grids of codes that are drawn in rounds: all unknown positions at once, of which those stay that the model is surest of (MaskGIT, arXiv 2202.04200); spec: engine/families/maskgit.md.
/// Every picture is read by itself, so that its codes hang on its seed alone. What it is made of must outlive it.
class MaskedDrawing final : public Drawing {
public:
    struct Task {
        std::vector<at::Tensor> conditions;  ///< of each picture [1 or 2,1,W]: what it is told and, where it is guided, none of it; undefined: it is told nothing
        std::vector<std::uint64_t> seeds;    ///< one for each picture
        std::vector<std::vector<std::int32_t>> given;  ///< (rows, columns, depths) of each picture, -1 where a code is to be drawn; empty: all are
        int rounds = 1;
        std::optional<MaskSchedule> schedule;  ///< none: the config's
        double temperature = 0;    ///< of the choice of what stays
        CodeSampler::Rule rule{};  ///< how codes are drawn: at temperature 1
        int keptSteps = 0;

        /// Takes over what a request says of every model's drawings. Throws Failure(Invalid) for given codes that do not suit. `told`: the condition that all its pictures have.
        void follow(const GenerateRequest& request, const MaskGitConfig& config, const at::Tensor& told);
    };
    MaskedDrawing(const MaskGitNetwork& network, const MaskGitConfig& config, Task task);

    bool step(DeviceLane& lane) override;
    const Generation& drawn() const override { return m_drawn; }

    /// 0 <= u < 1 for a draw; by the seeds if nobody says otherwise. `draw`: the depth whose code is drawn, or as many as there are depths: the choice of what stays.
    std::function<double(std::size_t picture, int round, std::int64_t position, int draw)> uniform;

    /// What a round did to a picture, position after position.
    struct Round {
        std::vector<float> logProbability;  ///< of the codes, the mean over depths; 0 where they were known
        std::vector<double> confidence;     ///< that, and the noise of the choice; 0 where they were known
        std::vector<std::uint8_t> masked;   ///< 1: would be drawn again
        std::int64_t maskedCount = 0;       ///< how many were to be
    };
    /// Is shown every round, and the logits of models of one depth [L,K] on the CPU, guided ones first.
    std::function<void(std::size_t picture, int round, const Round& result, const at::Tensor& logits)> watch;

private:
    struct Row {
        std::vector<std::int64_t> codes;    ///< (positions, depths), -1 in what is masked
        std::vector<std::uint8_t> unknown;  ///< by position
        std::int64_t atStart = 0, now = 0;  ///< unknown positions
    };
    std::span<const std::int32_t> givenAt(std::size_t picture, std::int64_t position) const;
    void play(std::size_t picture, ForwardPass& pass);
    at::Tensor drawCodes(std::size_t picture, const at::Tensor& hidden, Round& round, ForwardPass& pass);
    void choose(std::size_t picture, Round& round);
    void keep(std::size_t picture, const Round& round, double share);

    const MaskGitNetwork& m_network;
    MaskGitConfig m_config;
    Task m_task;
    CodeSampler m_sampler;
    std::vector<Row> m_rows;
    int m_round = 0;
    Generation m_drawn;
};

}  // namespace tessera
