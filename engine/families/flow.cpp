// SPDX-License-Identifier: Apache-2.0
#include "families/flow.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "families/flow_generator.h"
#include "families/tokenizer_beside.h"

namespace tessera {
namespace {

constexpr const char* kConfig = "config.json";

class Flow final : public Model {
public:
    explicit Flow(const Checkpoint& checkpoint) : m_tokenizer(tokenizerOf(checkpoint)), m_info(m_tokenizer.model->describe()), m_capabilities(m_tokenizer.model->capabilities()) {
        auto file = FlowGeneratorFile::besides(checkpoint, "");
        TESSERA_ASSERT(file.has_value());
        if (!m_capabilities.encode || !m_capabilities.decode) throw Failure(ErrorCode::Mismatch, "the model that this flow draws for does not both encode and decode", kConfig, "name one that does as \"tokenizer\"");
        const int textWidth = file->network.shape.textWidth;
        if (textWidth > 0 && !m_capabilities.text) throw Failure(ErrorCode::Mismatch, "this flow follows texts, and the model that it draws for has no text tower", kConfig, "name one that has as \"tokenizer\"");
        const int grid = m_info.inputSide / std::max(1, m_info.downsample);
        // How wide the tower's vectors are is known when the first is made.
        m_generator = std::make_unique<FlowGenerator>(std::move(*file), FlowGenerator::Latents{.channels = m_info.latentChannels, .grid = grid}, textWidth, [this, textWidth](const std::string& prompt, DeviceLane& lane) { return m_tokenizer.words(prompt, textWidth, kConfig, lane); });
        m_capabilities.generate = m_generator.get();
    }

    const Capabilities& capabilities() const override { return m_capabilities; }

    ModelInfo describe() const override {
        ModelInfo info = m_info;
        info.family = kFlow.name;
        info.layout = "flow over " + m_info.family;
        info.parameters += m_generator->parameters();
        if (std::ranges::find(info.capabilities, "generate") == info.capabilities.end()) info.capabilities.push_back("generate");
        return info;
    }

    TensorsByName parityExtras(const TensorsByName& inputs, const TensorsByName& computed, DeviceLane& lane) const override {
        TensorsByName out = m_tokenizer.model->parityExtras(inputs, computed, lane);
        out.merge(m_generator->parity(inputs, *m_capabilities.decode, lane));
        return out;
    }

private:
    static BesideTokenizer tokenizerOf(const Checkpoint& checkpoint) {
        auto found = openTokenizerBeside(checkpoint);
        if (!found) throw Failure(ErrorCode::NotFound, "the config names no model whose tokens this flow makes", kConfig, "write \"tokenizer\": \"..\" for the folder around it");
        return std::move(*found);
    }

    BesideTokenizer m_tokenizer;
    ModelInfo m_info;
    std::unique_ptr<FlowGenerator> m_generator;
    Capabilities m_capabilities;
};

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    if (!checkpoint.hasText(kConfig)) return std::nullopt;
    const nlohmann::json config = checkpoint.json(kConfig);
    return config.is_object() && config.contains("stage_2") ? std::optional<std::string>("config of a flow with a tokenizer") : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) { return std::make_unique<Flow>(checkpoint); }

}  // namespace

const ModelFamily kFlow{.name = "flow", .recognise = recognise, .open = open};

}  // namespace tessera
