// SPDX-License-Identifier: Apache-2.0
#include "families/flow_generator.h"

#include <algorithm>
#include <cmath>

#include <ATen/CPUGeneratorImpl.h>

#include "checkpoint/yaml_text.h"
#include "core/error.h"
#include "core/mapped_file.h"
#include "device/device_lane.h"
#include "device/torch_bridge.h"
#include "families/drawing_parts.h"
#include "families/shared_space.h"

namespace tessera {
namespace {

using at::Tensor;

namespace fs = std::filesystem;

constexpr int kMostSteps = 1000, kMostNames = 1 << 16;

std::string joined(const std::string& root, const std::string& path) { return (fs::path(root) / path).lexically_normal().string(); }

FlowGeneratorFile::Network networkOf(const Checkpoint& checkpoint, const ConfigReader& stage, const std::string& root) {
    const std::string path = stage.text("ckpt", "");
    if (!ConfigReader::staysBelow(path)) stage.refuse(stage.nameOf("ckpt") + " should name a file below the folder that is opened");
    return {FlowTransformerShape::read(stage), FlowPart::at(checkpoint, joined(root, path))};
}

/// Names in the config, or in classes.txt beside it or at the top.
ClassNames classesOf(const Checkpoint& checkpoint, const ConfigReader& config, const std::string& root, int count) {
    std::vector<std::string> names;
    std::string where = config.file();
    if (config.has("id2label")) {
        const ConfigReader labels = config.below("id2label");
        for (int i = 0; i < std::min(count, kMostNames); ++i) names.push_back(labels.text(std::to_string(i), ""));
        if (count > kMostNames || labels.has(std::to_string(count))) config.refuse("id2label has not as many names as the model has classes, " + std::to_string(count));
    } else {
        std::error_code error;
        for (const fs::path& folder : {fs::path(config.file()).parent_path(), fs::path(root)}) {
            const fs::path path = checkpoint.folder() / folder / "classes.txt";
            if (!fs::is_regular_file(path, error)) continue;
            where = path.string();
            names = readMapped(path, [](const MappedFile& file) { return namesInLines({reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()}); });
            break;
        }
    }
    if (!names.empty() && static_cast<int>(names.size()) != count) {
        throw Failure(ErrorCode::Mismatch, "there are " + std::to_string(names.size()) + " names for " + std::to_string(count) + " classes", where, "write one name for each class, one a line");
    }
    return {count, std::move(names)};
}

/// sqrt(dimensions / base), at least 1.
double shiftOf(const ConfigReader& misc, const FlowTransformerShape& shape) {
    const double all = static_cast<double>(shape.channels) * shape.grid * shape.grid;
    const double shift = std::sqrt(misc.positive("time_dist_shift_dim", all) / misc.positive("time_dist_shift_base", 4096));
    if (!(shift >= 1)) misc.refuse(misc.nameOf("time_dist_shift_dim") + " should not be less than time_dist_shift_base");
    return shift;
}

ConfigReader sectionOr(const ConfigReader& config, const std::string& name) {
    return config.has(name) ? config.below(name) : ConfigReader(nlohmann::json::object(), config.file());
}

/// Both spellings are in use.
double timeOf(const ConfigReader& guidance, const std::string& end, double fallback) {
    const double time = guidance.number("t_" + end, guidance.number("t-" + end, fallback));
    if (!(time >= 0 && time <= 1)) guidance.refuse(guidance.nameOf("t_" + end) + " should be from 0 to 1");
    return time;
}

}  // namespace

FlowPart FlowPart::at(const Checkpoint& checkpoint, const std::string& path) {
    const std::string plain = fs::path(path).lexically_normal().string();
    for (const Checkpoint::File& file : checkpoint.files()) {
        if (file.path.lexically_normal() != plain) continue;
        for (const char* section : {"ema", ""}) {
            const auto it = file.sections.find(section);
            if (it != file.sections.end() && !it->second.empty()) return {plain, it->second};
        }
        throw Failure(ErrorCode::Unsupported, "the file holds a training run without the moving average of its weights", plain, "save its \"ema\" entry, or the bare state dict");
    }
    throw Failure(ErrorCode::NotFound, "the file " + plain + " is missing, which the config names", checkpoint.folder().string(), "put it there, or open the folder that its paths begin in");
}

FlowGeneratorFile FlowGeneratorFile::read(const Checkpoint& checkpoint, const ConfigReader& config, const std::string& root) {
    FlowGeneratorFile file{.network = networkOf(checkpoint, config.below("stage_2"), root), .weak = {}, .statistics = {}, .config = config.file(), .path = {}, .tolerance = {}, .guidance = {}, .classes = {}};
    const FlowTransformerShape& shape = file.network.shape;
    const ConfigReader transport = sectionOr(sectionOr(config, "transport"), "params"), misc = sectionOr(config, "misc");
    transport.expect("path_type", "Linear");
    transport.expect("prediction", "velocity");
    file.path.shift = shiftOf(misc, shape);

    const ConfigReader sampler = sectionOr(config, "sampler"), params = sectionOr(sampler, "params");
    const std::string method = params.text("sampling_method", "euler");
    // What else torchdiffeq offers leads to the same end.
    file.sampler = method == "heun2" || method == "heun" ? "heun" : method == "dopri5" ? "dopri5" : "euler";
    file.steps = params.integer("num_steps", 50, 2, kMostSteps + 1) - 1;
    file.tolerance = {params.positive("atol", 1e-6), params.positive("rtol", 1e-3)};

    const ConfigReader guidance = sectionOr(config, "guidance");
    file.guidance = {.scale = std::max(1.0, guidance.number("scale", 1)), .from = timeOf(guidance, "min", 0), .to = timeOf(guidance, "max", 1)};
    if (guidance.has("guidance_model")) {
        file.weak = networkOf(checkpoint, guidance.below("guidance_model"), root);
        const FlowTransformerShape& weak = file.weak->shape;
        if (weak.channels != shape.channels || weak.grid != shape.grid || weak.classes != shape.classes || weak.textWidth != shape.textWidth) {
            guidance.refuse(guidance.nameOf("guidance_model") + " has other channels, another grid or other classes than stage_2");
        }
    }
    if (shape.textWidth == 0) file.classes = classesOf(checkpoint, config, root, shape.classes);
    if (config.has("statistics")) file.statistics = FlowPart::at(checkpoint, joined(root, config.text("statistics", "")));
    return file;
}

std::optional<FlowGeneratorFile> FlowGeneratorFile::besides(const Checkpoint& checkpoint, const std::string& folder) {
    for (const char* name : {"config.json", "config.yaml"}) {
        const std::string path = joined(folder, name);
        if (!checkpoint.hasText(path)) continue;
        return read(checkpoint, ConfigReader(path.ends_with(".json") ? checkpoint.json(path) : parseYaml(checkpoint.text(path), path), path), folder);
    }
    return std::nullopt;
}

FlowGenerator::FlowGenerator(FlowGeneratorFile file, Latents latents, int textWidth, Words words) : m_file(std::move(file)), m_words(std::move(words)) {
    checkSize(latents, textWidth);
    m_flops = static_cast<double>(checked(m_file.network));
    if (m_file.weak) m_weakFlops = static_cast<double>(checked(*m_file.weak));
    if (!m_file.statistics) return;
    for (const auto& [name, tensor] : m_file.statistics->tensors) {
        if (name != "mean" && name != "var") throw Failure(ErrorCode::Mismatch, "statistics of latents are mean and var, and this file holds " + name, m_file.statistics->where, "use the file that belongs to this model");
        if (tensor.shape != std::vector<std::int64_t>{shape().channels, shape().grid, shape().grid} || !storedFinite(tensor)) {
            throw Failure(ErrorCode::Mismatch, name + " is " + textOfShape(tensor.shape) + " where the latents are " + textOfShape({shape().channels, shape().grid, shape().grid}) + ", or holds what is no number",
                          m_file.statistics->where, "use the statistics that belong to this model");
        }
    }
}

void FlowGenerator::checkSize(const Latents& latents, int textWidth) const {
    const auto size = [](int channels, int grid) { return std::to_string(channels) + " channels" + (grid > 0 ? " on a grid of " + std::to_string(grid) + " x " + std::to_string(grid) : ""); };
    if (shape().channels != latents.channels || (latents.grid > 0 && shape().grid != latents.grid)) {
        throw Failure(ErrorCode::Mismatch, "the transformer of this flow takes " + size(shape().channels, shape().grid) + ", and the latents have " + size(latents.channels, latents.grid), m_file.config,
                      "use a transformer that was made for these latents");
    }
    if (shape().textWidth != 0 && shape().textWidth != textWidth) {
        throw Failure(ErrorCode::Mismatch, "the transformer of this flow takes texts as " + std::to_string(shape().textWidth) + " numbers, and " + (textWidth > 0 ? "the text tower gives " + std::to_string(textWidth) : "there is no text tower"),
                      m_file.config, "use a transformer that was made for this model");
    }
}

/// FLOPs of a network whose tensors fit.
std::int64_t FlowGenerator::checked(const FlowGeneratorFile::Network& network) {
    const Weights weights = Weights::check(network.part.tensors, network.part.where);
    const FlowTransformer plan(weights, network.shape);
    const std::vector<std::string> ignored = weights.finish(FlowTransformer::ignorable());
    m_ignored.insert(m_ignored.end(), ignored.begin(), ignored.end());
    m_parameters += weights.parameters();
    return static_cast<std::int64_t>(plan.flops());
}

FlowDrawing::Network FlowGenerator::Placed::by(const FlowGeneratorFile::Network& network) const {
    return [this, &network](const DeviceLane& lane) -> const FlowTransformer& {
        return networks.on(lane, [&](const Placement& placement) { return FlowTransformer(Weights::load(network.part.tensors, network.part.where, placement), network.shape); });
    };
}

DrawingInfo FlowGenerator::info() const {
    return {.by = DrawnBy::Flow,
            .prompts = shape().textWidth > 0,
            .classCount = m_file.classes.count(),
            .classes = m_file.classes.names(),
            .guided = shape().nullClass || m_file.weak,
            .guidance = m_file.guidance.scale,
            .weakModel = m_file.weak.has_value(),
            .steps = m_file.steps,
            .samplers = [&] {
                std::vector<std::string> samplers = FlowSolver::methods();
                std::ranges::stable_partition(samplers, [&](const std::string& name) { return name == m_file.sampler; });
                return samplers;
            }(),
            .startsFromPictures = true};
}

std::uint64_t FlowGenerator::bytesPerPosition(const DeviceLane& lane) const { return static_cast<std::uint64_t>(m_parameters) * (lane.precision() == Precision::Fp32 ? 4 : 2); }

std::uint64_t FlowGenerator::flopsPerPosition(bool guided) const { return static_cast<std::uint64_t>(guided ? 2 * m_flops : m_flops); }

FlowStatistics FlowGenerator::statistics(at::Device device) const {
    if (!m_file.statistics) return {};
    const StoredTensors& stored = m_file.statistics->tensors;
    const auto of = [&](const char* name, double fallback) {
        const auto it = stored.find(name);
        return it == stored.end() ? at::full({shape().channels, shape().grid, shape().grid}, fallback, at::TensorOptions().dtype(at::kFloat).device(device)) : tensorFromStored(it->second).to(device, at::kFloat);
    };
    return {.mean = of("mean", 0), .deviation = (of("var", 1 - m_file.epsilon) + m_file.epsilon).sqrt()};
}

FlowDrawing::Task FlowGenerator::task() const {
    FlowDrawing::Task task;
    task.network = m_strong.by(m_file.network);
    task.tolerance = m_file.tolerance;
    return task;
}

Tensor FlowGenerator::asked(const GenerateRequest& request, DeviceLane& lane) const {
    if (shape().textWidth > 0) return m_words(request.prompt, lane).expand({request.count, -1});
    return at::full({request.count}, m_file.classes.find(request.prompt), at::kLong);
}

std::unique_ptr<Drawing> FlowGenerator::begin(const GenerateRequest& request, const DrawingStart& start, DeviceLane& lane) const {
    const c10::InferenceMode inference;
    const auto refuse = [](const std::string& what, const char* advice) { throw Failure(ErrorCode::Invalid, what, "generate", advice); };
    FlowDrawing::Task task = this->task();
    task.asked = asked(request, lane);
    task.statistics = statistics(lane.device());
    task.method = FlowSolver::named(request.sampler.empty() ? m_file.sampler : request.sampler);
    task.guidance = {.scale = info().guided ? request.guidance : 1, .from = request.guidanceFrom, .to = request.guidanceTo};
    if (request.weakGuide) {
        if (!m_file.weak) refuse("no weaker model lies beside this one", "guide by following no prompt instead");
        task.weak = m_weak.by(*m_file.weak);
    } else if (request.guidance != 1 && !shape().nullClass) {
        refuse("this model does not know what it is to follow no prompt", "use a guidance of 1, or guide by the weaker model where there is one");
    }
    const int grid = shape().grid;
    std::vector<Tensor> noises;
    task.seeds = seedsOf(request);
    for (const std::uint64_t seed : task.seeds) {
        const Tensor noise = flowNoise(seed, shape().channels, grid, grid);
        noises.push_back(request.towards > 0 ? betweenNoises(noise, flowNoise(request.towardsSeed, shape().channels, grid, grid), request.towards) : noise);
    }
    task.noise = at::cat(noises);
    if (start.encoded) {
        const Tensor& given = encodedTensor(*start.encoded, "latents");
        if (given.sizes() != at::IntArrayRef({1, shape().channels, grid, grid})) {
            refuse("the picture to set out from has tokens of shape " + textOfShape(given.sizes().vec()) + " where " + textOfShape({1, shape().channels, grid, grid}) + " flow",
                   "use a picture of the size that this model draws");
        }
        task.start = task.statistics.normalised(given.to(lane.device(), at::kFloat));
    }
    if (!request.drawnAnew.empty()) {
        if (request.drawnAnew.size() != static_cast<std::size_t>(grid) * grid) {
            refuse("there are marks for " + std::to_string(request.drawnAnew.size()) + " tokens, and a picture has " + std::to_string(grid * grid), "mark every token, 1 for what is drawn anew");
        }
        if (!task.start.defined()) refuse("only some tokens are to be drawn, and there is no picture for the others", "give a picture to set out from");
        task.anew = at::empty({grid, grid}, at::kBool);
        std::ranges::transform(request.drawnAnew, task.anew.mutable_data_ptr<bool>(), [](std::uint8_t mark) { return mark != 0; });
    }
    task.times = m_file.path.times(request.steps > 0 ? request.steps : m_file.steps, task.start.defined() ? request.startTime : 1);
    task.keptSteps = request.keptSteps;
    return std::make_unique<FlowDrawing>(std::move(task), lane);
}

TensorsByName FlowGenerator::parity(const TensorsByName& inputs, const Decoder& decoder, DeviceLane& lane) const {
    const c10::InferenceMode inference;
    const auto find = [&](const char* name) { return inputs.contains(name) ? inputs.find(name)->second : Tensor(); };
    const auto number = [](const Tensor& all, std::int64_t i = 0) { return all.flatten()[i].item<double>(); };
    TensorsByName out;
    const Tensor noise = find("in.latent_noise"), labels = find("in.class_labels"), times = find("in.timesteps"), interval = find("in.cfg_interval");
    if (!noise.defined() || !labels.defined()) return out;
    out["out.time_shift"] = at::full({1}, m_file.path.shift, at::kFloat);
    FlowDrawing::Task plain = task();
    plain.noise = noise;
    plain.asked = labels;
    plain.seeds.resize(static_cast<std::size_t>(noise.size(0)));
    plain.statistics = statistics(lane.device());
    std::map<std::string, FlowDrawing::Task> tasks{{"cfg_off", plain}};
    if (const Tensor scale = find("in.cfg_scale"); scale.defined() && shape().nullClass) {
        tasks["cfg_on"] = plain;
        tasks["cfg_on"].guidance = {.scale = number(scale), .from = interval.defined() ? number(interval) : 0, .to = interval.defined() ? number(interval, 1) : 1};
    }
    if (const Tensor scale = find("in.autoguidance_scale"); scale.defined() && m_file.weak) {
        tasks["autoguidance"] = plain;
        tasks["autoguidance"].guidance.scale = number(scale);
        tasks["autoguidance"].weak = m_weak.by(*m_file.weak);
    }
    FlowDrawing::Task none = plain;
    none.asked = at::full_like(labels, shape().classes);
    for (std::int64_t i = 0; times.defined() && i < times.numel(); ++i) {
        const auto velocity = [&](const FlowDrawing::Task& by) { return FlowDrawing::velocity(by, noise, number(times, i), 0, lane); };
        const std::string at = "." + std::to_string(i);
        for (const auto& [run, by] : tasks) out["out.velocity" + (run == "cfg_off" ? "" : run == "cfg_on" ? "_cfg" : "_" + run) + at] = velocity(by);
        if (shape().nullClass) out["out.velocity_uncond" + at] = velocity(none);
    }
    const Tensor points = find("in.num_steps");
    if (!points.defined()) return out;
    const std::vector<double> way = m_file.path.times(static_cast<int>(number(points)) - 1);
    out["out.sampler_times"] = at::tensor(way, at::kDouble).to(at::kFloat);
    for (auto& [run, by] : tasks) {
        FlowSolver solver(FlowSolver::Method::Euler, noise, way, {});
        std::vector<Tensor> path{noise};
        while (!solver.finished()) {
            solver.step([&, &task = by](const Tensor& x, double time) { return FlowDrawing::velocity(task, x, time, 0, lane); });
            path.push_back(solver.state());
        }
        out["out.sample." + run] = solver.state();
        out["out.sample_path." + run] = at::stack(path);
        out["out.image." + run] = decoder.decode(plain.statistics.tokens(solver.state()), lane);
    }
    if (const Tensor tolerance = find("in.dopri5_tolerance"); tolerance.defined()) {
        FlowSolver solver(FlowSolver::Method::Dopri5, noise, way, {number(tolerance), number(tolerance, 1)});
        while (!solver.finished()) solver.step([&](const Tensor& x, double time) { return FlowDrawing::velocity(plain, x, time, 0, lane); });
        out["out.sample.dopri5"] = solver.state();
    }
    return out;
}

Tensor flowNoise(std::uint64_t seed, int channels, int rows, int columns) {
    at::Generator generator = at::detail::createCPUGenerator(seed);
    return at::randn({1, channels, rows, columns}, generator, at::TensorOptions().dtype(at::kFloat));
}

Tensor betweenNoises(const Tensor& from, const Tensor& to, double share) {
    const Tensor a = from.to(at::kDouble), b = to.to(at::kDouble);
    const double cosine = ((a * b).sum() / (a.norm() * b.norm())).item<double>(), angle = std::acos(std::clamp(cosine, -1.0, 1.0)), sine = std::sin(angle);
    if (sine < 1e-6) return from + share * (to - from);  // the same noise, or its very opposite
    return (a * (std::sin((1 - share) * angle) / sine) + b * (std::sin(share * angle) / sine)).to(at::kFloat);
}

}  // namespace tessera
