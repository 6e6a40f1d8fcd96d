// SPDX-License-Identifier: Apache-2.0
#include "families/maskgit.h"

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/class_names.h"
#include "families/maskgit_parity.h"
#include "families/masked_drawing.h"
#include "families/tokenizer_beside.h"
#include "layers/placed_networks.h"
#include "text/unicode_text.h"

namespace tessera {
namespace {

using at::Tensor;

constexpr const char* kModelType = "tessera_masked_grid";

std::string inFolder(const std::string& folder, const char* file) { return (std::filesystem::path(folder) / file).string(); }

class MaskGit final : public Model {
public:
    explicit MaskGit(const Checkpoint& checkpoint) : MaskGit(checkpoint, MaskGitFile::find(checkpoint)) {}

    const Capabilities& capabilities() const override { return m_capabilities; }

    ModelInfo describe() const override {
        ModelInfo info = m_tokenizer ? m_tokenizer->model->describe() : ModelInfo();
        info.family = kMaskGit.name;
        info.layout = "Tessera";
        info.shape = std::to_string(m_config.rows) + " x " + std::to_string(m_config.columns) + " tokens of " + (m_config.depths > 1 ? std::to_string(m_config.depths) + " x " : std::string()) + std::to_string(m_config.codebookSize) + " codes";
        info.parameters += m_parameters;
        if (std::ranges::find(info.capabilities, "generate") == info.capabilities.end()) info.capabilities.push_back("generate");
        return info;
    }

    TensorsByName parityExtras(const TensorsByName& inputs, const TensorsByName&, DeviceLane& lane) const override {
        const c10::InferenceMode inference;
        return maskGitParity(m_config, [&] { return MaskGitNetwork(loaded(lane), m_config); }, inputs, lane);
    }

private:
    MaskGit(const Checkpoint& checkpoint, const MaskGitFile& file)
        : m_config(file.config), m_where(file.where), m_tensors(*file.tensors), m_tokenizer(openTokenizerBeside(checkpoint)), m_classes(m_config.classes, m_config.classNames) {
        const Weights weights = Weights::check(m_tensors, m_where);
        const MaskGitNetwork plan(weights, m_config);
        weights.finish();
        m_parameters = weights.parameters();
        m_flops = plan.flops();
        m_read = plan.parametersRead();
        if (m_tokenizer) {
            m_capabilities = m_tokenizer->model->capabilities();
            checkTokenizer();
        }
        m_capabilities.generate = &m_generator;
    }

    struct GeneratorPart final : Generator {
        explicit GeneratorPart(const MaskGit& model) : model(model) {}
        DrawingInfo info() const override {
            const MaskGitConfig& config = model.m_config;
            return {.by = DrawnBy::Masks, .prompts = config.textDim > 0, .classCount = config.classes, .classes = model.m_classes.names(), .guided = config.told(), .guidance = config.guidance, .steps = config.steps, .schedules = schedules(), .temperature = config.temperature};
        }
        std::unique_ptr<Drawing> begin(const GenerateRequest& request, const DrawingStart&, DeviceLane& lane) const override { return model.drawing(request, lane); }
        std::uint64_t bytesPerPosition(const DeviceLane& lane) const override { return static_cast<std::uint64_t>(model.m_read) * (lane.precision() == Precision::Fp32 ? 4 : 2); }
        std::uint64_t flopsPerPosition(bool guided) const override { return static_cast<std::uint64_t>((guided ? 2 : 1) * model.m_flops); }
        std::vector<std::string> schedules() const {
            std::vector<std::string> names = MaskSchedule::offered();
            const std::string own = model.m_config.schedule.name();
            std::erase(names, own);
            names.insert(names.begin(), own);
            return names;
        }
        const MaskGit& model;
    };

    void checkTokenizer() const {
        const auto refuse = [&](const std::string& what) { throw Failure(ErrorCode::Mismatch, what, m_tokenizer->folder.string(), "name the tokenizer whose codes it was trained on"); };
        if (!m_capabilities.quantize || !m_capabilities.decode) refuse("the tokenizer that this model draws for has no codes to decode");
        const std::vector<int>& sizes = m_capabilities.quantize->layout().codebookSizes;
        if (sizes == std::vector<int>(static_cast<std::size_t>(m_config.depths), m_config.codebookSize)) return;
        refuse("this model draws " + std::to_string(m_config.depths) + " x " + std::to_string(m_config.codebookSize) + " codes, and its tokenizer has " + std::to_string(sizes.size()) + " x " + std::to_string(sizes.empty() ? 0 : sizes.front()));
    }

    std::unique_ptr<Drawing> drawing(const GenerateRequest& request, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const MaskGitNetwork& network = networkOn(lane);
        Tensor told;
        if (m_config.told()) {
            told = condition(network, request.prompt, lane);
            if (request.guidance != 1) told = at::cat({told, network.ofNone(1)});
        }
        MaskedDrawing::Task task;
        task.follow(request, m_config, told);
        return std::make_unique<MaskedDrawing>(network, m_config, std::move(task));
    }

    /// What a prompt tells the network [1,1,W]; an empty one tells it nothing.
    Tensor condition(const MaskGitNetwork& network, const std::string& prompt, DeviceLane& lane) const {
        if (text::stripped(prompt).empty()) return network.ofNone(1);
        if (m_config.classes > 0) return network.ofClasses(at::full({1}, m_classes.find(prompt), at::kLong));
        if (!m_tokenizer) throw Failure(ErrorCode::Unsupported, "this model draws from text vectors, and there is no text tower that makes them", m_where, "name a tokenizer that reads texts as \"tokenizer\" in its config.json");
        return network.ofTexts(m_tokenizer->words(prompt, m_config.textDim, m_where, lane));
    }

    Weights loaded(const DeviceLane& lane) const { return Weights::load(m_tensors, m_where, {lane.device(), lane.precision()}); }
    const MaskGitNetwork& networkOn(const DeviceLane& lane) const {
        return m_networks.on(lane, [&](const Placement& placement) { return MaskGitNetwork(Weights::load(m_tensors, m_where, placement), m_config); });
    }

    MaskGitConfig m_config;
    std::string m_where;
    StoredTensors m_tensors;
    std::optional<BesideTokenizer> m_tokenizer;
    ClassNames m_classes;
    std::int64_t m_parameters = 0, m_read = 0;
    double m_flops = 0;  ///< of one round of a picture
    PlacedNetworks<MaskGitNetwork> m_networks;
    GeneratorPart m_generator{*this};
    Capabilities m_capabilities;
};

std::optional<std::string> recognise(const Checkpoint& checkpoint) { return isMaskGit(checkpoint) ? std::optional<std::string>("tessera_masked_grid config") : std::nullopt; }

std::unique_ptr<Model> open(const Checkpoint& checkpoint) { return std::make_unique<MaskGit>(checkpoint); }

}  // namespace

bool isMaskGit(const Checkpoint& checkpoint, const std::string& folder) {
    const std::string file = inFolder(folder, "config.json");
    if (!checkpoint.hasText(file)) return false;
    const nlohmann::json config = checkpoint.json(file);
    return config.is_object() && config.value("model_type", nlohmann::json()) == kModelType;
}

MaskGitFile MaskGitFile::find(const Checkpoint& checkpoint, const std::string& folder) {
    const std::string config = inFolder(folder, "config.json"), weights = inFolder(folder, "model.safetensors");
    for (const Checkpoint::File& file : checkpoint.files()) {
        const auto tensors = file.sections.find("");
        if (file.path == weights && tensors != file.sections.end()) return {.config = MaskGitConfig::read(ConfigReader(checkpoint.json(config), config)), .where = weights, .tensors = &tensors->second};
    }
    throw Failure(ErrorCode::Mismatch, "its " + weights + " is not there", checkpoint.path().string(), "put it beside " + config);
}

const ModelFamily kMaskGit{.name = "maskgit", .recognise = recognise, .open = open};

}  // namespace tessera
