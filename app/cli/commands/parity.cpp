// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "command.h"
#include "tensor_values.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

struct Tolerance {
    double absolute = 1e-4, relative = 1e-3;
};

/// Tolerances of case.json beside the reference; numbers only, words are for people.
class Tolerances {
public:
    explicit Tolerances(const fs::path& reference) {
        const fs::path path = reference.parent_path() / "case.json";
        std::ifstream file(path);
        if (!file) return;
        try {
            const nlohmann::json json = nlohmann::json::parse(file);
            read(json.value("tolerance", nlohmann::json::object()), m_general);
            const nlohmann::json overrides = json.value("tolerance_overrides", nlohmann::json::object());
            for (const auto& [name, entry] : overrides.items()) {
                m_overrides[name] = m_general;
                read(entry, m_overrides[name]);
            }
        } catch (const nlohmann::json::exception& exception) {
            throw CommandError{Error{ErrorCode::Invalid, "cannot be read as JSON", path.string(), "mend the file or move it away"}};
        }
    }
    Tolerance of(const std::string& name) const {
        const auto it = m_overrides.find(name);
        return it == m_overrides.end() ? m_general : it->second;
    }

private:
    static void read(const nlohmann::json& json, Tolerance& tolerance) {
        if (!json.is_object()) return;
        if (const auto it = json.find("abs"); it != json.end() && it->is_number()) tolerance.absolute = *it;
        if (const auto it = json.find("rel"); it != json.end() && it->is_number()) tolerance.relative = *it;
    }
    Tolerance m_general;
    std::map<std::string, Tolerance> m_overrides;
};

struct Verdict {
    std::string name, problem;
    double largest = 0;        ///< |actual - reference|
    double worst = 0;          ///< that difference over what is allowed, at its worst element
    std::int64_t failing = 0, elements = 0;
    bool ok() const { return problem.empty() && failing == 0; }
};

Verdict compare(const std::string& name, const HostTensor& reference, const HostTensor* actual, Tolerance tolerance) {
    Verdict verdict{.name = name, .problem = {}};
    if (!actual) {
        verdict.problem = "not computed";
        return verdict;
    }
    if (actual->shape != reference.shape) {
        verdict.problem = "shape " + nlohmann::json(actual->shape).dump() + ", expected " + nlohmann::json(reference.shape).dump();
        return verdict;
    }
    if (isWholeNumber(reference.type)) tolerance = {0, 0};
    verdict.elements = reference.elements();
    for (std::int64_t i = 0; i < verdict.elements; ++i) {
        const double r = valueAt(reference, i), a = valueAt(*actual, i);
        const double difference = std::abs(a - r), allowed = tolerance.absolute + tolerance.relative * std::abs(r);
        // Written so that NaN fails; equal infinities pass.
        if (!(difference <= allowed) && a != r) ++verdict.failing;
        if (difference > verdict.largest) verdict.largest = difference;
        if (allowed > 0 && difference / allowed > verdict.worst) verdict.worst = difference / allowed;
    }
    return verdict;
}

struct Options {
    std::string model, reference, out;
};

void run(Context& context, const Options& options) {
    const TensorMap reference = valueOrThrow(readTensorFile(options.reference));
    const Tolerances tolerances(options.reference);
    const ModelInfo model = context.openModel(ModelRequest{options.model, Precision::Fp32});
    TensorMap inputs;
    for (const auto& [name, tensor] : reference) {
        if (name.starts_with("in.") || name.find(".in.") != std::string::npos) inputs.emplace(name, tensor);
    }
    const TensorMap actual =
        valueOrThrow(await<TensorMap>([&](auto observer) { return context.engine().parity(model.id, inputs, std::move(observer)); }, "parity"));
    if (const auto failure = changedOnDisk(reference)) throw CommandError{*failure};
    if (!options.out.empty()) {
        if (const auto failure = writeTensorFile(options.out, actual, {{"model", model.name}, {"software", "Tessera " TESSERA_VERSION}})) throw CommandError{*failure};
    }

    nlohmann::json report = nlohmann::json::array();
    int failed = 0, compared = 0;
    for (const auto& [name, tensor] : reference) {
        if (!name.starts_with("out.") && name.find(".out.") == std::string::npos) continue;
        const auto it = actual.find(name);
        const Verdict verdict = compare(name, tensor, it == actual.end() ? nullptr : &it->second, tolerances.of(name));
        ++compared;
        if (!verdict.ok()) ++failed;
        if (context.json) {
            report.push_back({{"tensor", name}, {"ok", verdict.ok()}, {"max_abs", verdict.largest}, {"worst", verdict.worst}, {"failing", verdict.failing},
                              {"elements", verdict.elements}, {"problem", verdict.problem}});
        } else if (!verdict.problem.empty()) {
            std::printf("FAIL  %-36s  %s\n", name.c_str(), verdict.problem.c_str());
        } else {
            std::printf("%s  %-36s  max |d| %.3g, %.3g of the tolerance", verdict.ok() ? "ok  " : "FAIL", name.c_str(), verdict.largest, verdict.worst);
            if (verdict.failing) std::printf(", %lld of %lld elements off", static_cast<long long>(verdict.failing), static_cast<long long>(verdict.elements));
            std::printf("\n");
        }
    }
    if (const auto failure = changedOnDisk(reference)) throw CommandError{*failure};
    if (compared == 0) throw CommandError{Error{ErrorCode::Invalid, "the reference holds no out.* tensors", options.reference, "record some first"}};
    if (context.json) printJson(nlohmann::json{{"model", model.name}, {"family", model.family}, {"device", model.device}, {"ok", failed == 0}, {"tensors", report}});
    else std::printf("%s: %d of %d tensors hold\n", model.family.c_str(), compared - failed, compared);
    if (failed) context.exitCode = 1;
}

}  // namespace

void addParity(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("parity", "Check that a model computes what a recorded run computed, in fp32");
    command->add_option("model", options->model, "Checkpoint's file or folder, or an embedded model's name")->required();
    command->add_option("reference", options->reference, ".safetensors with in.* and out.* tensors")->required();
    command->add_option("--out", options->out, "File for all out.* tensors that were computed");
    command->callback([options, &context] { run(context, *options); });
}

}  // namespace tessera::cli
