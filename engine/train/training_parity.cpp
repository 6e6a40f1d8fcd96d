// SPDX-License-Identifier: Apache-2.0
#include "train/training_parity.h"

#include <set>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "device/torch_bridge.h"
#include "train/adamw.h"
#include "train/plain_attention.h"
#include "train/recipe.h"

namespace tessera::train {
namespace {

namespace fs = std::filesystem;

/// case.json. Throws Failure that names what is not there.
class Case {
public:
    explicit Case(const fs::path& folder) : m_folder(folder), m_json(Checkpoint::jsonOf(folder / "case.json")) {
        m_recipe = findRecipe(get("recipe", m_json).is_string() ? get("recipe", m_json).get<std::string>() : std::string());
        if (m_recipe) return;
        std::string known;
        for (const Recipe* each : recipes()) known += (known.empty() ? "" : ", ") + std::string(each->name);
        throw Failure(ErrorCode::Unsupported, "there is no recipe " + get("recipe", m_json).dump(), (folder / "case.json").string(), "known are " + known);
    }

    const Recipe& recipe() const { return *m_recipe; }
    const nlohmann::json& settings() const { return get("settings", m_json); }
    std::vector<std::string> names(const char* key) const {
        std::vector<std::string> names;
        for (const nlohmann::json& each : get(key, m_json)) {
            if (!each.is_string()) refuse(std::string(key) + " holds something else than names");
            names.push_back(each);
        }
        return names;
    }
    AdamW::Settings optimiser() const {
        const nlohmann::json& json = get("optimizer", m_json);
        const nlohmann::json& betas = get("betas", json);
        if (!betas.is_array() || betas.size() != 2) refuse("betas are not two numbers");
        return {.rate = number("lr", json), .beta1 = betas[0].get<double>(), .beta2 = betas[1].get<double>(), .epsilon = number("eps", json), .decay = number("weight_decay", json),
                .clip = number("clip_global_norm", json)};
    }
    int steps() const {
        const double steps = number("steps", get("optimizer", m_json));
        if (steps < 1 || steps > 1000) refuse("the number of steps is out of range");
        return static_cast<int>(steps);
    }

private:
    const nlohmann::json& get(const char* key, const nlohmann::json& json) const {
        const auto found = json.is_object() ? json.find(key) : json.end();
        if (found == json.end()) refuse("says nothing of " + std::string(key));
        return *found;
    }
    double number(const char* key, const nlohmann::json& json) const {
        const nlohmann::json& value = get(key, json);
        if (!value.is_number()) refuse(std::string(key) + " is no number");
        return value.get<double>();
    }
    [[noreturn]] void refuse(const std::string& what) const { throw Failure(ErrorCode::Invalid, what, (m_folder / "case.json").string(), "give a recorded case of training"); }

    fs::path m_folder;
    nlohmann::json m_json;
    const Recipe* m_recipe = nullptr;
};

TensorsByName batchOf(const fs::path& folder) {
    const fs::path path = folder / "reference.safetensors";
    const Checkpoint checkpoint = Checkpoint::open(path);
    TensorsByName batch;
    for (const auto& [name, stored] : checkpoint.files().front().sections.at("")) {
        if (name.starts_with("in.")) batch[name.substr(3)] = tensorFromStored(stored).clone();
    }
    if (batch.empty()) throw Failure(ErrorCode::Invalid, "the reference holds no in.* tensors", path.string(), "record the batch, too");
    return batch;
}

}  // namespace

TensorMap runTrainingParity(const fs::path& folder, StageContext& context) {
    const PlainAttention plain;
    const Case recorded(folder);
    Parameters parameters;
    const std::unique_ptr<Trainee> trainee = recorded.recipe().make(recorded.settings(), (folder / "model").string(), parameters);
    parameters.train(recorded.names("trainable"));
    const std::vector<std::string> decayed = recorded.names("decay");
    AdamW optimiser(parameters, {decayed.begin(), decayed.end()}, recorded.optimiser());
    const TensorsByName batch = batchOf(folder);
    DeviceLane lane(at::kCPU, Precision::Fp32, context);

    TensorMap out;
    const auto keep = [&out](const std::string& name, const at::Tensor& tensor) { out[name] = hostFromTensor(tensor.detach().clone()); };
    std::map<std::string, std::vector<double>> losses;
    std::vector<double> norms;
    const auto pass = [&]() -> Terms {
        Terms terms;
        try {
            terms = trainee->losses(batch, lane);
        } catch (const std::out_of_range&) {
            throw Failure(ErrorCode::Invalid, "the batch lacks a tensor that this recipe needs", (folder / "reference.safetensors").string(), "record the whole batch");
        }
        for (const auto& [name, loss] : terms.losses) losses[name].push_back(loss.item<double>());
        losses["total"].push_back(terms.total.item<double>());
        return terms;
    };
    const int steps = recorded.steps();
    for (int step = 0; step < steps; ++step) {
        context.checkStopped();
        parameters.forgetGradients();
        const Terms terms = pass();
        terms.total.backward();
        if (step == 0) {
            for (const auto& [name, value] : terms.between) keep("mid." + name, value);
            for (const std::string& name : parameters.trained()) {
                const at::Tensor& parameter = parameters.at(name);
                const at::Tensor gradient = parameter.grad().defined() ? parameter.grad() : at::zeros_like(parameter);
                keep("out.grad." + name, gradient);
                keep("out.grad_norm." + name, gradient.to(at::kDouble).norm().to(at::kFloat));
            }
        }
        norms.push_back(optimiser.step());
        trainee->afterStep();
        for (const auto& [name, tensor] : trainee->state()) keep("out.state.step" + std::to_string(step + 1) + "." + name, tensor);
        context.report(static_cast<double>(step + 1) / (steps + 1), "training, step " + std::to_string(step + 1));
    }
    {
        const c10::NoGradGuard still;
        pass();
    }
    const auto keepAll = [&](const std::string& name, const std::vector<double>& values) { keep(name, at::tensor(values, at::kDouble).to(at::kFloat)); };
    for (const auto& [name, values] : losses) keepAll("out.loss." + name, values);
    keepAll("out.global_grad_norm", norms);
    for (const std::string& name : parameters.trained()) keep("out.weights." + name, parameters.at(name));
    return out;
}

}  // namespace tessera::train
