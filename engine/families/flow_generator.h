// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "families/class_names.h"
#include "families/config_reader.h"
#include "families/flow_drawing.h"
#include "layers/placed_networks.h"

namespace tessera {

/// One file of a flow: the tensors of its section "ema", or those that lie in no section.
struct FlowPart {
    std::string where;  ///< path inside the checkpoint
    StoredTensors tensors;
    /// Throws Failure where there is no such file, or where it holds a training run without its moving average.
    static FlowPart at(const Checkpoint& checkpoint, const std::string& path);
};

/// Everything that a flow is made of, as a config says: stage_2, sampler, guidance and misc by RAE's keys.
struct FlowGeneratorFile {
    struct Network {
        FlowTransformerShape shape;
        FlowPart part;
    };
    Network network;
    std::optional<Network> weak;  ///< of guidance.guidance_model
    std::optional<FlowPart> statistics;  ///< "mean" and "var" [C,g,g], either of which may be missing
    double epsilon = 1e-5;               ///< added to "var"
    std::string config;                  ///< path of the config, for messages
    FlowPath path;
    int steps = 49;
    std::string sampler = "euler";
    FlowSolver::Tolerance tolerance;
    FlowDrawing::Guidance guidance;
    ClassNames classes;

    /// Paths in the config are relative to `root`, a folder of the checkpoint. Throws Failure for what is missing or what Tessera does not compute.
    static FlowGeneratorFile read(const Checkpoint& checkpoint, const ConfigReader& config, const std::string& root);
    /// Of a folder beside a model: config.json, or config.yaml, and what they name; "statistics" is the file that holds these. Nothing if there is no such folder.
    static std::optional<FlowGeneratorFile> besides(const Checkpoint& checkpoint, const std::string& folder);
};

/// Pictures out of noise, for any model with continuous tokens: its encoder's latents are what flows, by the flow's own statistics, and its decoder's are what it makes of them.
class FlowGenerator final : public Generator {
public:
    /// What the model's encoder gives and its decoder takes.
    struct Latents {
        int channels = 0;
        int grid = 0;  ///< 0: any
    };
    /// Vectors [1,textWidth] of a prompt, of models that follow texts.
    using Words = std::function<at::Tensor(const std::string& prompt, DeviceLane& lane)>;
    /// Throws Failure(Mismatch) for a network of another size, with both sizes, and for tensors that do not fit.
    FlowGenerator(FlowGeneratorFile file, Latents latents, int textWidth = 0, Words words = {});

    DrawingInfo info() const override;
    int startGrid() const override { return shape().grid; }
    std::unique_ptr<Drawing> begin(const GenerateRequest& request, const DrawingStart& start, DeviceLane& lane) const override;
    std::uint64_t bytesPerPosition(const DeviceLane& lane) const override;
    std::uint64_t flopsPerPosition(bool guided) const override;

    const FlowTransformerShape& shape() const { return m_file.network.shape; }
    std::int64_t parameters() const { return m_parameters; }
    const std::vector<std::string>& ignored() const { return m_ignored; }
    FlowStatistics statistics(at::Device device) const;
    /// The "out.*" tensors of golden cases that flows give: velocities, paths and ends of runs, times; pictures by `decoder`.
    TensorsByName parity(const TensorsByName& inputs, const Decoder& decoder, DeviceLane& lane) const;

private:
    struct Placed {
        PlacedNetworks<FlowTransformer> networks;
        FlowDrawing::Network by(const FlowGeneratorFile::Network& network) const;
    };
    FlowDrawing::Task task() const;
    at::Tensor asked(const GenerateRequest& request, DeviceLane& lane) const;
    std::int64_t checked(const FlowGeneratorFile::Network& network);
    void checkSize(const Latents& latents, int textWidth) const;

    FlowGeneratorFile m_file;
    Words m_words;
    std::int64_t m_parameters = 0;
    std::vector<std::string> m_ignored;
    double m_flops = 0, m_weakFlops = 0;  ///< of one picture's velocity
    Placed m_strong, m_weak;
};

/// Standard normal float32 [1,C,g,g] by the CPU's generator, whatever the device is: a seed means the same noise everywhere.
at::Tensor flowNoise(std::uint64_t seed, int channels, int rows, int columns);
/// A share of the way from one noise to another on the sphere: noise all the way, where a straight line would lead through the quieter middle.
at::Tensor betweenNoises(const at::Tensor& from, const at::Tensor& to, double share);

}  // namespace tessera
